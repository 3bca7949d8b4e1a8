/** A folder of an attempt that has not removed it. */
export interface ScratchFolder {
  folder: string;
  /** Who opened it, as `Ports.owner` named it. */
  owner: string;
  bytes: number;
  /** When anything in it was changed last; ISO 8601 UTC. */
  changedAt: string;
}

/** Local space for files on their way into the lake. What a killed run left there is nobody's. */
export interface Scratch {
  /** A new empty folder. */
  open(name: string): Promise<string>;
  /** A copy of a file, so that what is landed cannot change while it is read. */
  copy(path: string, folder: string): Promise<string>;
  /** Removing what is not there is harmless. */
  remove(folder: string): Promise<void>;
  /** The folders that stand, of every process; nothing else that lies there. Only the janitor asks. */
  list(): Promise<ScratchFolder[]>;
}

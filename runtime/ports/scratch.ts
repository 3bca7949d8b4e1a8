/** Local space for files on their way into the lake. What a killed run left there is nobody's. */
export interface Scratch {
  /** A new empty folder. */
  open(name: string): Promise<string>;
  /** A copy of a file, so that what is landed cannot change while it is read. */
  copy(path: string, folder: string): Promise<string>;
  remove(folder: string): Promise<void>;
}

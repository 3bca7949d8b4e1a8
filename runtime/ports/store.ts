/** An object as it lies in a lake. */
export interface StoredObject {
  key: string;
  bytes: number;
  /** When it was put last, by the store's own clock; ISO 8601 UTC. */
  changedAt: string;
}

/** A put that was begun and never became an object: a staged file in a folder, a multipart upload on S3. */
export interface UnfinishedPut {
  /** What `removeUnfinishedPut` knows it by; on S3 the key and the upload's id. */
  id: string;
  /** null where the store would have to ask for every piece of it, as S3 would. */
  bytes: number | null;
  changedAt: string;
}

/** A team's lake: objects by key. A folder on a laptop, S3 in the cloud. There is no rename. */
export interface Store {
  /**
   * Puts an object if none has this key; says whether it did. Never replaces one, whatever else runs.
   *
   * @throws {FirnError} `store.full`, `store.denied`
   */
  putIfAbsent(key: string, body: Uint8Array): Promise<boolean>;

  /** The same for a finished local file, which is streamed or linked, never read into memory. */
  putFileIfAbsent(key: string, path: string): Promise<boolean>;

  /** Puts an object whatever was there. Only for keys under `state/` that one writer owns. */
  put(key: string, body: Uint8Array): Promise<void>;

  /** The whole object, or null where there is none. */
  get(key: string): Promise<Uint8Array | null>;

  /** Keys that begin with `prefix` and come after `after`, sorted; complete, and seen at once after a put. */
  list(prefix: string, after?: string): Promise<string[]>;

  /** What `list` names, with size and time. An object removed meanwhile may be left out. */
  inspect(prefix: string): Promise<StoredObject[]>;

  /** Removes an object for good. Only the janitor calls it. Removing what is not there is harmless. */
  remove(key: string): Promise<void>;

  /** Puts under way, and those that a killed process left: only their age tells them apart. */
  unfinishedPuts(): Promise<UnfinishedPut[]>;

  /** Gives up an unfinished put. Only the janitor calls it. One that has ended meanwhile is left alone. */
  removeUnfinishedPut(id: string): Promise<void>;

  /** What the warehouse and the packer call the object: a path or an address. */
  location(key: string): string;
}

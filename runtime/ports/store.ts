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

  /** What the warehouse and the packer call the object: a path or an address. */
  location(key: string): string;
}

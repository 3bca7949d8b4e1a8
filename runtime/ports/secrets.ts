/** Secrets by name. A value is never logged, stored, or put into a message. */
export interface Secrets {
  /** @throws {FirnError} `secret.missing`, naming where to set it */
  get(name: string): Promise<string>;
}

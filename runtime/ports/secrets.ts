/** Secrets by name. A value is never logged, stored, or put into a message. */
export interface Secrets {
  /** @throws {FirnError} `secret.missing`, naming where to set it */
  get(name: string): Promise<string>;
}

/** What a keeper holds for a secret: no container, one without a value, or one with it. */
export type Held = "missing" | "empty" | "set";

/** Where people put the values of secrets (`firn secrets`). It never gives one back. */
export interface SecretKeeper {
  /** Where the values lie, for messages. */
  readonly place: string;
  /** By container: what the keeper itself calls a secret. @throws {FirnError} `aws.denied`, `aws.account`, `aws.unavailable` */
  held(containers: readonly string[]): Promise<Record<string, Held>>;
  /** @throws {FirnError} `secret.container` where there is nothing to put it into, and as `held` */
  put(container: string, value: string): Promise<void>;
}

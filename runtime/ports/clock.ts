/** The only time there is. Instants are ISO 8601 UTC with milliseconds. */
export interface Clock {
  now(): string;
  /** Resolves after this many milliseconds of the clock's own time. */
  sleep(milliseconds: number): Promise<void>;
}

/** The only time there is. Instants are ISO 8601 UTC with milliseconds. */
export interface Clock {
  now(): string;
  /** Resolves after this many milliseconds of the clock's own time, or once the signal is raised. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

import type { Clock } from "#ports/clock";

export interface Timings {
  /** The first wait is at most this long; each next one twice that. */
  backoffMilliseconds: number;
  backoffMillisecondsMax: number;
}

export const usualTimings: Timings = { backoffMilliseconds: 500, backoffMillisecondsMax: 30_000 };

/** Exponential backoff with full jitter: anything from nothing to the bound of this try (1, 2, 3 ...). */
export function backoff(attempt: number, random: () => number, timings: Timings): number {
  return (
    random() * Math.min(timings.backoffMillisecondsMax, timings.backoffMilliseconds * 2 ** (attempt - 1))
  );
}

/**
 * Milliseconds a server asks to wait, or null where it does not say: `Retry-After` in seconds or as a date,
 * else a rate limit's reset in seconds or as seconds since 1970.
 */
export function askedWait(header: (name: string) => string | undefined, clock: Clock): number | null {
  const now = Date.parse(clock.now());
  const after = header("retry-after")?.trim();
  if (after !== undefined && /^\d+$/.test(after)) return Number(after) * 1000;
  const date = after === undefined ? Number.NaN : Date.parse(after);
  if (!Number.isNaN(date)) return Math.max(0, date - now);
  const reset = (
    header("x-rate-limit-reset") ??
    header("x-ratelimit-reset") ??
    header("ratelimit-reset")
  )?.trim();
  if (reset === undefined || !/^\d+(\.\d+)?$/.test(reset)) return null;
  const seconds = Number(reset);
  return seconds > 1_000_000_000 ? Math.max(0, seconds * 1000 - now) : seconds * 1000;
}

/** The ways in which the platform misbehaves, as real ones do; all of them at once from simulated day 2 on. */

export const faultNames = ["duplicate-page", "rate-limit", "outage", "malformed"] as const;

/**
 * - `duplicate-page`: the second page of a walk is served twice under two cursors, as when rows shift.
 * - `rate-limit`: the 2nd and the 5th call answer 429 with `Retry-After: 1`, and so does all else in that second.
 * - `outage`: everything answers 503 for 2.5 seconds from the first request on.
 * - `malformed`: each day from 2 on brings a handful of broken records (malformed.ts).
 */
export type Fault = (typeof faultNames)[number];

/** What a request is answered instead of what it asked for. */
export interface Refusal {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Refusals {
  /** Called for every request, whoever makes it. */
  ofRequest(): Refusal | undefined;
  /** Called for every request that has shown its token. */
  ofCall(): Refusal | undefined;
}

const outageMs = 2_500;
const limitMs = 1_000;
const limitedCalls: ReadonlySet<number> = new Set([2, 5]);

/** @param clockMs a clock that only runs forward, in milliseconds */
export function openRefusals(faults: ReadonlySet<Fault>, clockMs: () => number): Refusals {
  let outageUntilMs: number | undefined;
  let limitUntilMs = Number.NEGATIVE_INFINITY;
  let calls = 0;

  return {
    ofRequest() {
      if (!faults.has("outage")) {
        return undefined;
      }
      outageUntilMs ??= clockMs() + outageMs;
      return clockMs() < outageUntilMs ? outage : undefined;
    },
    ofCall() {
      if (!faults.has("rate-limit")) {
        return undefined;
      }
      if (clockMs() < limitUntilMs) {
        return limit;
      }
      calls += 1;
      if (!limitedCalls.has(calls)) {
        return undefined;
      }
      limitUntilMs = clockMs() + limitMs;
      return limit;
    },
  };
}

const outage: Refusal = {
  status: 503,
  title: "Service Unavailable",
  detail: "The platform is being restarted. Try again later.",
};

const limit: Refusal = {
  status: 429,
  title: "Too Many Requests",
  detail: "Too many calls with this token. Retry-After says how many seconds to wait.",
  headers: { "Retry-After": "1" },
};

import { daySeconds } from "#core/interval";
import type { WarehouseSize, WarehouseSpec } from "#firn";

/** A statement as far as the bill knows it. */
export interface Ran {
  /** ISO 8601 UTC. */
  startedAt: string;
  seconds: number;
}

/** A warehouse's time awake, and billed: from a resume until it is suspended. Milliseconds since 1970. */
export interface Period {
  from: number;
  to: number;
}

export interface Bill {
  /** What the warehouse costs: the sum of `statements` and `idle`. */
  credits: number;
  /** Each statement's part, in the order given. */
  statements: number[];
  /** Awake without a statement: gaps, the tail until it is suspended, the rest of a first minute. */
  idle: number;
  /** In order of time, apart from each other. */
  periods: Period[];
}

/**
 * What a warehouse's statements cost, by Snowflake's rules.
 *
 * It resumes with the first statement and is suspended `autoSuspendSeconds` after the last has ended; each
 * resume is billed for 60 seconds at least, and then by the second. Statements that run at the same time share
 * that time equally. What is left is idle, so the sum of all parts is the bill. On a laptop nothing is billed:
 * there it is what the same statements would have cost, had they taken as long.
 *
 * Not in it: a part of a second that is rounded up, several clusters, cloud services.
 *
 * @see https://docs.snowflake.com/en/user-guide/cost-understanding-compute
 */
export function planBill(statements: readonly Ran[], warehouse: WarehouseSpec = {}): Bill {
  const credits = creditsOf(warehouse);
  const spans = statements.map(({ startedAt, seconds }) => {
    const from = Date.parse(startedAt);
    return { from, to: from + Math.max(0, seconds) * 1000 };
  });
  const periods = periodsOf(spans, warehouse.autoSuspendSeconds ?? defaultAutoSuspendSeconds);
  const { shares, busy } = shareOut(spans);
  const awake = periods.reduce((sum, { from, to }) => sum + (to - from), 0);
  return {
    credits: credits(awake),
    statements: shares.map(credits),
    idle: credits(awake - busy),
    periods,
  };
}

/** What a part of the time cost, `from` included and `to` excluded; both ISO 8601 UTC. */
export function creditsBetween(
  periods: readonly Period[],
  from: string,
  to: string,
  warehouse: WarehouseSpec = {},
): number {
  const [first, end] = [Date.parse(from), Date.parse(to)];
  return creditsOf(warehouse)(
    periods.reduce((sum, each) => sum + Math.max(0, Math.min(each.to, end) - Math.max(each.from, first)), 0),
  );
}

/** Snowflake's standard warehouses: each size bills twice the one before. */
const creditsPerHour: Record<WarehouseSize, number> = {
  "X-Small": 1,
  Small: 2,
  Medium: 4,
  Large: 8,
  "X-Large": 16,
  "2X-Large": 32,
  "3X-Large": 64,
  "4X-Large": 128,
};
const defaultAutoSuspendSeconds = 60;
const secondsBilledMin = 60;
const hourMillis = (daySeconds / 24) * 1000;

function creditsOf({ size = "X-Small" }: WarehouseSpec): (millis: number) => number {
  return (millis) => (millis / hourMillis) * creditsPerHour[size];
}

/** A statement within the first minute resumes at no new charge, so until then the warehouse counts as awake. */
function periodsOf(spans: readonly Period[], autoSuspendSeconds: number): Period[] {
  const periods: Period[] = [];
  for (const { from, to } of [...spans].sort((a, b) => a.from - b.from)) {
    const suspended = to + autoSuspendSeconds * 1000;
    const last = periods.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, suspended);
    else periods.push({ from, to: Math.max(suspended, from + secondsBilledMin * 1000) });
  }
  return periods;
}

/** Milliseconds by statement, and in all, where those that run together share the time. */
function shareOut(spans: readonly Period[]): { shares: number[]; busy: number } {
  const steps = spans
    .flatMap(({ from, to }, span) => [
      { at: from, span, begins: true },
      { at: to, span, begins: false },
    ])
    .sort((a, b) => a.at - b.at);
  const shares = spans.map(() => 0);
  const running = new Set<number>();
  let busy = 0;
  let before = 0;
  for (const { at, span, begins } of steps) {
    if (running.size > 0) {
      busy += at - before;
      for (const each of running) shares[each] = (shares[each] ?? 0) + (at - before) / running.size;
    }
    before = at;
    // A statement that took no time ends as it begins; which of the two is sorted first does not matter.
    if (begins && (spans[span]?.to ?? 0) > at) running.add(span);
    else running.delete(span);
  }
  return { shares, busy };
}

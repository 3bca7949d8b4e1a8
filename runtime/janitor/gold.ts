import { daySeconds, secondsBetween } from "#core/interval";
import { keys } from "#core/names";
import type { TableName } from "#sql/dialect";
import type { Orphan } from "./plan.ts";

/** Model runs whose plan, results and artifacts stay, whatever their age. */
export const runsKept = 30;

/**
 * Tables that ended model runs were making, among those standing in gold. Each carries its run's epoch.
 *
 * @param at the newest epoch, and whether its run is known to have ended
 */
export function planNextTables(
  schema: string,
  standing: readonly string[],
  at: { epoch: number; ended: boolean; takenAt: string },
): Orphan[] {
  return standing.flatMap((name): Orphan[] => {
    const epoch = Number(/__next_(\d+)$/.exec(name)?.[1] ?? Number.NaN);
    const over = epoch < at.epoch || (epoch === at.epoch && at.ended);
    if (!over) return [];
    const table: TableName = { schema, name };
    const why = `the model run of epoch ${epoch} ended before it took its place`;
    return [{ kind: "table", table, where: `${schema}.${name}`, bytes: null, changedAt: at.takenAt, why }];
  });
}

/**
 * What model runs noted of themselves, but for the newest ones, those of the last day and the one that gold
 * was built by last.
 *
 * @param last the run in the note of the last build; null for none
 */
export function planModelRuns(
  objects: readonly { key: string; bytes: number; changedAt: string }[],
  last: string | null,
  now: string,
): Orphan[] {
  const changed = new Map<string, string>();
  for (const { key, changedAt } of objects) {
    const run = runOfKey(key);
    if (run !== null && changedAt > (changed.get(run) ?? "")) changed.set(run, changedAt);
  }
  const newest = [...changed].sort(([, a], [, b]) => (a < b ? 1 : -1));
  const kept = new Set(newest.slice(0, runsKept).map(([run]) => run));
  if (last !== null) kept.add(last);
  return objects.flatMap(({ key, bytes, changedAt }): Orphan[] => {
    const run = runOfKey(key);
    if (run === null || kept.has(run) || secondsBetween(changed.get(run) ?? now, now) <= daySeconds)
      return [];
    const why = `${runsKept} newer model runs have come since`;
    return [{ kind: "object", key, where: key, bytes, changedAt, why }];
  });
}

/** The run in a key of a model run's plan, result or artifact; null for any other key. */
function runOfKey(key: string): string | null {
  if (!key.startsWith(keys.modelRuns)) return null;
  const [run, ...rest] = key.slice(keys.modelRuns.length).split("/");
  return run && rest.length > 0 ? run : null;
}

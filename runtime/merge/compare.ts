/** Compares silver with a batch that holds all its source has. */
import { deletedColumn } from "#core/columns";
import type { Pipeline, Upsert } from "#firn";
import { countIf, type Dialect } from "#sql/dialect";
import { allEqual, anyDiffers } from "./strategies/order.ts";
import { type MergeBatch, partsOf } from "./strategies/strategy.ts";

/** What a comparison found, in rows. */
export interface Compared {
  /** Silver has them, the source no longer does: they were deleted without a word. */
  missing: number;
  /** Of one version, but not of one content. */
  drifted: number;
  /** The source has them, silver never did. */
  unseen: number;
  /** Rows of silver that are not deleted. */
  standing: number;
  /** Bad rows of the batch whose key cannot be read: which rows of silver they are, nobody knows. */
  unknown: number;
}

/** One row with the counts. Asked before the batch is promoted. */
export function planCompared(dialect: Dialect, batch: MergeBatch, { key, version }: Upsert): string {
  const { id } = dialect;
  const { checked, silver, data } = partsOf(dialect, batch);
  const payload = data.filter((name) => !key.includes(name) && !version.includes(name));
  const live = `NOT t.${id(deletedColumn)}`;
  const noKey = key.map((name) => `${id(name)} IS NULL`).join(" OR ");
  return (
    `SELECT (SELECT COUNT(*) FROM (${planMissing(dialect, batch, key)}) AS m) AS "missing", ` +
    `(SELECT COUNT(*) FROM ${checked} AS s INNER JOIN ${silver} AS t ON ${allEqual(dialect, "t", "s", [...key, ...version])} ` +
    `WHERE s.${id("_reason")} IS NULL AND (${anyDiffers(dialect, "t", "s", payload)})) AS "drifted", ` +
    `(SELECT COUNT(*) FROM ${checked} AS s LEFT JOIN ${silver} AS t ON ${allEqual(dialect, "t", "s", key)} ` +
    `WHERE s.${id("_reason")} IS NULL AND NOT s.${id(deletedColumn)} AND t.${id("_plan_seq")} IS NULL) AS "unseen", ` +
    `(SELECT ${countIf(live)} FROM ${silver} AS t) AS "standing", ` +
    `(SELECT ${countIf(noKey)} FROM ${checked}) AS "unknown"`
  );
}

export function readCompared(row: Record<string, unknown> | undefined): Compared {
  const count = (name: keyof Compared) => Number(row?.[name] ?? 0);
  return {
    missing: count("missing"),
    drifted: count("drifted"),
    unseen: count("unseen"),
    standing: count("standing"),
    unknown: count("unknown"),
  };
}

/** Leaves a tombstone for each row that the source no longer has. Part of the promotion. */
export function planDeleteMissing(dialect: Dialect, batch: MergeBatch, { key }: Upsert): string {
  const { silver, vanish } = partsOf(dialect, batch);
  return `UPDATE ${silver} SET ${vanish} WHERE (${key.map(dialect.id).join(", ")}) IN (${planMissing(dialect, batch, key)})`;
}

/** Keys that stood in silver before the batch was planned, and that no row of it has, good or bad. */
function planMissing(dialect: Dialect, batch: MergeBatch, key: string[]): string {
  const { id } = dialect;
  const { checked, silver } = partsOf(dialect, batch);
  return (
    `SELECT ${key.map((name) => `t.${id(name)}`).join(", ")} FROM ${silver} AS t ` +
    `LEFT JOIN ${checked} AS s ON ${allEqual(dialect, "t", "s", key)} ` +
    `WHERE s.${id("_file")} IS NULL AND NOT t.${id(deletedColumn)} AND t.${id("_plan_seq")} < ${batch.plan.seq}`
  );
}

const deletedShareMaxDefault = 0.05;

/** Whether what is missing is deleted, and what a person is told; null where nothing was found. */
export function judgeCompared(
  { compare }: Pipeline,
  { missing, drifted, unseen, standing, unknown }: Compared,
): { deletes: boolean; told: string | null } {
  const most = Math.floor(standing * (compare?.deletedShareMax ?? deletedShareMaxDefault));
  const wanted = compare?.missing === "delete" && missing > 0;
  const deletes = wanted && missing <= most && unknown === 0;
  const why =
    unknown > 0
      ? `${unknown} rows came without a key that can be read, so they may be these`
      : `that is more than deletedShareMax allows (${most})`;
  const done = !wanted
    ? "they stay, as compare.missing is not delete"
    : deletes
      ? "each has left a tombstone"
      : `they stay: ${why}`;
  const found = [
    ...(missing > 0 ? [`${missing} of ${standing} rows are no longer at the source; ${done}`] : []),
    ...(drifted > 0 ? [`${drifted} rows differ under the same version; the source's content is merged`] : []),
    ...(unseen > 0 ? [`${unseen} rows were never read; they are merged`] : []),
  ];
  return { deletes, told: found.length > 0 ? `${found.join(". ")}.` : null };
}

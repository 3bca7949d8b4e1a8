import { auditColumns } from "#core/columns";
import type { Upsert } from "#firn";
import type { Dialect } from "#sql/dialect";
import { rowText } from "#sql/digest";
import { silverDefinition } from "#sql/tables";
import { withinBounds } from "./bounds.ts";
import { after, allEqual, anyDiffers, newestFirst } from "./order.ts";
import { address, type MergeBatch, partsOf, planKeyCount, type StrategyPlan } from "./strategy.ts";

/**
 * Folds a batch into silver by key; the later version wins, whatever order batches are promoted in.
 *
 * Costs one join of the batch with silver. Two rows of one version are told apart by plan sequence, file
 * and row, so the one planned later wins; that they differ is noted in `_conflict_seq` and counted. A
 * delete leaves the deleting row itself as a tombstone, so a stale replay resurrects nothing.
 */
export function planUpsert(dialect: Dialect, batch: MergeBatch, { key, version }: Upsert): StrategyPlan {
  const { id } = dialect;
  const { commit, checked, silver, data: sent, audit } = partsOf(dialect, batch);
  const keyAndVersion = [...key, ...version];
  const payload = sent.filter((name) => !keyAndVersion.includes(name));
  const data = [...keyAndVersion, ...payload];

  const newest = `ROW_NUMBER() OVER (PARTITION BY ${key.map(id).join(", ")} ORDER BY ${newestFirst(dialect, [...version, "_file", "_row"])}) = 1`;
  const source =
    `SELECT ${data.map(id).join(", ")}, ${auditColumns.map((name) => `${audit[name]} AS ${id(name)}`).join(", ")} ` +
    `FROM ${checked} WHERE ${id("_reason")} IS NULL QUALIFY ${newest}`;

  const equal = (columns: string[]) => allEqual(dialect, "t", "s", columns);
  const differs = (columns: string[]) => anyDiffers(dialect, "t", "s", columns);
  const all = [...data.filter((name) => !key.includes(name)), ...auditColumns];
  const set = (columns: string[]) => columns.map((name) => `${id(name)} = s.${id(name)}`).join(", ");
  const noted = `${id("_conflict_seq")} = s.${id("commit_seq")}`;
  const sameVersion = equal(version);

  const merge =
    `MERGE INTO ${silver} AS t USING (${source}) AS s ON ${equal(key)}${withinBounds(dialect, batch, "t")} ` +
    `WHEN MATCHED AND ${after(dialect, "s", "t", version)} THEN UPDATE SET ${set(all)} ` +
    `WHEN MATCHED AND ${sameVersion} AND (${differs(payload)}) AND ${after(dialect, "s", "t", address)} ` +
    `THEN UPDATE SET ${set(all.filter((name) => name !== "_conflict_seq"))}, ${noted} ` +
    `WHEN MATCHED AND ${sameVersion} AND (${differs(payload)}) AND ${after(dialect, "t", "s", address)} THEN UPDATE SET ${noted} ` +
    // The very row that silver holds, replayed under other rules.
    `WHEN MATCHED AND ${equal(address)} AND (${differs([...version, ...payload])}) THEN UPDATE SET ${set(all)} ` +
    // The same row again, planned later: only its place in the order moves, or a tie between could win.
    `WHEN MATCHED AND ${sameVersion} AND ${after(dialect, "s", "t", address)} THEN UPDATE SET ${set(address)} ` +
    `WHEN NOT MATCHED THEN INSERT (${[...data, ...auditColumns].map(id).join(", ")}) VALUES (${[...data, ...auditColumns].map((name) => `s.${id(name)}`).join(", ")})`;

  const payloadText = rowText(
    dialect,
    silverDefinition(batch.pipeline).filter(({ name }) => payload.includes(name)),
  );
  const within =
    `SELECT COUNT(*) AS n FROM ${checked} WHERE ${id("_reason")} IS NULL GROUP BY ${keyAndVersion.map(id).join(", ")} ` +
    `HAVING COUNT(*) > 1 AND COUNT(DISTINCT ${payloadText}) > 1`;
  return {
    statements: [merge],
    winners: planKeyCount(dialect, checked, key),
    conflicts:
      `SELECT COUNT(*) + (SELECT COALESCE(SUM(n), 0) FROM (${within}) AS within) FROM ${silver} ` +
      `WHERE ${id("_conflict_seq")} = ${commit}`,
  };
}

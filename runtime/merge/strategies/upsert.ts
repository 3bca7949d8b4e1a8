import { auditColumns, deletedColumn } from "#core/columns";
import type { Upsert } from "#firn";
import { commitSeq } from "#ledger/tables";
import type { Dialect } from "#sql/dialect";
import { rowText } from "#sql/digest";
import { checkedTable, silverColumns, silverDefinition, silverTable } from "#sql/tables";
import type { MergeBatch, StrategyPlan } from "./strategy.ts";

/**
 * Folds a batch into silver by key; the later version wins, whatever order batches are promoted in.
 *
 * Costs one join of the batch with silver. Two rows of one version are told apart by plan sequence, file
 * and row, so the one planned later wins; that they differ is noted in `_conflict_seq` and counted. A
 * delete leaves the deleting row itself as a tombstone, so a stale replay resurrects nothing.
 */
export function planUpsert(dialect: Dialect, batch: MergeBatch, { key, version }: Upsert): StrategyPlan {
  const { id } = dialect;
  const { names, pipeline, plan, manifest } = batch;
  const commit = commitSeq(dialect, names.ledger, pipeline.name);
  const checked = dialect.table(checkedTable(names, manifest));
  const silver = dialect.table(silverTable(names, pipeline.name));
  const keyAndVersion = [...key, ...version];
  const payload = [...silverColumns(pipeline).map(([name]) => name), deletedColumn].filter(
    (name) => !keyAndVersion.includes(name),
  );
  const data = [...keyAndVersion, ...payload];
  const tie = ["_plan_seq", "_file", "_row"];

  const newestFirst = [...version, "_file", "_row"].map((name) => `${id(name)} DESC`).join(", ");
  const newest = `ROW_NUMBER() OVER (PARTITION BY ${key.map(id).join(", ")} ORDER BY ${newestFirst}) = 1`;
  const source =
    `SELECT ${data.map(id).join(", ")}, ${id("_file")}, ${id("_row")}, ${plan.seq} AS ${id("_plan_seq")}, ` +
    `${dialect.text(plan.batchId)} AS ${id("batch_id")}, ${dialect.instant(plan.ingestedAt)} AS ${id("ingested_at")}, ` +
    `${commit} AS ${id("commit_seq")}, CAST(NULL AS ${dialect.type("bigint")}) AS ${id("_conflict_seq")} ` +
    `FROM ${checked} WHERE ${id("_reason")} IS NULL QUALIFY ${newest}`;

  const sameKey = key.map((name) => `t.${id(name)} = s.${id(name)}`).join(" AND ");
  const sameVersion = version.map((name) => `t.${id(name)} = s.${id(name)}`).join(" AND ");
  const newerVersion = after("s", "t", version);
  const sameRow = tie.map((name) => `t.${id(name)} = s.${id(name)}`).join(" AND ");
  const differ = (columns: string[]) =>
    columns.map((name) => `t.${id(name)} IS DISTINCT FROM s.${id(name)}`).join(" OR ");
  const otherPayload = differ(payload);
  const all = [...data.filter((name) => !key.includes(name)), ...auditColumns];
  const set = (columns: string[]) => columns.map((name) => `${id(name)} = s.${id(name)}`).join(", ");
  const noted = `${id("_conflict_seq")} = s.${id("commit_seq")}`;

  const merge =
    `MERGE INTO ${silver} AS t USING (${source}) AS s ON ${sameKey} ` +
    `WHEN MATCHED AND ${newerVersion} THEN UPDATE SET ${set(all)} ` +
    `WHEN MATCHED AND ${sameVersion} AND (${otherPayload}) AND ${after("s", "t", tie)} ` +
    `THEN UPDATE SET ${set(all.filter((name) => name !== "_conflict_seq"))}, ${noted} ` +
    `WHEN MATCHED AND ${sameVersion} AND (${otherPayload}) AND ${after("t", "s", tie)} THEN UPDATE SET ${noted} ` +
    // The very row that silver holds, replayed under other rules.
    `WHEN MATCHED AND ${sameRow} AND (${differ([...version, ...payload])}) THEN UPDATE SET ${set(all)} ` +
    // The same row again, planned later: only its place in the order moves, or a tie between could win.
    `WHEN MATCHED AND ${sameVersion} AND ${after("s", "t", tie)} THEN UPDATE SET ${set(tie)} ` +
    `WHEN NOT MATCHED THEN INSERT (${[...data, ...auditColumns].map(id).join(", ")}) VALUES (${[...data, ...auditColumns].map((name) => `s.${id(name)}`).join(", ")})`;

  const payloadText = rowText(
    dialect,
    silverDefinition(pipeline).filter(({ name }) => payload.includes(name)),
  );
  const within =
    `SELECT COUNT(*) AS n FROM ${checked} WHERE ${id("_reason")} IS NULL GROUP BY ${keyAndVersion.map(id).join(", ")} ` +
    `HAVING COUNT(*) > 1 AND COUNT(DISTINCT ${payloadText}) > 1`;
  return {
    statements: [merge],
    winners: `SELECT COUNT(*) FROM (SELECT 1 AS one FROM ${checked} WHERE ${id("_reason")} IS NULL GROUP BY ${key.map(id).join(", ")}) AS winners`,
    conflicts:
      `SELECT COUNT(*) + (SELECT COALESCE(SUM(n), 0) FROM (${within}) AS within) FROM ${silver} ` +
      `WHERE ${id("_conflict_seq")} = ${commit}`,
  };

  /** True where `left` comes after `right` in the order of the columns, the first one deciding first. */
  function after(left: string, right: string, columns: string[]): string {
    const [first, ...rest] = columns;
    if (first === undefined) return "FALSE";
    const greater = `${left}.${id(first)} > ${right}.${id(first)}`;
    if (rest.length === 0) return greater;
    return `(${greater} OR (${left}.${id(first)} = ${right}.${id(first)} AND ${after(left, right, rest)}))`;
  }
}

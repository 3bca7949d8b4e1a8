import { auditColumns, deletedColumn } from "#core/columns";
import type { Append } from "#firn";
import { commitSeq, ledgerTable, ledgerTables } from "#ledger/tables";
import type { Dialect } from "#sql/dialect";
import { checkedTable, silverColumns, silverTable } from "#sql/tables";
import type { MergeBatch, StrategyPlan } from "./strategy.ts";

/**
 * Adds a batch's rows to silver; rows whose id was promoted before are dropped as repeated.
 *
 * Costs one join of the batch with the ids remembered; only a replay looks at silver. Of equal ids within a
 * batch the first one delivered stays.
 */
export function planAppend(dialect: Dialect, batch: MergeBatch, { ids, rememberDays }: Append): StrategyPlan {
  const { id, text } = dialect;
  const { names, pipeline, plan, manifest, replay } = batch;
  const commit = commitSeq(dialect, names.ledger, pipeline.name);
  const checked = dialect.table(checkedTable(names, manifest));
  const silver = dialect.table(silverTable(names, pipeline.name));
  const dedup = dialect.table(ledgerTable(names.ledger, "dedup"));
  const data = [...silverColumns(pipeline).map(([name]) => name), deletedColumn];
  const types = pipeline.columns;

  const idText = ids
    .map((name) => dialect.canonical(id(name), types[name]?.type ?? "text"))
    .map((part) => (ids.length === 1 ? part : `CAST(LENGTH(${part}) AS VARCHAR) || ':' || ${part}`))
    .join(" || ");
  const first = `ROW_NUMBER() OVER (PARTITION BY ${ids.map(id).join(", ")} ORDER BY ${id("_file")}, ${id("_row")}) = 1`;
  // Ids may be forgotten when a batch is replayed: then silver itself is asked.
  const known = replay
    ? `SELECT 1 FROM ${silver} AS k WHERE ${ids.map((name) => `k.${id(name)} = c.${id(name)}`).join(" AND ")}`
    : `SELECT 1 FROM ${dedup} AS k WHERE k.${id("pipeline")} = ${text(pipeline.name)} AND k.${id("id")} = c.${id("_id")}`;
  const audit: Record<(typeof auditColumns)[number], string> = {
    batch_id: text(plan.batchId),
    ingested_at: dialect.instant(plan.ingestedAt),
    commit_seq: commit,
    _plan_seq: String(plan.seq),
    _file: id("_file"),
    _row: id("_row"),
    _conflict_seq: "NULL",
  };
  const insert =
    `INSERT INTO ${silver} (${[...data, ...auditColumns].map(id).join(", ")}) ` +
    `SELECT ${[...data.map(id), ...auditColumns.map((name) => audit[name])].join(", ")} FROM ` +
    `(SELECT *, ${idText} AS ${id("_id")} FROM ${checked} WHERE ${id("_reason")} IS NULL QUALIFY ${first}) AS c ` +
    `WHERE NOT EXISTS (${known})`;
  const remember =
    `INSERT INTO ${dedup} (${ledgerTables.dedup.map(({ name }) => id(name)).join(", ")}) ` +
    `SELECT ${text(pipeline.name)}, ${idText}, ${text(plan.batchId)}, ${dialect.instant(plan.ingestedAt)} ` +
    `FROM ${silver} WHERE ${id("commit_seq")} = ${commit}`;
  const forget =
    `DELETE FROM ${dedup} WHERE ${id("pipeline")} = ${text(pipeline.name)} ` +
    `AND ${id("ingested_at")} < ${dialect.daysBefore(dialect.instant(plan.ingestedAt), rememberDays)}`;
  return {
    statements: [insert, remember, forget],
    winners: `SELECT COUNT(*) FROM (SELECT 1 AS one FROM ${checked} WHERE ${id("_reason")} IS NULL GROUP BY ${ids.map(id).join(", ")}) AS winners`,
    conflicts: "SELECT 0",
  };
}

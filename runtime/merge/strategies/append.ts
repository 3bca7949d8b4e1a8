import { auditColumns } from "#core/columns";
import type { Append } from "#firn";
import { ledgerTable, ledgerTables } from "#ledger/tables";
import type { Dialect } from "#sql/dialect";
import { type MergeBatch, partsOf, planKeyCount, type StrategyPlan } from "./strategy.ts";

/**
 * Adds a batch's rows to silver; rows whose id was promoted before are dropped as repeated.
 *
 * Costs one join of the batch with what is remembered: ids for some days, or intervals of a sequence for
 * ever. Only a replay looks at silver. Of equal ids within a batch the first one delivered stays.
 */
export function planAppend(dialect: Dialect, batch: MergeBatch, strategy: Append): StrategyPlan {
  const { id } = dialect;
  const { ids, sequence, rememberDays } = strategy;
  const { checked, silver, data, audit } = partsOf(dialect, batch);
  const memory =
    sequence === undefined
      ? rememberIds(dialect, batch, ids, rememberDays ?? 0)
      : rememberSequence(dialect, batch, ids, sequence);
  const first = `ROW_NUMBER() OVER (PARTITION BY ${ids.map(id).join(", ")} ORDER BY ${id("_file")}, ${id("_row")}) = 1`;
  // Ids may be forgotten when a batch is replayed: then silver itself is asked.
  const known = batch.replay
    ? `SELECT 1 FROM ${silver} AS k WHERE ${ids.map((name) => `k.${id(name)} = c.${id(name)}`).join(" AND ")}`
    : memory.known;
  const insert =
    `INSERT INTO ${silver} (${[...data, ...auditColumns].map(id).join(", ")}) ` +
    `SELECT ${[...data.map(id), ...auditColumns.map((name) => audit[name])].join(", ")} FROM ` +
    `(SELECT *, ${memory.id} AS ${id("_id")} FROM ${checked} WHERE ${id("_reason")} IS NULL QUALIFY ${first}) AS c ` +
    `WHERE NOT EXISTS (${known})`;
  return {
    statements: [insert, ...memory.remember],
    winners: planKeyCount(dialect, checked, ids),
    conflicts: "SELECT 0",
  };
}

/** How an append pipeline knows what it has promoted. */
interface Memory {
  /** What is looked up, of a checked row. */
  id: string;
  /** Finds the row `c` of the batch. */
  known: string;
  /** Takes in what this promotion added. */
  remember: string[];
}

function rememberIds(dialect: Dialect, batch: MergeBatch, ids: string[], days: number): Memory {
  const { id, text } = dialect;
  const { names, pipeline, plan } = batch;
  const { silver, commit } = partsOf(dialect, batch);
  const dedup = dialect.table(ledgerTable(names.ledger, "dedup"));
  const idText = joined(dialect, batch, ids);
  return {
    id: idText,
    known: `SELECT 1 FROM ${dedup} AS k WHERE k.${id("pipeline")} = ${text(pipeline.name)} AND k.${id("id")} = c.${id("_id")}`,
    remember: [
      `INSERT INTO ${dedup} (${ledgerTables.dedup.map(({ name }) => id(name)).join(", ")}) ` +
        `SELECT ${text(pipeline.name)}, ${idText}, ${text(plan.batchId)}, ${dialect.instant(plan.ingestedAt)} ` +
        `FROM ${silver} WHERE ${id("commit_seq")} = ${commit}`,
      `DELETE FROM ${dedup} WHERE ${id("pipeline")} = ${text(pipeline.name)} ` +
        `AND ${id("ingested_at")} < ${dialect.daysBefore(dialect.instant(plan.ingestedAt), days)}`,
    ],
  };
}

/** Intervals that touch become one, so that the ledger holds a row per gap, not per batch. */
function rememberSequence(dialect: Dialect, batch: MergeBatch, ids: string[], sequence: string): Memory {
  const { id, text } = dialect;
  const { names, pipeline } = batch;
  const { silver, commit } = partsOf(dialect, batch);
  const sequences = dialect.table(ledgerTable(names.ledger, "sequences"));
  const others = ids.filter((name) => name !== sequence);
  const partition = others.length > 0 ? joined(dialect, batch, others) : "''";
  const [part, from, to] = ["partition", "from_value", "to_value"].map(id) as [string, string, string];
  const ours = `${id("pipeline")} = ${text(pipeline.name)}`;
  const added =
    `SELECT ${part}, MIN(${id("n")}) - 1 AS ${from}, MAX(${id("n")}) AS ${to} FROM ` +
    `(SELECT ${part}, ${id("n")}, ${id("n")} - ROW_NUMBER() OVER (PARTITION BY ${part} ORDER BY ${id("n")}) AS ${id("run")} FROM ` +
    `(SELECT ${partition} AS ${part}, ${id(sequence)} AS ${id("n")} FROM ${silver} WHERE ${id("commit_seq")} = ${commit}) AS promoted) AS numbered ` +
    `GROUP BY ${part}, ${id("run")}`;
  const before = `ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING`;
  const order = `OVER (PARTITION BY ${part} ORDER BY ${from}, ${to}`;
  const joinedUp =
    `SELECT ${text(pipeline.name)}, ${part}, MIN(${from}), MAX(${to}), ${commit} FROM ` +
    `(SELECT *, SUM(${id("begins")}) ${order} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS ${id("run")} FROM ` +
    `(SELECT *, CASE WHEN ${from} <= MAX(${to}) ${order} ${before}) THEN 0 ELSE 1 END AS ${id("begins")} FROM ` +
    `(SELECT ${part}, ${from}, ${to} FROM ${sequences} WHERE ${ours} UNION ALL ${added}) AS pieces) AS marked) AS runs ` +
    `GROUP BY ${part}, ${id("run")}`;
  return {
    id: partition,
    known:
      `SELECT 1 FROM ${sequences} AS k WHERE k.${ours} AND k.${part} = c.${id("_id")} ` +
      `AND c.${id(sequence)} > k.${from} AND c.${id(sequence)} <= k.${to}`,
    remember: [
      `INSERT INTO ${sequences} (${ledgerTables.sequences.map(({ name }) => id(name)).join(", ")}) ${joinedUp}`,
      `DELETE FROM ${sequences} WHERE ${ours} AND ${id("commit_seq")} <> ${commit}`,
    ],
  };
}

/** One row `intervals`: how many a pipeline's sequence has come to. */
export function planIntervals(dialect: Dialect, { names, pipeline }: MergeBatch): string {
  return (
    `SELECT COUNT(*) AS "intervals" FROM ${dialect.table(ledgerTable(names.ledger, "sequences"))} ` +
    `WHERE ${dialect.id("pipeline")} = ${dialect.text(pipeline.name)}`
  );
}

/** One text of some columns, different for different values. */
function joined(dialect: Dialect, { pipeline }: MergeBatch, columns: string[]): string {
  return columns
    .map((name) => dialect.canonical(dialect.id(name), pipeline.columns[name]?.type ?? "text"))
    .map((part) => (columns.length === 1 ? part : `CAST(LENGTH(${part}) AS VARCHAR) || ':' || ${part}`))
    .join(" || ");
}

import type { BatchPlan, Manifest } from "#core/batch";
import { auditColumns, bronzeColumns, deletedColumn } from "#core/columns";
import type { WarehouseNames } from "#core/names";
import type { Pipeline } from "#firn";
import { checkedTable, silverColumns } from "#check/plan";
import { planTakeFence } from "#ledger/fence";
import type { Hint } from "#ledger/hint";
import { fenceTable, ledgerTable, ledgerTables, quarantineColumns } from "#ledger/tables";
import { planWatermarks } from "#ledger/watermark";
import { planAppend } from "#merge/strategies/append";
import { planUpsert } from "#merge/strategies/upsert";
import type { ColumnDefinition, Dialect, TableName } from "#sql/dialect";

export interface MergeRequest {
  names: WarehouseNames;
  pipeline: Pipeline;
  plan: BatchPlan;
  manifest: Manifest;
  release: string;
  run: string;
  epoch: number;
  generation: string;
  token: string;
  replay: boolean;
  startedAt: string;
  /** Batches without rows since the last promotion, folded in by this one. */
  empty: Hint["empty"];
}

/** What a strategy plans for one batch. */
export interface StrategyPlan {
  /** Changes silver and what the strategy remembers. */
  statements: string[];
  /** Good rows that are the last of their key or id within the batch. */
  winners: string;
  /** Rows of the batch and of silver that claim one version with different payloads. */
  conflicts: string;
}

export function silverTable(names: WarehouseNames, pipeline: string): TableName {
  return { schema: names.silver, name: pipeline };
}

export function quarantineTable(names: WarehouseNames, pipeline: string): TableName {
  return { schema: names.quarantine, name: pipeline };
}

/** Silver's columns in order: the declared ones, the tombstone's mark, the audit. */
export function silverDefinition(pipeline: Pipeline): ColumnDefinition[] {
  const audit: Record<string, ColumnDefinition["type"]> = { batch_id: "text", ingested_at: "timestamp", _file: "text" };
  return [
    ...silverColumns(pipeline).map(([name, { type }]) => ({ name, type })),
    { name: deletedColumn, type: "boolean" },
    ...auditColumns.map((name) => ({ name, type: audit[name] ?? "bigint" })),
  ];
}

/** The tables a promotion needs. DDL, each statement repeatable, never inside a promotion. */
export function planTables(dialect: Dialect, names: WarehouseNames, pipeline: Pipeline): string[] {
  return [
    dialect.createSchema(names.silver),
    dialect.createSchema(names.quarantine),
    dialect.createTable(silverTable(names, pipeline.name), silverDefinition(pipeline)),
    dialect.createTable(quarantineTable(names, pipeline.name), [...quarantineColumns]),
  ];
}

/**
 * The one script that promotes a batch: fence, data, quarantine, ledger, watermark, all or nothing.
 *
 * `ingested_at` comes from the plan and `commit_seq` from the fence, so running it again gives the same.
 */
export function planPromotion(dialect: Dialect, request: MergeRequest): string {
  const { names, pipeline, plan } = request;
  const strategy = planStrategy(dialect, request);
  return dialect.promotion({
    ...planTakeFence(dialect, { ...request, schema: names.ledger, pipeline: pipeline.name, batchId: plan.batchId }),
    statements: [
      ...strategy.statements,
      ...planQuarantine(dialect, request),
      ...planWatermarks(dialect, names.ledger, plan, request.empty),
      planBatchRow(dialect, request, strategy),
    ],
  });
}

function planStrategy(dialect: Dialect, request: MergeRequest): StrategyPlan {
  const { strategy } = request.pipeline;
  switch (strategy.kind) {
    case "upsert":
      return planUpsert(dialect, request, strategy);
    case "append":
      return planAppend(dialect, request, strategy);
  }
}

/** The fence's number of this promotion, as a scalar. */
export function commitSeq(dialect: Dialect, { names, pipeline }: MergeRequest): string {
  return `(SELECT ${dialect.id("commit_seq")} FROM ${dialect.table(fenceTable(names.ledger, pipeline.name))})`;
}

function planQuarantine(dialect: Dialect, request: MergeRequest): string[] {
  const { id, text } = dialect;
  const { names, pipeline, plan, manifest } = request;
  const quarantine = dialect.table(quarantineTable(names, pipeline.name));
  return [
    `DELETE FROM ${quarantine} WHERE ${id("batch_id")} = ${text(plan.batchId)}`,
    `INSERT INTO ${quarantine} (${quarantineColumns.map(({ name }) => id(name)).join(", ")}) ` +
      `SELECT ${text(plan.batchId)}, ${dialect.instant(plan.ingestedAt)}, ${commitSeq(dialect, request)}, ${id("_file")}, ${id("_row")}, ` +
      `${id("_reason")}, ${id("_fields")}, ${id(bronzeColumns.record)}, ${id(bronzeColumns.malformed)} ` +
      `FROM ${dialect.table(checkedTable(names, manifest))} WHERE ${id("_reason")} IS NOT NULL`,
  ];
}

/** The ledger's row. Counts come from what the statements before it did, within the same promotion. */
function planBatchRow(dialect: Dialect, request: MergeRequest, strategy: StrategyPlan): string {
  const { id, text } = dialect;
  const { names, pipeline, plan, manifest } = request;
  const checked = dialect.table(checkedTable(names, manifest));
  const silver = dialect.table(silverTable(names, pipeline.name));
  const batches = dialect.table(ledgerTable(names.ledger, "batches"));
  const earlier = `(SELECT ${id("silver_rows")} FROM ${batches} WHERE ${id("pipeline")} = ${text(pipeline.name)} ORDER BY ${id("commit_seq")} DESC LIMIT 1)`;
  const values: Record<(typeof ledgerTables.batches)[number]["name"], string> = {
    pipeline: text(pipeline.name),
    batch_id: text(plan.batchId),
    seq: String(plan.seq),
    commit_seq: "f.n",
    window_from: plan.window ? text(plan.window.from) : "NULL",
    window_to: plan.window ? text(plan.window.to) : "NULL",
    extracted: String(manifest.rows),
    landed: "c.landed",
    quarantined: "c.quarantined",
    promoted: "s.promoted",
    inserted: `s.total - COALESCE(${earlier}, 0)`,
    deleted: "s.deleted",
    repeated: `c.landed - c.quarantined - (${strategy.winners})`,
    unchanged: `(${strategy.winners}) - s.promoted`,
    conflicts: `(${strategy.conflicts})`,
    silver_rows: "s.total",
    ingested_at: dialect.instant(plan.ingestedAt),
    release: text(request.release),
    attempt: text(manifest.attempt),
    run_id: text(request.run),
    epoch: String(request.epoch),
    started_at: dialect.instant(request.startedAt),
    replay: request.replay ? "TRUE" : "FALSE",
  };
  const columns = ledgerTables.batches.map(({ name }) => name);
  return (
    `INSERT INTO ${batches} (${columns.map(id).join(", ")}) SELECT ${columns.map((name) => values[name]).join(", ")} ` +
    `FROM (SELECT ${commitSeq(dialect, request)} AS n) AS f, ` +
    `(SELECT COUNT(*) AS landed, COUNT_IF(${id("_reason")} IS NOT NULL) AS quarantined FROM ${checked}) AS c, ` +
    `(SELECT COUNT(*) AS promoted, COUNT_IF(${id(deletedColumn)}) AS deleted, (SELECT COUNT(*) FROM ${silver}) AS total ` +
    `FROM ${silver} WHERE ${id("commit_seq")} = ${commitSeq(dialect, request)}) AS s`
  );
}

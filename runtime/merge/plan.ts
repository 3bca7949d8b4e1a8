import { windowOf } from "#core/batch";
import { bronzeColumns, checkedByColumn, deletedColumn } from "#core/columns";
import type { WarehouseNames } from "#core/names";
import type { Pipeline } from "#firn";
import { commitSeq, ledgerTable, ledgerTables } from "#ledger/tables";
import { countIf, type Dialect, type Promotion } from "#sql/dialect";
import {
  checkedTable,
  quarantineColumns,
  quarantineDefinition,
  quarantineTable,
  silverDefinition,
  silverTable,
} from "#sql/tables";
import { planDeleteMissing } from "./compare.ts";
import { planAppend } from "./strategies/append.ts";
import { planChildren } from "./strategies/children.ts";
import { planPartial } from "./strategies/partial.ts";
import { planPartition } from "./strategies/partition.ts";
import type { MergeBatch, StrategyPlan } from "./strategies/strategy.ts";
import { planUpsert } from "./strategies/upsert.ts";

export interface MergeRequest extends MergeBatch {
  release: string;
  run: string;
  epoch: number;
  startedAt: string;
  /** The batch holds all the source has, and what it lacks is deleted. */
  deleteMissing?: boolean;
  /** Rows the batch must have, checked by this run; absent for a part of it. Other ones: another run is at it, too. */
  rows?: number;
  /** How the ledger guards the promotion, and the interval it leaves. */
  fence: Omit<Promotion, "statements">;
  watermarks: string[];
}

/** The tables a promotion needs. DDL, each statement repeatable, never inside a promotion. */
export function planTables(dialect: Dialect, names: WarehouseNames, pipeline: Pipeline): string[] {
  return [
    ...dialect.createSchema(names.silver),
    ...dialect.createSchema(names.quarantine),
    dialect.createTable(silverTable(names, pipeline.name), silverDefinition(pipeline, names.masks)),
    dialect.createTable(quarantineTable(names, pipeline.name), quarantineDefinition(names.masks)),
  ];
}

/**
 * The one script that promotes a batch: fence, data, quarantine, ledger, watermark, all or nothing.
 *
 * `ingested_at` comes from the plan and `commit_seq` from the fence, so running it again gives the same.
 */
export function planPromotion(dialect: Dialect, request: MergeRequest): string {
  const strategy = planStrategy(dialect, request);
  const { strategy: declared } = request.pipeline;
  const missing =
    request.deleteMissing && declared.kind === "upsert"
      ? [planDeleteMissing(dialect, request, declared)]
      : [];
  return dialect.promotion({
    ...request.fence,
    holdsFence: `${request.fence.holdsFence} AND ${planOwnRows(dialect, request)}`,
    statements: [
      ...strategy.statements,
      ...missing,
      ...planQuarantine(dialect, request),
      ...request.watermarks,
      planBatchRow(dialect, request, strategy),
    ],
  });
}

/** True where the checked rows are this run's, and all of them: runs of one batch share the table. */
function planOwnRows(dialect: Dialect, { names, manifest, rows, epoch }: MergeRequest): string {
  const count = (compare: string) =>
    `(SELECT COUNT(*) FROM ${dialect.table(checkedTable(names, manifest))} WHERE ${dialect.id(checkedByColumn)} ${compare} ${epoch})`;
  return rows === undefined ? `${count("<>")} = 0` : `${count("=")} = ${rows}`;
}

function planStrategy(dialect: Dialect, request: MergeRequest): StrategyPlan {
  const { strategy } = request.pipeline;
  switch (strategy.kind) {
    case "upsert":
      return strategy.partial
        ? planPartial(dialect, request, strategy)
        : planUpsert(dialect, request, strategy);
    case "append":
      return planAppend(dialect, request, strategy);
    case "replace_partition":
      return planPartition(dialect, request, strategy);
    case "replace_children":
      return planChildren(dialect, request, strategy);
  }
}

function planQuarantine(dialect: Dialect, request: MergeRequest): string[] {
  const { id, text } = dialect;
  const { names, pipeline, plan, manifest } = request;
  const quarantine = dialect.table(quarantineTable(names, pipeline.name));
  const commit = commitSeq(dialect, names.ledger, pipeline.name);
  return [
    `DELETE FROM ${quarantine} WHERE ${id("batch_id")} = ${text(plan.batchId)}`,
    `INSERT INTO ${quarantine} (${quarantineColumns.map(({ name }) => id(name)).join(", ")}) ` +
      `SELECT ${text(plan.batchId)}, ${dialect.instant(plan.ingestedAt)}, ${commit}, ${id("_file")}, ${id("_row")}, ` +
      `${id("_reason")}, ${id("_fields")}, ${id(bronzeColumns.record)}, ${id(bronzeColumns.malformed)} ` +
      `FROM ${dialect.table(checkedTable(names, manifest))} WHERE ${id("_reason")} IS NOT NULL`,
  ];
}

/** The ledger's row. Counts come from what the statements before it did, within the same promotion. */
function planBatchRow(dialect: Dialect, request: MergeRequest, strategy: StrategyPlan): string {
  const { id, text } = dialect;
  const { names, pipeline, plan, manifest } = request;
  const window = windowOf(plan, manifest);
  const checked = dialect.table(checkedTable(names, manifest));
  const silver = dialect.table(silverTable(names, pipeline.name));
  const batches = dialect.table(ledgerTable(names.ledger, "batches"));
  const commit = commitSeq(dialect, names.ledger, pipeline.name);
  const earlier = `(SELECT ${id("silver_rows")} FROM ${batches} WHERE ${id("pipeline")} = ${text(pipeline.name)} ORDER BY ${id("commit_seq")} DESC LIMIT 1)`;
  const values: Record<(typeof ledgerTables.batches)[number]["name"], string> = {
    pipeline: text(pipeline.name),
    batch_id: text(plan.batchId),
    seq: String(plan.seq),
    commit_seq: "f.n",
    window_from: window ? text(window.from) : "NULL",
    window_to: window ? text(window.to) : "NULL",
    extracted: String(manifest.rows),
    landed: "c.landed",
    quarantined: "c.quarantined",
    promoted: "s.promoted",
    inserted: `s.total - COALESCE(${earlier}, 0)`,
    deleted: "s.deleted",
    vanished: "s.vanished",
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
    `FROM (SELECT ${commit} AS n) AS f, ` +
    `(SELECT COUNT(*) AS landed, ${countIf(`${id("_reason")} IS NOT NULL`)} AS quarantined FROM ${checked}) AS c, ` +
    // What vanished has no row in the batch.
    `(SELECT COUNT(${id("_row")}) AS promoted, ${countIf(`${id(deletedColumn)} AND ${id("_row")} IS NOT NULL`)} AS deleted, ` +
    `COUNT(*) - COUNT(${id("_row")}) AS vanished, (SELECT COUNT(*) FROM ${silver}) AS total ` +
    `FROM ${silver} WHERE ${id("commit_seq")} = ${commit}) AS s`
  );
}

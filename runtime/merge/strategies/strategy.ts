import type { BatchPlan, Manifest } from "#core/batch";
import { type auditColumns, deletedColumn } from "#core/columns";
import type { WarehouseNames } from "#core/names";
import type { Pipeline } from "#firn";
import { commitSeq } from "#ledger/tables";
import type { Dialect } from "#sql/dialect";
import { checkedTable, silverColumns, silverTable } from "#sql/tables";

/** The batch a strategy folds into silver. */
export interface MergeBatch {
  names: WarehouseNames;
  pipeline: Pipeline;
  plan: BatchPlan;
  manifest: Manifest;
  /** The batch was promoted before and is promoted again, perhaps under other rules. */
  replay: boolean;
  /** Between which values the batch's keys lie; absent: unknown, and all of silver is looked at. */
  bounds?: Bounds;
}

/** The least and the greatest value of key columns among the good rows of a batch, as canonical text. */
export type Bounds = Record<string, { least: string; greatest: string }>;

/** What a strategy plans for one batch. Counts are scalar queries, asked after the statements ran. */
export interface StrategyPlan {
  /** Change silver and what the strategy remembers; part of the promotion. */
  statements: string[];
  /** Good rows that are the last of their key, or the first of their id, within the batch. */
  winners: string;
  /** Rows of the batch and of silver that claim one version with different payloads. */
  conflicts: string;
}

/** The tables and values every strategy speaks of. */
export function partsOf(dialect: Dialect, { names, pipeline, plan, manifest }: MergeBatch) {
  const { id, text } = dialect;
  const commit = commitSeq(dialect, names.ledger, pipeline.name);
  const audit: Record<(typeof auditColumns)[number], string> = {
    batch_id: text(plan.batchId),
    ingested_at: dialect.instant(plan.ingestedAt),
    commit_seq: commit,
    _plan_seq: String(plan.seq),
    _file: id("_file"),
    _row: id("_row"),
    _conflict_seq: `CAST(NULL AS ${dialect.type("bigint")})`,
  };
  const vanished = { ...audit, [deletedColumn]: "TRUE", _row: "NULL" } as Record<string, string>;
  return {
    commit,
    /** The batch's checked rows. */
    checked: dialect.table(checkedTable(names, manifest)),
    silver: dialect.table(silverTable(names, pipeline.name)),
    /** What the source sent, and whether it deletes. */
    data: [...silverColumns(pipeline).map(([name]) => name), deletedColumn],
    /** The audit columns of a row of this batch. */
    audit,
    /** Makes a row that the batch lacks a tombstone: it has no row in bronze, so `_row` is null. */
    vanish: [deletedColumn, "batch_id", "ingested_at", "commit_seq", "_plan_seq", "_row"]
      .map((name) => `${id(name)} = ${vanished[name]}`)
      .join(", "),
  };
}

/** How many keys the good rows of a batch have. */
export function planKeyCount({ id }: Dialect, checked: string, key: string[]): string {
  return `SELECT COUNT(*) FROM (SELECT 1 AS one FROM ${checked} WHERE ${id("_reason")} IS NULL GROUP BY ${key.map(id).join(", ")}) AS winners`;
}

/** The columns that tell rows of silver apart; null where a row has vanished. */
export const address = ["_plan_seq", "_file", "_row"];

import type { ColumnDefinition, Dialect, TableName } from "#sql/dialect";

/**
 * The ledger: state beside the data, so that both commit together. Rows are inserted, never updated.
 *
 * The one exception is a pipeline's fence, a table of one row, because Snowflake locks small tables
 * whole and a shared one would queue every pipeline of a team behind the slowest merge.
 */
export const ledgerTables = {
  /** Which ledger this is, and which lake it belongs to. One row. */
  identity: [
    { name: "generation", type: "text" },
    { name: "lake", type: "text" },
  ],
  migrations: [
    { name: "version", type: "bigint" },
    { name: "applied_at", type: "timestamp" },
  ],
  /** One row per promotion of a batch; a replay adds one. */
  batches: [
    { name: "pipeline", type: "text" },
    { name: "batch_id", type: "text" },
    { name: "seq", type: "bigint" },
    { name: "commit_seq", type: "bigint" },
    { name: "window_from", type: "text" },
    { name: "window_to", type: "text" },
    { name: "extracted", type: "bigint" },
    { name: "landed", type: "bigint" },
    { name: "quarantined", type: "bigint" },
    { name: "promoted", type: "bigint" },
    { name: "inserted", type: "bigint" },
    { name: "deleted", type: "bigint" },
    { name: "vanished", type: "bigint" },
    { name: "repeated", type: "bigint" },
    { name: "unchanged", type: "bigint" },
    { name: "conflicts", type: "bigint" },
    { name: "silver_rows", type: "bigint" },
    { name: "ingested_at", type: "timestamp" },
    { name: "release", type: "text" },
    { name: "attempt", type: "text" },
    { name: "run_id", type: "text" },
    { name: "epoch", type: "bigint" },
    { name: "started_at", type: "timestamp" },
    { name: "replay", type: "boolean" },
  ],
  /** Half-open intervals `(from, to]` that have been promoted; a batch without rows leaves one, too. */
  watermarks: [
    { name: "pipeline", type: "text" },
    { name: "partition", type: "text" },
    { name: "kind", type: "text" },
    { name: "from_value", type: "text" },
    { name: "to_value", type: "text" },
    { name: "batch_id", type: "text" },
    { name: "seq", type: "bigint" },
  ],
  /** Ids that append pipelines have promoted, for as long as they are remembered. */
  dedup: [
    { name: "pipeline", type: "text" },
    { name: "id", type: "text" },
    { name: "batch_id", type: "text" },
    { name: "ingested_at", type: "timestamp" },
  ],
  /** What append pipelines with a sequence have promoted: intervals `(from, to]` per source partition. */
  sequences: [
    { name: "pipeline", type: "text" },
    { name: "partition", type: "text" },
    { name: "from_value", type: "bigint" },
    { name: "to_value", type: "bigint" },
    { name: "commit_seq", type: "bigint" },
  ],
  /** Deliveries that took the place of a partition; the one with the greatest version stands. */
  partitions: [
    { name: "pipeline", type: "text" },
    { name: "partition", type: "text" },
    { name: "version", type: "text" },
    { name: "batch_id", type: "text" },
    { name: "commit_seq", type: "bigint" },
  ],
  /** What each expectation found in a batch. */
  checks: [
    { name: "pipeline", type: "text" },
    { name: "batch_id", type: "text" },
    { name: "expectation", type: "text" },
    { name: "failed", type: "bigint" },
    { name: "total", type: "bigint" },
    { name: "passed", type: "boolean" },
  ],
  /** One row per build of a model, in one script with its data: what it was built by, and from what. */
  models: [
    { name: "model", type: "text" },
    { name: "run_id", type: "text" },
    { name: "kind", type: "text" },
    { name: "version", type: "text" },
    { name: "backfill", type: "boolean" },
    /** JSON: the `commit_seq` of each pipeline it is built from, as text, by the pipeline's name. */
    { name: "built_from", type: "text" },
    { name: "epoch", type: "bigint" },
    { name: "built_at", type: "timestamp" },
  ],
  /** What each statement scanned and cost; noted after its run. */
  scans: [
    { name: "run_id", type: "text" },
    { name: "model", type: "text" },
    /** build or test; of a pipeline, whose `model` is empty, the stage */
    { name: "part", type: "text" },
    { name: "digest", type: "text" },
    { name: "verb", type: "text" },
    { name: "warehouse", type: "text" },
    { name: "started_at", type: "timestamp" },
    { name: "seconds", type: "float" },
    { name: "rows_scanned", type: "bigint" },
    { name: "bytes_scanned", type: "bigint" },
    { name: "rows_written", type: "bigint" },
    { name: "credits", type: "float" },
  ],
} as const satisfies Record<string, ColumnDefinition[]>;

export type LedgerTable = keyof typeof ledgerTables;

/** A pipeline's fence: the epoch of the last run that promoted, and the number of the last promotion. */
export const fenceColumns = [
  { name: "epoch", type: "bigint" },
  { name: "commit_seq", type: "bigint" },
  { name: "batch_id", type: "text" },
  { name: "token", type: "text" },
] as const satisfies ColumnDefinition[];

export function ledgerTable(schema: string, name: LedgerTable): TableName {
  return { schema, name };
}

export function fenceTable(schema: string, pipeline: string): TableName {
  return { schema, name: `fence_${pipeline}` };
}

/** The number of the promotion that holds the fence, as a scalar. */
export function commitSeq(dialect: Dialect, schema: string, pipeline: string): string {
  return `(SELECT ${dialect.id("commit_seq")} FROM ${dialect.table(fenceTable(schema, pipeline))})`;
}

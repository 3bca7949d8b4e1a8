/** What commands ask the ledger and the quarantine, through a warehouse opened for them. */
import type { Warehouse } from "#ports/warehouse";
import type { Release } from "#release";

type Names = Release["names"];

/** A promoted batch, as its ledger row tells. */
export interface PromotedBatch {
  batchId: string;
  window: { from: string; to: string } | null;
  replay: boolean;
  extracted: number;
  landed: number;
  quarantined: number;
  merged: number;
  inserted: number;
  deleted: number;
  /** Rows of silver that a delivery no longer has. */
  vanished: number;
  repeated: number;
  unchanged: number;
  conflicts: number;
}

/** The batches one run promoted, in the order of their promotion. */
export async function batchesOf(
  warehouse: Warehouse,
  names: Names,
  pipeline: string,
  run: string,
): Promise<PromotedBatch[]> {
  const { id, text, table } = warehouse.dialect;
  const batches = { schema: names.ledger, name: "batches" };
  if (!(await exists(warehouse, batches))) return [];
  const rows = await warehouse.query(
    `SELECT ${picked(id)} FROM ${table(batches)} WHERE ${id("pipeline")} = ${text(pipeline)} AND ${id("run_id")} = ${text(run)} ORDER BY ${id("commit_seq")}`,
  );
  return rows.map(batchOf);
}

/** How many batches were promoted, and those of the last run that promoted any. */
export async function promotedSoFar(warehouse: Warehouse, names: Names, pipeline: string) {
  const { id, text, table } = warehouse.dialect;
  const batches = { schema: names.ledger, name: "batches" };
  if (!(await exists(warehouse, batches))) return { promoted: 0, lastRun: [] };
  const of = `${id("pipeline")} = ${text(pipeline)}`;
  const [row] = await warehouse.query(
    `SELECT COUNT(DISTINCT ${id("seq")}) AS "promoted" FROM ${table(batches)} WHERE ${of}`,
  );
  const last = `SELECT ${id("run_id")} FROM ${table(batches)} WHERE ${of} ORDER BY ${id("commit_seq")} DESC LIMIT 1`;
  const rows = await warehouse.query(
    `SELECT ${picked(id)} FROM ${table(batches)} WHERE ${of} AND ${id("run_id")} = (${last}) ORDER BY ${id("commit_seq")}`,
  );
  return { promoted: Number(row?.promoted), lastRun: rows.map(batchOf) };
}

export interface FailedCheck {
  batchId: string;
  expectation: string;
  failed: number;
  total: number;
}

/** The expectations that the batch judged last did not meet. */
export async function failedChecks(
  warehouse: Warehouse,
  names: Names,
  pipeline: string,
): Promise<FailedCheck[]> {
  const { id, text, table } = warehouse.dialect;
  const checks = { schema: names.ledger, name: "checks" };
  if (!(await exists(warehouse, checks))) return [];
  const of = `${id("pipeline")} = ${text(pipeline)}`;
  const rows = await warehouse.query(
    `SELECT ${["batch_id", "expectation", "failed", "total"].map((each) => `${id(each)} AS "${each}"`).join(", ")} FROM ${table(checks)} ` +
      `WHERE ${of} AND NOT ${id("passed")} AND ${id("batch_id")} = (SELECT MAX(${id("batch_id")}) FROM ${table(checks)} WHERE ${of}) ORDER BY 2`,
  );
  return rows.map((row) => ({
    batchId: String(row.batch_id),
    expectation: String(row.expectation),
    failed: Number(row.failed),
    total: Number(row.total),
  }));
}

export interface QuarantineCount {
  batchId: string;
  reason: string;
  rows: number;
}

/** Rows in quarantine by batch and reason. */
export async function quarantineCounts(
  warehouse: Warehouse,
  names: Names,
  pipeline: string,
): Promise<QuarantineCount[]> {
  const { id, table } = warehouse.dialect;
  const quarantine = { schema: names.quarantine, name: pipeline };
  if (!(await exists(warehouse, quarantine))) return [];
  const rows = await warehouse.query(
    `SELECT ${id("batch_id")} AS "batch_id", ${id("reason")} AS "reason", COUNT(*) AS "rows" FROM ${table(quarantine)} GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2`,
  );
  return rows.map((row) => ({
    batchId: String(row.batch_id),
    reason: String(row.reason),
    rows: Number(row.rows),
  }));
}

export interface QuarantinedRow {
  batchId: string;
  file: string;
  row: number;
  reason: string;
  /** The declared columns' texts, as sent. */
  fields: Record<string, unknown>;
  /** The whole record, where it holds more than the columns. */
  record: string | null;
  /** The text of a record that could not be read. */
  malformed: string | null;
}

export async function quarantinedRows(
  warehouse: Warehouse,
  names: Names,
  pipeline: string,
  { batchId, limit }: { batchId?: string | undefined; limit: number },
): Promise<QuarantinedRow[]> {
  const { id, text, table } = warehouse.dialect;
  const quarantine = { schema: names.quarantine, name: pipeline };
  if (!(await exists(warehouse, quarantine))) return [];
  const columns = ["batch_id", "_file", "_row", "reason", "fields", "record", "malformed"];
  const rows = await warehouse.query(
    `SELECT ${columns.map((each) => `${id(each)} AS "${each}"`).join(", ")} FROM ${table(quarantine)}` +
      `${batchId === undefined ? "" : ` WHERE ${id("batch_id")} = ${text(batchId)}`} ORDER BY 1, 2, 3 LIMIT ${limit}`,
  );
  return rows.map((row) => ({
    batchId: String(row.batch_id),
    file: String(row._file),
    row: Number(row._row),
    reason: String(row.reason),
    fields: row.fields === null ? {} : (JSON.parse(String(row.fields)) as Record<string, unknown>),
    record: row.record === null ? null : String(row.record),
    malformed: row.malformed === null ? null : String(row.malformed),
  }));
}

async function exists(warehouse: Warehouse, table: { schema: string; name: string }): Promise<boolean> {
  return (await warehouse.query(warehouse.dialect.describe(table))).length > 0;
}

const counts = [
  "extracted",
  "landed",
  "quarantined",
  "promoted",
  "inserted",
  "deleted",
  "vanished",
  "repeated",
  "unchanged",
  "conflicts",
];

function picked(id: (name: string) => string): string {
  return ["batch_id", "window_from", "window_to", "replay", ...counts]
    .map((each) => `${id(each)} AS "${each}"`)
    .join(", ");
}

function batchOf(row: Record<string, unknown>): PromotedBatch {
  const count = (name: string) => Number(row[name] ?? 0);
  return {
    batchId: String(row.batch_id),
    window: row.window_from === null ? null : { from: String(row.window_from), to: String(row.window_to) },
    replay: row.replay === true,
    extracted: count("extracted"),
    landed: count("landed"),
    quarantined: count("quarantined"),
    merged: count("promoted"),
    inserted: count("inserted"),
    deleted: count("deleted"),
    vanished: count("vanished"),
    repeated: count("repeated"),
    unchanged: count("unchanged"),
    conflicts: count("conflicts"),
  };
}

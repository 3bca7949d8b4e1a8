import type { NodeResult, StatementRecord } from "#core/models";
import type { WarehouseSpec } from "#firn";
import { ledgerTable, ledgerTables } from "#ledger/tables";
import type { Dialect } from "#sql/dialect";
import type { Build } from "./canary.ts";
import { planBill } from "./credits.ts";

/** A row of `ledger.scans`: one statement, whose it was and what it cost. */
export interface Scan extends StatementRecord {
  run: string;
  /** Empty for a pipeline's stages, which build no model. */
  model: string;
  /** `build` or `test` of a model; else the stage, such as `load`. */
  part: string;
  credits: number;
}

/** A statement before it is known what it cost. */
type Unbilled = Omit<Scan, "credits">;

/** The statements of a model run's nodes. */
export function statementsOf(run: string, results: readonly NodeResult[]): Unbilled[] {
  return results.flatMap(({ id, name, statements }) =>
    statements.map((each) => ({
      ...each,
      run,
      model: name,
      part: id.startsWith("test.") ? "test" : "build",
    })),
  );
}

/** The statements of one stage of a pipeline, so that the sum of all parts is the warehouse's whole bill. */
export function statementsOfStage(
  run: string,
  stage: string,
  statements: readonly StatementRecord[],
): Unbilled[] {
  return statements.map((each) => ({ ...each, run, model: "", part: stage }));
}

/** Gives each statement of a run its part of the warehouse's bill; what is idle is nobody's. */
export function billed(statements: readonly Unbilled[], warehouse: WarehouseSpec | undefined): Scan[] {
  const credits = planBill(statements, warehouse).statements;
  return statements.map((each, at) => ({ ...each, credits: credits[at] ?? 0 }));
}

/**
 * Notes statements in the ledger, in one statement: those that a call before it has noted are left out.
 *
 * So it can be repeated without a promotion's fence, and a kill leaves all of a call's rows or none, which
 * deleting a run's rows first would not.
 */
export function planNoting(dialect: Dialect, ledger: string, scans: readonly Scan[]): string {
  const { id, text } = dialect;
  const number = (value: number | null) => (value === null ? "NULL" : String(value));
  const columns = ledgerTables.scans;
  const rows = scans.map((scan) =>
    [
      text(scan.run),
      text(scan.model),
      text(scan.part),
      text(scan.digest),
      text(scan.verb),
      text(warehouseName),
      dialect.instant(scan.startedAt),
      number(scan.seconds),
      number(scan.rowsScanned),
      number(scan.bytesScanned),
      number(scan.rowsWritten),
      number(scan.credits),
    ].join(", "),
  );
  const cast = ({ name, type }: (typeof columns)[number]) => `CAST(n.${id(name)} AS ${dialect.type(type)})`;
  const same = ["run_id", "model", "part", "digest", "started_at"].map(
    (name) => `s.${id(name)} = n.${id(name)}`,
  );
  const names = columns.map(({ name }) => id(name)).join(", ");
  return (
    `INSERT INTO ${dialect.table(ledgerTable(ledger, "scans"))} (${names}) ` +
    `SELECT ${columns.map(cast).join(", ")} FROM (VALUES ${rows.map((row) => `(${row})`).join(", ")}) AS n (${names}) ` +
    `WHERE NOT EXISTS (SELECT 1 FROM ${dialect.table(ledgerTable(ledger, "scans"))} AS s ` +
    `WHERE ${same.join(" AND ")})`
  );
}

/** The one warehouse a team has; the name is the workload's, as its declaration calls it. */
const warehouseName = "elt";

/** How many builds of a model are looked back on, and for how long. */
const buildsMax = 30;
const lookBackDays = 90;

/** A model's build as the ledger tells, newest first within its model. */
export interface LedgerBuild extends Omit<Build, "changedRows"> {
  model: string;
  /** The last `commit_seq` of each pipeline it was built from. */
  builtFrom: Record<string, number>;
}

type Told = Record<string, unknown>;

/** Asks for the last builds of models, this run's own included, with the bytes their statements scanned. */
export function planBuilds(dialect: Dialect, ledger: string, models: readonly string[], at: string): string {
  const { id, text } = dialect;
  const named = `${id("model")} IN (${models.map(text).join(", ")})`;
  const since = dialect.daysBefore(dialect.instant(at), lookBackDays);
  const scans =
    `SELECT ${id("run_id")}, ${id("model")}, SUM(${id("bytes_scanned")}) AS ${id("bytes")} FROM ${dialect.table(ledgerTable(ledger, "scans"))} ` +
    `WHERE ${named} AND ${id("part")} = 'build' AND ${id("started_at")} > ${since} GROUP BY ${id("run_id")}, ${id("model")}`;
  const columns = ["model", "run_id", "kind", "version", "backfill", "built_from"];
  return (
    `SELECT ${columns.map((name) => `m.${id(name)} AS "${name}"`).join(", ")}, b.${id("bytes")} AS "bytes", ` +
    `${dialect.canonical(`m.${id("built_at")}`, "timestamp")} AS "built_at" ` +
    `FROM ${dialect.table(ledgerTable(ledger, "models"))} AS m ` +
    `LEFT JOIN (${scans}) AS b ON b.${id("run_id")} = m.${id("run_id")} AND b.${id("model")} = m.${id("model")} ` +
    `WHERE m.${named} AND m.${id("built_at")} > ${since} ` +
    `QUALIFY ROW_NUMBER() OVER (PARTITION BY m.${id("model")} ORDER BY m.${id("epoch")} DESC, m.${id("built_at")} DESC) <= ${buildsMax} ` +
    `ORDER BY m.${id("model")}, m.${id("epoch")} DESC, m.${id("built_at")} DESC`
  );
}

export function parseBuilds(rows: readonly Told[]): LedgerBuild[] {
  return rows.map((row) => {
    const builtFrom = JSON.parse(String(row.built_from ?? "{}")) as Record<string, string>;
    return {
      model: String(row.model),
      run: String(row.run_id),
      builtAt: String(row.built_at),
      kind: row.kind === "incremental" ? "incremental" : "full",
      version: String(row.version),
      backfill: row.backfill === true,
      bytesScanned: row.bytes === null ? null : Number(row.bytes),
      builtFrom: Object.fromEntries(Object.entries(builtFrom).map(([name, seq]) => [name, Number(seq)])),
    };
  });
}

/** A promotion, as a source of changed rows. */
export interface Promoted {
  pipeline: string;
  commitSeq: number;
  rows: number;
}

/** Asks for the rows that batches changed, after the earliest place any of these builds began from. */
export function planPromoted(
  dialect: Dialect,
  ledger: string,
  builds: readonly LedgerBuild[],
): string | null {
  const { id, text } = dialect;
  const after = new Map<string, number>();
  for (const { builtFrom } of builds) {
    for (const [pipeline, seq] of Object.entries(builtFrom))
      after.set(pipeline, Math.min(seq, after.get(pipeline) ?? seq));
  }
  if (after.size === 0) return null;
  const wanted = [...after].map(
    ([pipeline, seq]) => `(${id("pipeline")} = ${text(pipeline)} AND ${id("commit_seq")} > ${seq})`,
  );
  return (
    `SELECT ${id("pipeline")} AS "pipeline", ${id("commit_seq")} AS "commit_seq", ` +
    `${id("promoted")} + COALESCE(${id("vanished")}, 0) AS "rows" ` +
    `FROM ${dialect.table(ledgerTable(ledger, "batches"))} WHERE ${wanted.join(" OR ")}`
  );
}

export function parsePromoted(rows: readonly Told[]): Promoted[] {
  return rows.map((row) => ({
    pipeline: String(row.pipeline),
    commitSeq: Number(row.commit_seq),
    rows: Number(row.rows),
  }));
}

/**
 * Gives each build the rows that changed since the one before it: those of batches whose `commit_seq` lies in
 * `(the one before, this one]`. Null for the oldest, and where a build's pipelines are not all known of both.
 *
 * @param builds one model's, newest first
 */
export function withChangedRows(builds: readonly LedgerBuild[], promoted: readonly Promoted[]): Build[] {
  return builds.map(({ builtFrom, ...build }, at) => {
    const before = builds[at + 1]?.builtFrom;
    const pipelines = Object.entries(builtFrom);
    const known = before && pipelines.length > 0 && pipelines.every(([name]) => name in before);
    const changed = (each: Promoted) =>
      each.commitSeq > (before?.[each.pipeline] ?? 0) && each.commitSeq <= (builtFrom[each.pipeline] ?? 0);
    return {
      ...build,
      changedRows: known ? promoted.filter(changed).reduce((sum, { rows }) => sum + rows, 0) : null,
    };
  });
}

/** Asks for when statements ran, from an instant on: what a bill needs. */
export function planRan(dialect: Dialect, ledger: string, since: string): string {
  const { id } = dialect;
  return (
    `SELECT ${dialect.canonical(id("started_at"), "timestamp")} AS "started_at", ${id("seconds")} AS "seconds" ` +
    `FROM ${dialect.table(ledgerTable(ledger, "scans"))} WHERE ${id("started_at")} >= ${dialect.instant(since)}`
  );
}

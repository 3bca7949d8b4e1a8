/** Every table and view of a database file as text, so that two files can be compared row by row. */
import { DuckDBInstance } from "@duckdb/node-api";

/** Types and rows of one table. Rows are texts, sorted: a multiset. */
export interface Table {
  columns: string[];
  rows: string[];
}

/** By schema.name. */
export type Tables = Record<string, Table>;

/** Schemas that only one side has, for its own state. */
const ownSchemas = ["ledger", "raw", "quarantine"];

/**
 * Reads all tables and views but those of Firn's own state.
 *
 * What the clock gave differs between two runs of dbt itself. So an instant within the steps is read
 * as the step in which it lies, a UUID as such, and a hash in a row with such an instant as a hash.
 *
 * @param stepsStartedAt when each step began, ISO 8601 UTC, ascending
 */
export async function readTables(path: string, stepsStartedAt: string[]): Promise<Tables> {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  const query = async (sql: string) => (await connection.runAndReadAll(sql)).getRows() as (string | null)[][];
  try {
    await connection.run("SET TimeZone = 'UTC'");
    const tables: Tables = {};
    const reads: Record<string, string> = {};
    for (const [schema, name, columns, types] of (await query(`
      SELECT table_schema, table_name,
        string_agg('"' || replace(column_name, '"', '""') || '"::VARCHAR', ', ' ORDER BY ordinal_position),
        to_json(list(column_name || ' ' || data_type ORDER BY ordinal_position))
      FROM information_schema.columns WHERE table_catalog = current_database()
      GROUP BY ALL ORDER BY ALL`)) as [string, string, string, string][]) {
      if (ownSchemas.includes(schema)) continue;
      tables[`${schema}.${name}`] = { columns: JSON.parse(types), rows: [] };
      reads[`${schema}.${name}`] = `SELECT ${columns} FROM ${quoted(schema)}.${quoted(name)}`;
    }
    for (const [name, table] of Object.entries(tables)) {
      const rows = await query(reads[name] as string);
      table.rows = rows.map((row) => JSON.stringify(withoutClock(row, stepsStartedAt))).sort();
    }
    return tables;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function withoutClock(row: (string | null)[], stepsStartedAt: string[]): (string | null)[] {
  let ticked = false;
  const told = row.map((value) => {
    if (value === null) return null;
    if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value)) return "<uuid>";
    const step = stepOf(value, stepsStartedAt);
    if (step === undefined) return value;
    ticked = true;
    return `<in step ${step}>`;
  });
  return ticked ? told.map((value) => (value && /^[0-9a-f]{32}$/.test(value) ? "<hash>" : value)) : told;
}

/** No step takes as long: an instant later than this after the last one began is data. */
const stepMillisecondsMax = 3_600_000;

/** The step in which an instant lies; undefined if the text is no instant, or one of no step. */
function stepOf(value: string, stepsStartedAt: string[]): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}/.test(value)) return undefined;
  const zoned = /(Z|[+-]\d{2}(:?\d{2})?)$/.test(value) ? value.replace(/([+-]\d{2})$/, "$1:00") : `${value}Z`;
  const instant = Date.parse(zoned.replace(" ", "T"));
  if (instant > Date.parse(stepsStartedAt.at(-1) ?? "") + stepMillisecondsMax) return undefined;
  const step = stepsStartedAt.findLastIndex((startedAt) => Date.parse(startedAt) <= instant);
  return step >= 0 ? step : undefined;
}

import { parseDecimal } from "#core/columns";
import {
  type Dialect,
  fenceRefused,
  jsonFlaws,
  jsonStrings,
  ledgerReplaced,
  type SqlType,
  script,
} from "#sql/dialect";

const dateFormats: Record<string, string> = {
  "YYYY-MM-DD": "%Y-%m-%d",
  "DD/MM/YYYY": "%d/%m/%Y",
  "MM/DD/YYYY": "%m/%d/%Y",
  YYYYMMDD: "%Y%m%d",
};

/** DuckDB 1.5: the laptop's warehouse. */
export const duckdb: Dialect = {
  name: "duckdb",

  id: (name) => `"${name.replaceAll('"', '""')}"`,
  table: ({ schema, name }) => `${duckdb.id(schema)}.${duckdb.id(name)}`,
  text: (value) => `'${value.replaceAll("'", "''")}'`,
  instant: (iso) => `TIMESTAMPTZ ${duckdb.text(iso)}`,
  type,

  session: (tag) => [
    "SET TimeZone = 'UTC'",
    "SET default_null_order = 'nulls_last_on_asc_first_on_desc'",
    `SET VARIABLE query_tag = ${duckdb.text(tag)}`,
  ],

  createSchema: (schema) => [`CREATE SCHEMA IF NOT EXISTS ${duckdb.id(schema)}`],
  createTable: (table, columns) =>
    `CREATE TABLE IF NOT EXISTS ${duckdb.table(table)} (${columns.map((column) => `${duckdb.id(column.name)} ${type(column.type)}`).join(", ")})`,
  createTransientAs: (table, select) => `CREATE OR REPLACE TABLE ${duckdb.table(table)} AS ${select}`,
  addColumn: (table, column) =>
    `ALTER TABLE ${duckdb.table(table)} ADD COLUMN IF NOT EXISTS ${duckdb.id(column.name)} ${type(column.type)}`,
  maskColumns: () => [],
  dropTable: (table) => `DROP TABLE IF EXISTS ${duckdb.table(table)}`,
  dropView: (table) => `DROP VIEW IF EXISTS ${duckdb.table(table)}`,
  overwritesByName: true,
  // Names only: the rows stay where they were written. DuckDB has no grants that could be lost.
  overwrite: (table, next) => ({
    ddl: [],
    script: [duckdb.dropTable(table), `ALTER TABLE ${duckdb.table(next)} RENAME TO ${duckdb.id(table.name)}`],
  }),
  describe: ({ schema, name }) =>
    `SELECT column_name AS "name", data_type AS "type" FROM information_schema.columns ` +
    `WHERE table_catalog = current_database() AND table_schema = ${duckdb.text(schema)} AND table_name = ${duckdb.text(name)} ORDER BY ordinal_position`,

  sameType: (described, of) => described === type(of).replace(/^TIMESTAMPTZ$/, "TIMESTAMP WITH TIME ZONE"),

  load: ({ table, columns, prefix, keys }) => {
    const names = columns.map((column) => duckdb.id(column)).join(", ");
    const files = keys.map((key) => duckdb.text(prefix + key)).join(", ");
    return [
      `INSERT INTO ${duckdb.table(table)} (${names}, "_file", "_row") ` +
        `SELECT ${names}, substr(filename, ${[...prefix].length + 1}), file_row_number + 1 ` +
        `FROM read_parquet([${files}], union_by_name = true, filename = true, file_row_number = true)`,
    ];
  },

  matches: (text, pattern) => `regexp_full_match(${text}, ${duckdb.text(pattern)})`,
  tryInteger: (text) => `TRY_CAST(${text} AS BIGINT)`,
  tryDecimal: (text, precision, scale) => `TRY_CAST(${text} AS DECIMAL(${precision},${scale}))`,
  tryFloat: (text) => `TRY_CAST(${text} AS DOUBLE)`,
  tryDate: (text, format) =>
    `CAST(try_strptime(${text}, ${duckdb.text(dateFormats[format] ?? format)}) AS DATE)`,
  tryInstant: (text) => `TRY_CAST(${text} AS TIMESTAMPTZ)`,
  instantOfMicros: (micros) => `CAST(make_timestamp(${micros}) AS TIMESTAMPTZ)`,
  tryJson: (text) =>
    `CASE WHEN json_valid(${text}) AND NOT regexp_matches(regexp_replace(${text}, ${duckdb.text(jsonStrings)}, '""', 'g'), ${duckdb.text(jsonFlaws)}) ` +
    `THEN CAST(${text} AS JSON) END`,
  jsonField: (json, field) => `json_extract_string(${json}, ${jsonPath(field)})`,
  hasJsonField: (json, field) => `COALESCE(json_exists(${json}, ${jsonPath(field)}), FALSE)`,
  jsonObject: (fields) =>
    `CAST(json_object(${fields.map(([name, value]) => `${duckdb.text(name)}, ${value}`).join(", ")}) AS VARCHAR)`,

  canonical: (expression, of) => {
    if (of === "timestamp") return `strftime(${expression}, '%Y-%m-%dT%H:%M:%S.%fZ')`;
    if (of === "json") return `CAST(json(${expression}) AS VARCHAR)`;
    return `CAST(${expression} AS VARCHAR)`;
  },
  hash60: (text) => `CAST(CAST('0x' || left(sha256(${text}), 15) AS BIGINT) AS HUGEINT)`,
  daysBefore: (instant, days) => `${instant} - INTERVAL ${days} DAY`,

  // A failed statement leaves DuckDB's transaction aborted; the adapter rolls it back.
  promotion: ({ takeFence, holdsFence, knownLedger, statements }) =>
    script([
      "BEGIN TRANSACTION",
      takeFence,
      `SELECT CASE WHEN NOT (${holdsFence}) THEN error(${duckdb.text(fenceRefused)}) END`,
      `SELECT CASE WHEN NOT (${knownLedger}) THEN error(${duckdb.text(ledgerReplaced)}) END`,
      ...statements,
      "COMMIT",
    ]),
};

function type(of: SqlType): string {
  const decimal = parseDecimal(of);
  if (decimal) return `DECIMAL(${decimal.precision},${decimal.scale})`;
  const plain: Record<string, string> = {
    text: "VARCHAR",
    integer: "BIGINT",
    bigint: "BIGINT",
    float: "DOUBLE",
    boolean: "BOOLEAN",
    date: "DATE",
    timestamp: "TIMESTAMPTZ",
    json: "JSON",
  };
  return plain[of] as string;
}

/** A top-level field as a JSON pointer (RFC 6901), which takes any name. */
function jsonPath(field: string): string {
  return duckdb.text(`/${field.replaceAll("~", "~0").replaceAll("/", "~1")}`);
}

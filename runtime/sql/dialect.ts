import type { ColumnType } from "#core/columns";

/** A table by schema and name; the session's database is the team's. */
export interface TableName {
  schema: string;
  name: string;
}

/** A type of silver, or one of the ledger's own. */
export type SqlType = ColumnType | "bigint";

export interface ColumnDefinition {
  name: string;
  type: SqlType;
  /** The schema of the masking policies: the column is hidden from its first row on. DuckDB hides nothing. */
  mask?: string;
}

/** Exactly these files of the lake, into an existing raw table, matched by column name. */
export interface LoadFiles {
  table: TableName;
  /** The text columns of the files. */
  columns: string[];
  /** Where keys begin: a folder's path with its last slash, or a stage. */
  prefix: string;
  keys: string[];
}

/** A promotion: everything between the fence and the commit. */
export interface Promotion {
  /** Takes the fence; must change one row, or the promotion is refused. */
  takeFence: string;
  /** True where the fence is ours; tested right after it was taken. */
  holdsFence: string;
  /** True where the ledger is the one the run knows. */
  knownLedger: string;
  statements: string[];
}

/** The marks a promotion raises, so that an adapter can tell a refusal from a failure. */
export const fenceRefused = "firn fence refused";
export const ledgerReplaced = "firn ledger replaced";

/**
 * What differs between the two warehouses. Everything else is written once, in terms of these.
 *
 * All operations are pure and give SQL text; values never come from a source.
 */
export interface Dialect {
  readonly name: "duckdb" | "snowflake";

  /** A quoted identifier. Names are declared in lower case; Snowflake's are upper case. */
  id(name: string): string;
  table(table: TableName): string;
  /** A quoted string. */
  text(value: string): string;
  /** An instant given as ISO 8601 UTC. */
  instant(iso: string): string;
  type(type: SqlType): string;

  /** Statements every session begins with. */
  session(tag: string): string[];

  /** None where the platform has made it: Snowflake's roles may make tables, and no schemas of their own. */
  createSchema(schema: string): string[];
  createTable(table: TableName, columns: ColumnDefinition[], options?: { transient?: boolean }): string;
  createTransientAs(table: TableName, select: string): string;
  addColumn(table: TableName, column: ColumnDefinition): string;
  /** Hides columns of a table that stands, those with `mask`. Repeatable. */
  maskColumns(table: TableName, columns: readonly ColumnDefinition[]): string[];
  dropTable(table: TableName): string;
  dropView(table: TableName): string;
  /** True where an overwrite only changes names, so that columns may differ. */
  readonly overwritesByName: boolean;
  /**
   * Puts one table's rows and columns in another's place, at once for its readers: statements that can stand
   * in a script, and DDL that must come before it. `sameColumns`: the table stands and has just these.
   */
  overwrite(table: TableName, next: TableName, sameColumns: boolean): { ddl: string[]; script: string[] };
  /** Rows `name`, `type` of a table's columns, in order; names in lower case. */
  describe(table: TableName): string;

  /** Whether `describe` says this of a column of the type. */
  sameType(described: string, type: SqlType): boolean;

  load(load: LoadFiles): string[];

  /** True where the whole text matches; the pattern uses no backslash. */
  matches(text: string, pattern: string): string;
  tryInteger(text: string): string;
  tryDecimal(text: string, precision: number, scale: number): string;
  tryFloat(text: string): string;
  /** `format` is one of the declared date formats; the text has its pattern. */
  tryDate(text: string, format: string): string;
  /** The text is ISO 8601 with an offset. */
  tryInstant(text: string): string;
  /** Microseconds since 1970, as an integer expression, to an instant. */
  instantOfMicros(micros: string): string;
  /** Refuses what is not of JSON's grammar. */
  tryJson(text: string): string;
  /** The text of a top-level field of a JSON text; null where it is missing or null. */
  jsonField(json: string, field: string): string;
  /** True where a JSON text has the top-level field, null or not. */
  hasJsonField(json: string, field: string): string;
  /** A JSON object's text of text values, nulls kept. */
  jsonObject(fields: [name: string, value: string][]): string;

  /** Text equal for equal values in both dialects: for digests. */
  canonical(expression: string, type: SqlType): string;
  /** A row's 60-bit hash of a text, as a number that can be summed. */
  hash60(text: string): string;
  /** An interval of days before an instant. */
  daysBefore(instant: string, days: number): string;

  /** One request that does all of it or nothing. */
  promotion(promotion: Promotion): string;
}

/**
 * What both warehouses take for JSON and its grammar does not: a comma too many, NaN, Infinity, undefined.
 * Looked for where strings have been emptied: `jsonStrings` matches them.
 */
export const jsonStrings = '"([^"\\\\]|\\\\.)*"';
export const jsonFlaws =
  ",[[:space:]]*(,|\\]|\\}|$)|\\[[[:space:]]*,|[Nn][Aa][Nn]|[Ii][Nn][Ff]|[Uu][Nn][Dd][Ee][Ff]";

/** Statements of one script, each ended by a semicolon. */
export function script(statements: readonly string[]): string {
  return statements.map((statement) => `${statement};`).join("\n");
}

/** How many rows meet a condition; 0 for none, where DuckDB's COUNT_IF gives NULL for no row at all. */
export function countIf(condition: string): string {
  return `COUNT(CASE WHEN ${condition} THEN 1 END)`;
}

import type { ColumnDefinition, Dialect, TableName } from "#sql/dialect";

/**
 * One row `rows`, `digest`: the count and the sum of all rows' hashes, so order does not matter and a
 * doubled row shows.
 *
 * A row's text is each column's length and value, a null marked as such: no two rows share one. JSON
 * counts as written; Snowflake sorts a document's keys, so digests of JSON columns agree within a dialect.
 */
export function planDigest(dialect: Dialect, table: TableName, columns: ColumnDefinition[]): string {
  return (
    `SELECT CAST(COUNT(*) AS VARCHAR) AS "rows", CAST(COALESCE(SUM(${dialect.hash60(rowText(dialect, columns))}), 0) AS VARCHAR) AS "digest" ` +
    `FROM ${dialect.table(table)}`
  );
}

/** The text of a row's columns: each one's length and value, a null marked as such. */
export function rowText(dialect: Dialect, columns: ColumnDefinition[]): string {
  const parts = columns.map(({ name, type }) => {
    const text = dialect.canonical(dialect.id(name), type);
    return `COALESCE(CAST(LENGTH(${text}) AS VARCHAR) || ':' || ${text}, '-')`;
  });
  return parts.length > 0 ? parts.join(" || ',' || ") : "''";
}

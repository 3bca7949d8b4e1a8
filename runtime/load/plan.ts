import type { Manifest } from "#core/batch";
import { bronzeColumns } from "#core/columns";
import type { WarehouseNames } from "#core/names";
import type { Dialect, TableName } from "#sql/dialect";
import { quarantineTable, rawTable } from "#sql/tables";

/**
 * Fills a batch's raw table with exactly the manifest's files, in bulk. Repeating is harmless.
 *
 * `_file` holds the part's key, `_row` the row's number in it from 1; `_line` the line of a record that
 * could not be read.
 */
export function planLoad(
  dialect: Dialect,
  names: WarehouseNames,
  manifest: Manifest,
  prefix: string,
): string[] {
  const table = rawTable(names, manifest);
  const landed = manifest.columns.filter(({ pii }) => pii !== "drop").map(({ name }) => name);
  const text = [...landed, bronzeColumns.record, bronzeColumns.malformed];
  const columns = [
    ...text.map((name) => ({ name, type: "text" as const })),
    { name: bronzeColumns.line, type: "bigint" as const },
  ];
  const address = [
    { name: "_file", type: "text" as const },
    { name: "_row", type: "bigint" as const },
  ];
  // Read apart: only malformed parts have lines, and only the others have the declared columns.
  const good = manifest.parts.filter(({ malformed }) => !malformed).map(({ key }) => key);
  const bad = manifest.parts.filter(({ malformed }) => malformed).map(({ key }) => key);
  return [
    ...dialect.createSchema(names.raw),
    dialect.dropTable(table),
    dialect.createTable(table, [...columns, ...address], { transient: true }),
    ...(good.length > 0 ? dialect.load({ table, columns: text, prefix, keys: good }) : []),
    ...(bad.length > 0
      ? dialect.load({ table, columns: [bronzeColumns.malformed, bronzeColumns.line], prefix, keys: bad })
      : []),
  ];
}

export function planRowCount(dialect: Dialect, table: TableName): string {
  return `SELECT COUNT(*) AS "rows" FROM ${dialect.table(table)}`;
}

/** Rows `file`: what rows in quarantine call their file, of one batch. */
export function planQuarantinedFiles(
  { id, text, table }: Dialect,
  names: WarehouseNames,
  { pipeline, batchId }: Pick<Manifest, "pipeline" | "batchId">,
): string {
  return (
    `SELECT DISTINCT ${id("_file")} AS "file" FROM ${table(quarantineTable(names, pipeline))} ` +
    `WHERE ${id("batch_id")} = ${text(batchId)}`
  );
}

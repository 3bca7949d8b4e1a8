/** The types a column can have in silver. Each has one strict accepted set, the same in both dialects. */
export type ColumnType =
  | "text"
  | "integer"
  | "float"
  | "boolean"
  | "date"
  | "timestamp"
  | "json"
  | `decimal(${number},${number})`;

/** Precision and scale of `decimal(p,s)`, or null for another type. */
export function parseDecimal(type: string): { precision: number; scale: number } | null {
  const match = /^decimal\((\d+),(\d+)\)$/.exec(type);
  return match ? { precision: Number(match[1]), scale: Number(match[2]) } : null;
}

/** What bronze adds to the declared columns. */
export const bronzeColumns = {
  /** The whole record as JSON, kept where the declared columns alone would lose something of it. */
  record: "_record",
  /** The text of a record that could not be parsed. */
  malformed: "_malformed",
  /** The line of such a record in its delivered file. */
  line: "_line",
} as const;

/** What silver adds to the declared columns; `digest --columns data` leaves these out. */
export const auditColumns = [
  "batch_id",
  "ingested_at",
  "commit_seq",
  "_plan_seq",
  "_file",
  "_row",
  "_conflict_seq",
] as const;

/** True for a deleted row's tombstone. A column of the data, not of the audit. */
export const deletedColumn = "_deleted";

/** The partition a row belongs to, where partitions are replaced. */
export const partitionColumn = "_partition";

/** Which image set each column, where images are partial: a JSON object of places in the order of images. */
export const setByColumn = "_set_by";

/** True in a checked batch where the row carried the column, where images are partial. */
export function carriedColumn(name: string): string {
  return `_has_${name}`;
}

/** The epoch of the run that checked a batch: a run promotes only what it checked itself. */
export const checkedByColumn = "_checked_by";

/** Names no declared column may take. */
export const reservedColumns: readonly string[] = [
  ...auditColumns,
  deletedColumn,
  partitionColumn,
  setByColumn,
  checkedByColumn,
  bronzeColumns.record,
  bronzeColumns.malformed,
  bronzeColumns.line,
  "_reason",
];

import { auditColumns, deletedColumn, partitionColumn, setByColumn } from "#core/columns";
import type { WarehouseNames } from "#core/names";
import type { Column, Pipeline } from "#firn";
import type { ColumnDefinition, TableName } from "#sql/dialect";

interface Batch {
  pipeline: string;
  seq: number;
}

/** The transient table that holds one batch as it lies in bronze. */
export function rawTable(names: WarehouseNames, { pipeline, seq }: Batch): TableName {
  return { schema: names.raw, name: `${pipeline}__${String(seq).padStart(6, "0")}` };
}

/** The transient table of a batch's typed rows; `_reason` says why a row goes to quarantine. */
export function checkedTable(names: WarehouseNames, batch: Batch): TableName {
  const { schema, name } = rawTable(names, batch);
  return { schema, name: `${name}__checked` };
}

export function silverTable(names: WarehouseNames, pipeline: string): TableName {
  return { schema: names.silver, name: pipeline };
}

export function quarantineTable(names: WarehouseNames, pipeline: string): TableName {
  return { schema: names.quarantine, name: pipeline };
}

/** The declared columns silver has: all but dropped ones. */
export function silverColumns(pipeline: Pipeline): [string, Column][] {
  return Object.entries(pipeline.columns).filter(([, { pii }]) => pii !== "drop");
}

/**
 * Silver's columns in order: the declared ones, the tombstone's mark, what the strategy keeps, the audit.
 *
 * @param masks the schema of the masking policies, where the warehouse has them
 */
export function silverDefinition(pipeline: Pipeline, masks?: string): ColumnDefinition[] {
  const audit: Record<string, ColumnDefinition["type"]> = {
    batch_id: "text",
    ingested_at: "timestamp",
    _file: "text",
  };
  return [
    ...silverColumns(pipeline).map(([name, { type, pii }]) => ({
      name,
      type,
      ...(pii === "mask" && masks !== undefined && { mask: masks }),
    })),
    { name: deletedColumn, type: "boolean" },
    ...strategyColumns(pipeline).map((name) => ({ name, type: "text" as const })),
    ...auditColumns.map((name) => ({ name, type: audit[name] ?? "bigint" })),
  ];
}

/** What a strategy keeps in each row of silver, as text. */
function strategyColumns({ strategy }: Pipeline): string[] {
  if (strategy.kind === "replace_partition") return [partitionColumn];
  return strategy.kind === "upsert" && strategy.partial ? [setByColumn] : [];
}

/** Rows a batch sent that did not become silver, with why and where they stand in bronze. */
export const quarantineColumns = [
  { name: "batch_id", type: "text" },
  { name: "ingested_at", type: "timestamp" },
  { name: "commit_seq", type: "bigint" },
  { name: "_file", type: "text" },
  { name: "_row", type: "bigint" },
  { name: "reason", type: "text" },
  { name: "fields", type: "text" },
  { name: "record", type: "text" },
  { name: "malformed", type: "text" },
] as const satisfies ColumnDefinition[];

/** The same with what a source sent hidden: nobody has said of it whether it is personal. */
export function quarantineDefinition(masks?: string): ColumnDefinition[] {
  const sent = ["fields", "record", "malformed"];
  return quarantineColumns.map((column) =>
    masks !== undefined && sent.includes(column.name) ? { ...column, mask: masks } : { ...column },
  );
}

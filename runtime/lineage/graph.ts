import type { Deciding } from "./scope.ts";
import type { ColumnRef } from "./shape.ts";

export type { Deciding } from "./scope.ts";
export type { ColumnRef } from "./shape.ts";

/** Where a table lies in the warehouse. */
export interface Relation {
  database?: string;
  schema: string;
  identifier: string;
}

/** The column lineage of a project: plain data, to be kept as JSON. */
export interface Lineage {
  sources: SourceTable[];
  /** In such an order that each stands after what it reads. */
  nodes: NodeLineage[];
}

export interface SourceTable {
  /** Its name in the warehouse, such as silver.orders. */
  id: string;
  label: string;
  relation: Relation;
  columns: { name: string; type?: string; pii?: boolean }[];
}

export interface NodeLineage {
  /** The node's own id, such as dbt's unique id. */
  id: string;
  /** What it is called in messages: its table's name. */
  label: string;
  relation: Relation;
  columns: ColumnLineage[];
  /** Ids of the sources and nodes it reads, as far as can be told. */
  reads: string[];
  /** Tables it names that are no source and no node. */
  strangers: string[];
  /** Columns that decide which rows it has, in joins, filters, groups and orders. They are not shown by that. */
  decidedBy: (ColumnRef & { by: Deciding[] })[];
}

/** A column named `*` stands for all further ones, whose names cannot be told. */
export interface ColumnLineage {
  name: string;
  /** Columns whose value flows into its own. */
  from: ColumnRef[];
  /** Columns that shape it and are not seen in it: counted, or what a window or an aggregate goes by. */
  shapedBy: ColumnRef[];
  /** Why it cannot be told what else flows in. It then counts as PII if anything its node reads is. */
  unknown?: string;
}

/** The name of what stands for columns that cannot be named. */
export const otherColumns = "*";

/** One text for a column, to find it by. */
export function columnKey({ of, column }: ColumnRef): string {
  return `${of}\n${column.toLowerCase()}`;
}

/** What columns are called in messages: `silver.orders.id`, `stg_orders.id`. */
export function labeller(lineage: Lineage): (ref: ColumnRef) => string {
  const labels = new Map([...lineage.sources, ...lineage.nodes].map(({ id, label }) => [id, label]));
  return ({ of, column }) => `${labels.get(of) ?? of}.${column}`;
}

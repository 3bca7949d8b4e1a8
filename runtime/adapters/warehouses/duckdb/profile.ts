/**
 * What DuckDB's profile of a statement says of its cost.
 *
 * A profile comes with the statement's own run, which EXPLAIN ANALYZE does not: that gives a plan in place
 * of the result. It costs about half a millisecond a statement, and 3 ms where tables changed their columns.
 */
import { z } from "zod";

/** One operator that reads a table, or Parquet files. */
export interface Scan {
  /** As DuckDB writes it, quoted where needed: `shop.silver.orders`; null for files. */
  table: string | null;
  rows: number;
  /** What it reads, and what it filters by without giving it on. */
  columns: string[];
  filters: string;
}

export interface Profile {
  scans: Scan[];
  /** Where the result tells how many rows were written; null where none can have been. */
  written: "rows changed" | "first value" | null;
}

/** Only what is read below is asked for. */
export const profilingSettings = JSON.stringify({
  OPERATOR_NAME: "true",
  OPERATOR_ROWS_SCANNED: "true",
  OPERATOR_CARDINALITY: "true",
  EXTRA_INFO: "true",
});

const texts = z.union([z.string(), z.array(z.string())]).default([]);

interface Operator {
  operator_name?: string | undefined;
  operator_rows_scanned?: number | undefined;
  operator_cardinality?: number | undefined;
  extra_info: z.infer<typeof info>;
  children: Operator[];
}

const info = z.object({
  Table: z.string().optional(),
  Function: z.string().optional(),
  Projections: texts,
  Filters: texts,
  "Dynamic Filters": texts,
});

const operator: z.ZodType<Operator> = z.object({
  operator_name: z.string().optional(),
  operator_rows_scanned: z.number().optional(),
  operator_cardinality: z.number().optional(),
  extra_info: info.default(() => info.parse({})),
  children: z.array(z.lazy(() => operator)).default([]),
});

/** Reads a profile in DuckDB's JSON; null for what is none. */
export function parseProfile(json: string): Profile | null {
  let parsed: Operator;
  try {
    parsed = operator.parse(JSON.parse(json));
  } catch {
    return null;
  }
  const operators = within(parsed);
  const some = (kind: RegExp) => operators.some(({ operator_name: name }) => kind.test(name ?? ""));
  return {
    scans: operators.flatMap(scanOf),
    // The operators' own counts are no help: of one that holds a CTE it is 0.
    written: some(changing) ? "rows changed" : some(creating) ? "first value" : null,
  };
}

const changing = /^(?:BATCH_)?INSERT$|^MERGE_INTO$|^DELETE$|^UPDATE$/;
const creating = /CREATE_TABLE_AS$/;

function within(each: Operator): Operator[] {
  return [each, ...each.children.flatMap(within)];
}

function scanOf({
  operator_rows_scanned: scanned,
  operator_cardinality: given,
  extra_info,
}: Operator): Scan[] {
  const { Table: table, Function: reader = "", Projections, Filters } = extra_info;
  if (table === undefined && !/PARQUET/.test(reader)) return [];
  return [
    {
      table: table ?? null,
      // Of Parquet DuckDB counts what was scanned once for each thread, so here are the rows it gave.
      rows: (table === undefined ? given : scanned) ?? 0,
      columns: [Projections].flat(),
      filters: [Filters, extra_info["Dynamic Filters"]].flat().join(" "),
    },
  ];
}

/**
 * Bytes that the scans read: rows scanned, each as wide as the columns read of it or filtered by.
 *
 * An estimate before compression, and the same whether a page was in memory or not: DuckDB's own
 * `total_bytes_read` counts only what it had to fetch. Fixed types have their width in memory; text, JSON and
 * whatever else varies count 16 bytes, the width of DuckDB's reference to it, whatever its length.
 *
 * @param typesOf each table's column types by column; a column that is not in it counts as text
 */
export function bytesOf(
  scans: readonly Scan[],
  typesOf: ReadonlyMap<string, ReadonlyMap<string, string>>,
): number {
  return scans.reduce((sum, scan) => sum + scan.rows * widthOf(scan, typesOf.get(scan.table ?? "")), 0);
}

function widthOf({ columns, filters }: Scan, types: ReadonlyMap<string, string> = new Map()): number {
  const filtered = [...types.keys()].filter((name) => mentions(filters, name));
  const read = new Set([...columns.filter((name) => name !== ""), ...filtered]);
  return [...read].reduce((sum, name) => sum + width(types.get(name) ?? "VARCHAR"), 0);
}

/** Filters name columns as they are, without quotes. */
function mentions(filters: string, name: string): boolean {
  const at = filters.indexOf(name);
  if (at === -1) return false;
  const around = [filters[at - 1] ?? " ", filters[at + name.length] ?? " "];
  return around.every((each) => !/\w/.test(each)) || mentions(filters.slice(at + 1), name);
}

const widths: Record<string, number> = {
  BOOLEAN: 1,
  TINYINT: 1,
  UTINYINT: 1,
  SMALLINT: 2,
  USMALLINT: 2,
  INTEGER: 4,
  UINTEGER: 4,
  DATE: 4,
  FLOAT: 4,
  BIGINT: 8,
  UBIGINT: 8,
  DOUBLE: 8,
  TIME: 8,
  TIMESTAMP: 8,
  "TIMESTAMP WITH TIME ZONE": 8,
};

function width(type: string): number {
  const precision = Number(/^DECIMAL\((\d+),/.exec(type)?.[1]);
  if (precision <= 4) return 2;
  if (precision <= 9) return 4;
  if (precision <= 18) return 8;
  return widths[type] ?? 16;
}

import type { Warehouse } from "#ports/warehouse";
import type { TableName } from "#sql/dialect";
import {
  type Column,
  columnsThatDiffer,
  type Difference,
  planMissing,
  planMissingRows,
  type Side,
} from "./plan.ts";

/** Compares whole rows of two tables, repetitions counted; undefined where both hold the same. */
export async function findDifference(
  warehouse: Warehouse,
  incremental: TableName,
  rebuilt: TableName,
  key: readonly string[],
): Promise<Difference | undefined> {
  const { dialect } = warehouse;
  const [had, columns] = [await readColumns(warehouse, incremental), await readColumns(warehouse, rebuilt)];
  const unlike = [...without(had, columns), ...without(columns, had)];
  if (unlike.length > 0) {
    const none: Side = { count: 0, rows: [] };
    return { columns, onlyIncremental: none, onlyRebuilt: none, differsIn: unlike };
  }
  const onlyIncremental = await side(incremental, rebuilt);
  const onlyRebuilt = await side(rebuilt, incremental);
  if (onlyIncremental.count + onlyRebuilt.count === 0) return undefined;
  const differsIn = columnsThatDiffer(columns, key, onlyIncremental, onlyRebuilt);
  return { columns, onlyIncremental, onlyRebuilt, differsIn };

  async function side(left: TableName, right: TableName): Promise<Side> {
    const [counted] = await warehouse.query(planMissing(dialect, left, right, columns));
    const count = Number(counted?.rows);
    if (count === 0) return { count, rows: [] };
    const rows = await warehouse.query(planMissingRows(dialect, left, right, columns, key));
    const text = (value: unknown) => (value === null || value === undefined ? null : String(value));
    return { count, rows: rows.map((row) => columns.map(({ name }) => text(row[name]))) };
  }
}

/** A table's columns in order; none where there is no such table. */
export async function readColumns(warehouse: Warehouse, table: TableName): Promise<Column[]> {
  const described = await warehouse.query(warehouse.dialect.describe(table));
  return described.map(({ name, type }) => ({ name: String(name), type: String(type) }));
}

function without(columns: readonly Column[], others: readonly Column[]): string[] {
  return columns.map(({ name }) => name).filter((name) => !others.some((other) => other.name === name));
}

/** How two tables of one model differ, and what of it may be shown. Pure. */
import type { DbtNode } from "#model/dbt/project";
import type { Dialect, TableName } from "#sql/dialect";

export interface Column {
  name: string;
  /** As the warehouse calls it. */
  type: string;
}

/** Rows that one of two tables has and the other lacks. */
export interface Side {
  count: number;
  /** The first of them as texts, in the order of the columns; at most `rowsShown`. */
  rows: (string | null)[][];
}

export interface Difference {
  columns: Column[];
  onlyIncremental: Side;
  onlyRebuilt: Side;
  /** Columns in which rows of one key differ, of the rows shown; empty where rows are missing. */
  differsIn: string[];
}

export const rowsShown = 10;

/** One row `rows`: how many rows `left` has more than `right`, counted with their repetitions. */
export function planMissing(
  dialect: Dialect,
  left: TableName,
  right: TableName,
  columns: readonly Column[],
): string {
  return `SELECT COUNT(*) AS "rows" FROM (${planExcept(dialect, left, right, columns)}) AS missing`;
}

/** The first of these rows, by the model's key, every column as text. */
export function planMissingRows(
  dialect: Dialect,
  left: TableName,
  right: TableName,
  columns: readonly Column[],
  key: readonly string[],
): string {
  const { id, type } = dialect;
  const names = columns.map(({ name }) => name);
  const order = [
    ...key.filter((name) => names.includes(name)),
    ...names.filter((name) => !key.includes(name)),
  ];
  const shown = names.map((name) => `CAST(m.${id(name)} AS ${type("text")}) AS ${id(name)}`);
  return (
    `SELECT ${shown.join(", ")} FROM (${planExcept(dialect, left, right, columns)}) AS m ` +
    `ORDER BY ${order.map((name) => `m.${id(name)}`).join(", ")} LIMIT ${rowsShown}`
  );
}

function planExcept(
  { id, table }: Dialect,
  left: TableName,
  right: TableName,
  columns: readonly Column[],
): string {
  const names = columns.map(({ name }) => id(name)).join(", ");
  return `SELECT ${names} FROM ${table(left)} EXCEPT ALL SELECT ${names} FROM ${table(right)}`;
}

/** In which columns rows of one key differ between the two sides. */
export function columnsThatDiffer(
  columns: readonly Column[],
  key: readonly string[],
  left: Side,
  right: Side,
): string[] {
  const at = key.map((name) => columns.findIndex((column) => column.name === name));
  if (at.length === 0 || at.includes(-1)) return [];
  const keyOf = (row: (string | null)[]) => JSON.stringify(at.map((each) => row[each]));
  const others = new Map(right.rows.map((row) => [keyOf(row), row]));
  const differing = new Set<number>();
  for (const row of left.rows) {
    const other = others.get(keyOf(row));
    for (const [column, value] of row.entries()) if (other && other[column] !== value) differing.add(column);
  }
  return [...differing].sort((a, b) => a - b).flatMap((column) => columns[column]?.name ?? []);
}

/**
 * The same difference without what could name a person: texts, ids, and columns declared as PII become numbers
 * of their own, `#1`, `#2`, the same for equal values of a column, on both sides.
 *
 * What is measured (amounts, counts, days) stays, and so does NULL: it is what tells why an increment is wrong,
 * and of nobody once the keys beside it are gone. A hash would not do instead: keys of few digits are guessed.
 */
export function maskDifference(difference: Difference, node: DbtNode): Difference {
  const masks = difference.columns.map((column) =>
    isShown(column, node) ? null : new Map<string, string>(),
  );
  const mask = ({ count, rows }: Side): Side => ({
    count,
    rows: rows.map((row) => row.map((value, at) => masked(value, masks[at] ?? null))),
  });
  return {
    ...difference,
    onlyIncremental: mask(difference.onlyIncremental),
    onlyRebuilt: mask(difference.onlyRebuilt),
  };
}

function masked(value: string | null, names: Map<string, string> | null): string | null {
  if (value === null || names === null) return value;
  const standing = names.get(value) ?? `#${names.size + 1}`;
  names.set(value, standing);
  return standing;
}

const measured =
  /^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|U\w+INT|FLOAT|DOUBLE|DECIMAL|NUMBER|BOOLEAN|DATE|TIME)/i;
const instants = /^(BOOLEAN|DATE|TIME)/i;

function isShown({ name, type }: Column, { columns, config }: DbtNode): boolean {
  const declared = columns.find((each) => each.name.toLowerCase() === name.toLowerCase());
  if (declared?.meta?.pii || declared?.config?.meta?.pii || !measured.test(type)) return false;
  const isKey = config.unique_key.some((key) => key === name) || /(^|_)(id|key)$/i.test(name);
  return !isKey || instants.test(type);
}

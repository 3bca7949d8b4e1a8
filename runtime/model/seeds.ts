/** Seeds: small CSV files of a dbt project, as tables. */
import { parse } from "csv-parse/sync";
import type { Dialect } from "#sql/dialect";
import type { DbtNode } from "./dbt/project.ts";
import { invalid } from "./dbt/unsupported.ts";

/** Rows of one statement. */
const rowsMax = 1000;

/**
 * SELECTs of a seed's rows, typed: the first one makes the table, the others are added.
 *
 * Types are dbt's: the first of integer, double, date, timestamp and boolean that takes every value of the
 * column, else text; an empty value is null. The word null counts as no value where a type is looked for, and is
 * a text where the column is one. `column_types` decides otherwise.
 */
export function planSeed(
  dialect: Dialect,
  { source, config }: DbtNode,
): { columns: string[]; selects: string[] } {
  const [header = [], ...rows] = readRows(source.path, source.text);
  requireHeader(source.path, header, Object.keys(config.column_types));
  const types = header.map(
    (name, at) => config.column_types[name] ?? typeOf(rows.map((row) => row[at] ?? "")),
  );
  const cast = (value: string, at: number) =>
    `CAST(${value} AS ${types[at]}) AS ${dialect.id(header[at] ?? "")}`;
  const chunks = Array.from({ length: Math.ceil(rows.length / rowsMax) }, (_, at) =>
    rows.slice(at * rowsMax, (at + 1) * rowsMax),
  );
  const selects = chunks.map((chunk) => {
    const values = chunk.map(
      (row) => `(${row.map((value) => (value === "" ? "NULL" : dialect.text(value))).join(", ")})`,
    );
    const names = header.map((_, at) => `c${at}`);
    return `SELECT ${names.map(cast).join(", ")} FROM (VALUES ${values.join(", ")}) AS v (${names.join(", ")})`;
  });
  const none = `SELECT ${header.map((_, at) => cast("NULL", at)).join(", ")} WHERE FALSE`;
  return { columns: header, selects: selects.length > 0 ? selects : [none] };
}

function readRows(path: string, text: string): string[][] {
  try {
    const rows: string[][] = parse(text, { bom: true, skip_empty_lines: true });
    if (rows.length > 0) return rows;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw invalid(path, `This is no CSV: ${message}.`, "Mend it: a header, and rows of its length.", cause);
  }
  throw invalid(path, "It has no header.", "Add one: a seed's first line names its columns.");
}

const patterns: [type: string, pattern: RegExp][] = [
  ["integer", /^\s*[+-]?\d+(\.0*)?\s*$/],
  ["double", /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i],
  ["date", /^\d{4}-\d{1,2}-\d{1,2}$/],
  ["timestamp", /^\d{4}-\d{1,2}-\d{1,2} \d{1,2}:\d{2}:\d{2}$/],
  ["timestamp", /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$/],
  ["boolean", /^(true|false)$/i],
];

function typeOf(values: readonly string[]): string {
  const given = values.filter((value) => !isNull(value));
  return patterns.find(([, pattern]) => given.every((value) => pattern.test(value)))?.[0] ?? "text";
}

function isNull(value: string): boolean {
  return ["", "null"].includes(value.trim().toLowerCase());
}

/** Two columns of one name, or a type for none, would be lost in silence. */
function requireHeader(path: string, header: readonly string[], typed: readonly string[]): void {
  const wrong = (what: string) =>
    invalid(path, what, "Mend it: a seed's first line names its columns, each once.");
  if (header.some((name) => name.trim() === "")) throw wrong("A column is without a name.");
  const twice = header.find((name, at) =>
    header.some((each, before) => before < at && each.toLowerCase() === name.toLowerCase()),
  );
  if (twice !== undefined) throw wrong(`It has a column "${twice}" twice.`);
  const unknown = typed.find((name) => !header.includes(name));
  if (unknown !== undefined) throw wrong(`column_types names "${unknown}", which is no column of it.`);
}

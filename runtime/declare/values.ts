import { z } from "zod";
import { type ColumnType, parseDecimal } from "#core/columns";

/** A name of ours: it becomes part of keys, tables and resource names. */
export const name = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,62}$/, "must start with a letter and hold only a-z, 0-9 and _ (63 at most)");
export const positive = z.number().int().positive();

/** True where a declared value can be compared with a column of the type, in both warehouses alike. */
export function suits(type: ColumnType, value: string | number): boolean {
  const text = String(value);
  const decimal = parseDecimal(type);
  if (decimal) {
    const [, whole = "", places = ""] = /^-?(\d+)(?:[.](\d+))?$/.exec(text) ?? [];
    return (
      whole !== "" && whole.length <= decimal.precision - decimal.scale && places.length <= decimal.scale
    );
  }
  const patterns: Partial<Record<ColumnType, RegExp>> = {
    text: /^/,
    integer: /^-?\d{1,18}$/,
    float: /^-?\d+([.]\d+)?(e[+-]?\d{1,3})?$/i,
    boolean: /^(true|false)$/,
    date: /^\d{4}-\d{2}-\d{2}$/,
    timestamp: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}([.]\d{1,6})?Z$/,
  };
  if (!patterns[type]?.test(text)) return false;
  return type !== "date" && type !== "timestamp"
    ? true
    : isDay(text.slice(0, 10)) && !Number.isNaN(Date.parse(text));
}

function isDay(text: string): boolean {
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

/** What values of the type compare with: numbers with numbers, and else only with their like. */
export function family(type: ColumnType): string {
  return parseDecimal(type) || type === "integer" || type === "float" ? "number" : type;
}

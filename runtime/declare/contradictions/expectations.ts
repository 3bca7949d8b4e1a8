import type { Pipeline } from "#firn";
import { family, suits } from "../values.ts";
import { type Contradiction, unknownColumn } from "./contradiction.ts";

export function inExpectations(pipeline: Pipeline): Contradiction[] {
  const found: Contradiction[] = [];
  const { columns } = pipeline;
  const known = (path: Contradiction["path"], column: string) =>
    found.push(...unknownColumn(pipeline, path, column));
  const comparable = (path: Contradiction["path"], column: string, value: string | number) => {
    const type = columns[column]?.type;
    if (type && !suits(type, value))
      found.push({
        path,
        message: `${JSON.stringify(value)} cannot be compared with "${column}", which is ${type}`,
      });
  };

  pipeline.expectations?.forEach((each, at) => {
    const path = ["expectations", at];
    if ("column" in each) known([...path, "column"], each.column);
    if (each.kind === "unique") each.columns.forEach((column, i) => known([...path, "columns", i], column));
    if (each.kind === "pair") {
      known([...path, "left"], each.left);
      known([...path, "right"], each.right);
      const [left, right] = [columns[each.left]?.type, columns[each.right]?.type];
      if (left && right && (family(left) !== family(right) || left === "json"))
        found.push({ path, message: `compares ${left} with ${right}, which have no common order` });
    }
    if (each.kind === "in")
      each.values.forEach((value, i) => comparable([...path, "values", i], each.column, value));
    if (each.kind === "between") {
      if (each.min !== undefined) comparable([...path, "min"], each.column, each.min);
      if (each.max !== undefined) comparable([...path, "max"], each.column, each.max);
    }
    if ("quarantine" in each && each.quarantine && each.mostly !== undefined)
      found.push({
        path,
        message: "sets both mostly and quarantine: rows that fail are set aside one by one; remove one",
      });
    if (each.kind === "regex" && !isPattern(each.pattern))
      found.push({
        path: [...path, "pattern"],
        message: "is no regular expression that both warehouses know; leave out lookarounds and references",
      });
    if (
      (each.kind === "between" || each.kind === "row_count") &&
      each.min === undefined &&
      each.max === undefined
    )
      found.push({ path, message: "sets neither min nor max; set one" });
    if ((each.kind === "between" || each.kind === "row_count") && isAbove(each.min, each.max))
      found.push({ path, message: `has min ${each.min} above max ${each.max}, so no row could pass` });
  });
  return found;
}

function isAbove(min: string | number | undefined, max: string | number | undefined): boolean {
  if (min === undefined || max === undefined) return false;
  const [low, high] = [Number(min), Number(max)];
  return Number.isNaN(low) || Number.isNaN(high) ? String(min) > String(max) : low > high;
}

function isPattern(pattern: string): boolean {
  if (/\(\?(?!:)|\\[1-9]/.test(pattern)) return false;
  try {
    new RegExp(pattern);
    return true;
  } catch {
    return false;
  }
}

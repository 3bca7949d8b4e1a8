import { reservedColumns } from "#core/columns";
import type { Pipeline } from "#firn";
import { family, suits } from "./values.ts";

/** Where a declaration contradicts itself, in what no field's type can tell: the path, what is wrong, how to mend it. */
export function contradictions(pipeline: Pipeline): { path: (string | number)[]; message: string }[] {
  const found: { path: (string | number)[]; message: string }[] = [];
  const { columns, source, strategy } = pipeline;
  const known = (path: (string | number)[], column: string) => {
    if (!Object.hasOwn(columns, column))
      found.push({ path, message: `names "${column}", which is no column; declare it under columns` });
    else if (columns[column]?.pii === "drop")
      found.push({
        path,
        message: `names "${column}", which is dropped as PII; use pii: "hash" to keep a token`,
      });
  };

  const once = (path: (string | number)[], names: string[], where: string) => {
    for (const name of new Set(names.filter((each, at) => names.indexOf(each) !== at)))
      found.push({ path, message: `names "${name}" twice in ${where}; once is enough` });
  };
  const comparable = (path: (string | number)[], column: string, value: string | number) => {
    const type = columns[column]?.type;
    if (type && !suits(type, value))
      found.push({
        path,
        message: `${JSON.stringify(value)} cannot be compared with "${column}", which is ${type}`,
      });
  };

  for (const [column, { type, format, pii }] of Object.entries(columns)) {
    const path = ["columns", column];
    if (reservedColumns.includes(column))
      found.push({
        path,
        message: `"${column}" is Firn's own; name the column otherwise and set from: "${column}"`,
      });
    if (pii === "hash" && type !== "text")
      found.push({ path: [...path, "pii"], message: 'a hashed column holds a token: declare type "text"' });
    if (format && type !== (format.startsWith("iso") || format.startsWith("epoch") ? "timestamp" : "date"))
      found.push({ path: [...path, "format"], message: `"${format}" does not go with type "${type}"` });
  }
  const fields = Object.entries(columns).map(([column, { from }]) => from ?? column);
  for (const field of new Set(fields.filter((each, at) => fields.indexOf(each) !== at)))
    found.push({ path: ["columns"], message: `two columns read the field "${field}"; declare it once` });

  if (strategy.kind === "upsert") {
    strategy.key.forEach((column, at) => {
      known(["strategy", "key", at], column);
      if (["json", "float"].includes(columns[column]?.type ?? ""))
        found.push({
          path: ["strategy", "key", at],
          message: `"${column}" is ${columns[column]?.type}, which cannot be a key`,
        });
    });
    strategy.version.forEach((column, at) => {
      known(["strategy", "version", at], column);
      if (["json", "boolean", "text", "float"].includes(columns[column]?.type ?? ""))
        found.push({
          path: ["strategy", "version", at],
          message: `"${column}" is ${columns[column]?.type}; a version must be a timestamp, date, integer or decimal ('10' < '9' as text)`,
        });
    });
    once(["strategy"], [...strategy.key, ...strategy.version], "key and version");
    if (strategy.deletedWhen) {
      const path = ["strategy", "deletedWhen", "column"];
      known(path, strategy.deletedWhen.column);
      if (columns[strategy.deletedWhen.column]?.pii === "hash")
        found.push({ path, message: "is hashed as PII, so no value in clear is ever found in it" });
    }
  } else {
    strategy.ids.forEach((column, at) => {
      known(["strategy", "ids", at], column);
    });
    once(["strategy"], strategy.ids, "ids");
  }

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
  });

  if (source.kind === "http" && source.paging.style === "cursor" && source.records === undefined)
    found.push({
      path: ["source", "records"],
      message: `is missing; a page that holds the field "${source.paging.next}" is an object: say where its array lies`,
    });
  if (source.kind === "http" && source.post && !("param" in source.paging && source.paging.param))
    found.push({
      path: ["source", "paging"],
      message: "leads to an address, which a POST body has no place for; page by a param",
    });
  if (source.kind === "http" && !pipeline.watermark)
    found.push({
      path: ["watermark"],
      message: 'is missing; a source read by window needs at least { start: "..." }',
    });
  if (source.kind === "files" && pipeline.watermark)
    found.push({
      path: ["watermark"],
      message: "does nothing for delivered files, whose bookmark is the manifests; remove it",
    });
  return found;
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

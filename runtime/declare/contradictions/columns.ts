import { reservedColumns } from "#core/columns";
import type { Pipeline } from "#firn";
import type { Contradiction } from "./contradiction.ts";

export function inColumns({ columns }: Pipeline): Contradiction[] {
  const found: Contradiction[] = [];
  for (const [column, { type, format, pii, required }] of Object.entries(columns)) {
    const path = ["columns", column];
    if (reservedColumns.includes(column))
      found.push({
        path,
        message: `"${column}" is Firn's own; name the column otherwise and set from: "${column}"`,
      });
    if (pii === "hash" && type !== "text")
      found.push({ path: [...path, "pii"], message: 'a hashed column holds a token: declare type "text"' });
    if (pii === "drop" && required)
      found.push({
        path: [...path, "required"],
        message: "cannot be checked of a dropped column, which is never written; remove one",
      });
    if (format && type !== (format.startsWith("iso") || format.startsWith("epoch") ? "timestamp" : "date"))
      found.push({ path: [...path, "format"], message: `"${format}" does not go with type "${type}"` });
  }
  const fields = Object.entries(columns).map(([column, { from }]) => from ?? column);
  for (const field of new Set(fields.filter((each, at) => fields.indexOf(each) !== at)))
    found.push({ path: ["columns"], message: `two columns read the field "${field}"; declare it once` });
  return found;
}

import type { Pipeline } from "#firn";

/** Something in a declaration that contradicts another part of it, and how to mend it. */
export interface Contradiction {
  path: (string | number)[];
  message: string;
}

/** A column that is named somewhere must be declared, and kept. */
export function unknownColumn(
  { columns }: Pipeline,
  path: Contradiction["path"],
  column: string,
): Contradiction[] {
  if (!Object.hasOwn(columns, column))
    return [{ path, message: `names "${column}", which is no column; declare it under columns` }];
  return columns[column]?.pii === "drop"
    ? [{ path, message: `names "${column}", which is dropped as PII; use pii: "hash" to keep a token` }]
    : [];
}

import type { Dialect } from "#sql/dialect";

/** True where `left` comes after `right` in the order of the columns, the first one deciding first. */
export function after(dialect: Dialect, left: string, right: string, columns: string[]): string {
  const { id } = dialect;
  const [first, ...rest] = columns;
  if (first === undefined) return "FALSE";
  const greater = `${left}.${id(first)} > ${right}.${id(first)}`;
  if (rest.length === 0) return greater;
  return `(${greater} OR (${left}.${id(first)} = ${right}.${id(first)} AND ${after(dialect, left, right, rest)}))`;
}

export function newestFirst({ id }: Dialect, columns: string[]): string {
  return columns.map((name) => `${id(name)} DESC`).join(", ");
}

/** True where all columns are equal; none of them is null. */
export function allEqual({ id }: Dialect, left: string, right: string, columns: string[]): string {
  return columns.map((name) => `${left}.${id(name)} = ${right}.${id(name)}`).join(" AND ");
}

/** True where a column differs, a null from a value, too. */
export function anyDiffers({ id }: Dialect, left: string, right: string, columns: string[]): string {
  return columns.map((name) => `${left}.${id(name)} IS DISTINCT FROM ${right}.${id(name)}`).join(" OR ");
}

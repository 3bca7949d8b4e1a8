/** What a merge need not look at, proven from the batch: rows whose keys lie outside those of the batch. */
import type { Pipeline } from "#firn";
import type { Dialect } from "#sql/dialect";
import { type Bounds, type MergeBatch, partsOf } from "./strategy.ts";

/** The columns by which a strategy finds the rows of silver that a batch may change; none where it looks elsewhere. */
export function boundedColumns({ strategy, columns }: Pipeline): string[] {
  const keys =
    strategy.kind === "upsert" ? strategy.key : strategy.kind === "replace_children" ? strategy.parent : [];
  return keys.filter((name) => columns[name]?.type !== "boolean");
}

/** One row `least_n`, `greatest_n` for each column; nulls where the batch has no good row. */
export function planBounds(dialect: Dialect, batch: MergeBatch, columns: string[]): string {
  const { id } = dialect;
  const ends = columns.flatMap((name, at) => {
    const text = (end: string) =>
      dialect.canonical(`${end}(${id(name)})`, batch.pipeline.columns[name]?.type ?? "text");
    return [`${text("MIN")} AS "least_${at}"`, `${text("MAX")} AS "greatest_${at}"`];
  });
  return `SELECT ${ends.join(", ")} FROM ${partsOf(dialect, batch).checked} WHERE ${id("_reason")} IS NULL`;
}

/** The bounds that can stand in a statement: short and printable. Another key only costs a wider look. */
export function readBounds(columns: string[], row: Record<string, unknown> | undefined): Bounds {
  return Object.fromEntries(
    columns.flatMap((name, at) => {
      const [least, greatest] = [row?.[`least_${at}`], row?.[`greatest_${at}`]];
      const writable = [least, greatest].every((value) => /^[\x20-\x7e]{1,200}$/.test(String(value ?? "")));
      return writable ? [[name, { least: String(least), greatest: String(greatest) }]] : [];
    }),
  );
}

/**
 * A condition every row of `alias` meets that has a key of the batch, to be added to a join by that key.
 *
 * In literals, so that Snowflake leaves out micro-partitions before the statement starts. Never by a column
 * outside the key: a row in which it changed would not be found, and be inserted again.
 */
export function withinBounds(dialect: Dialect, { bounds = {}, pipeline }: MergeBatch, alias: string): string {
  return Object.entries(bounds)
    .map(([name, { least, greatest }]) => {
      const type = pipeline.columns[name]?.type ?? "text";
      const literal = (value: string) =>
        type === "timestamp"
          ? dialect.instant(value)
          : `CAST(${dialect.text(value)} AS ${dialect.type(type)})`;
      return ` AND ${alias}.${dialect.id(name)} BETWEEN ${literal(least)} AND ${literal(greatest)}`;
    })
    .join("");
}

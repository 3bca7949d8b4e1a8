/** Good rows that wait in quarantine, since silver would have a part of something that belongs together. */
import type { BatchPlan } from "#core/batch";
import type { Pipeline } from "#firn";
import type { Dialect } from "#sql/dialect";

const heldReasons = {
  parent: "another row of its parent is bad",
  partition: "another row of its partition is bad",
};

/** True where a checked row is bad in itself. */
export function isBad({ id, text }: Dialect): string {
  const held = Object.values(heldReasons).map(text).join(", ");
  return `${id("_reason")} IS NOT NULL AND ${id("_reason")} NOT IN (${held})`;
}

/**
 * Rows with their `_reason`, out of rows with a reason of their own: children of one parent stay together, and
 * rows of one partition, unless it may be replaced despite its bad rows.
 *
 * @param judged the rows, with their own reason under the name given
 * @param value a column's typed value
 */
export function planHeld(
  dialect: Dialect,
  pipeline: Pipeline,
  plan: Pick<BatchPlan, "shards">,
  judged: (as: string) => string,
  value: (name: string) => string,
): string {
  const { id, text } = dialect;
  const { strategy } = pipeline;
  const own = `${id("_own")} IS NOT NULL`;
  const among = (rows: string, group: string) =>
    `MAX(CASE WHEN ${rows} THEN 1 ELSE 0 END) OVER (${group}) = 1`;
  if (strategy.kind === "replace_children")
    return held(heldReasons.parent, among(own, `PARTITION BY ${strategy.parent.map(value).join(", ")}`));
  if (strategy.kind !== "replace_partition" || strategy.despiteQuarantine) return judged("_reason");
  const { partition } = strategy;
  if (partition.by === "table") return held(heldReasons.partition, among(own, ""));
  if (partition.by === "file") return held(heldReasons.partition, among(own, `PARTITION BY ${id("_file")}`));
  // Nobody knows to which day a row belongs whose day cannot be read: it may be any of them.
  const day = value(partition.column);
  const anyDay = `${own} AND (${day} IS NULL OR ${planOutside(dialect, plan, day)})`;
  const sameDay = among(own, `PARTITION BY CAST(${day} AS ${dialect.type("date")})`);
  return held(heldReasons.partition, `(${sameDay} OR ${among(anyDay, "")})`);

  function held(reason: string, waits: string): string {
    return (
      `SELECT h.*, CASE WHEN ${own} THEN ${id("_own")} WHEN ${waits} THEN ${text(reason)} END AS ${id("_reason")} ` +
      `FROM (${judged("_own")}) AS h`
    );
  }
}

/** True where a value is of another day than was asked for: it belongs to a partition of which the batch has only a part. */
export function planOutside(dialect: Dialect, { shards }: Pick<BatchPlan, "shards">, value: string): string {
  const windows = shards.flatMap(({ window }) => window ?? []);
  const [first, last] = [windows.at(0)?.from.slice(0, 10), windows.at(-1)?.to.slice(0, 10)];
  if (!first || !last) return "FALSE";
  const date = (of: string) => `CAST(${of} AS ${dialect.type("date")})`;
  return `${date(value)} < ${date(dialect.text(first))} OR ${date(value)} >= ${date(dialect.text(last))}`;
}

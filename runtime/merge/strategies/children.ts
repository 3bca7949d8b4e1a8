import { auditColumns, deletedColumn } from "#core/columns";
import type { ReplaceChildren } from "#firn";
import type { Dialect } from "#sql/dialect";
import { withinBounds } from "./bounds.ts";
import { after, allEqual, anyDiffers, newestFirst } from "./order.ts";
import { address, type MergeBatch, partsOf, type StrategyPlan } from "./strategy.ts";

/**
 * Puts the children of each parent in the batch in the place of silver's, unless a newer version of the
 * parent stands there.
 *
 * A child the delivery lacks becomes a tombstone. A row that deletes without a key stands for the parent and
 * stays as its tombstone, so that an older delivery brings no child back.
 */
export function planChildren(
  dialect: Dialect,
  batch: MergeBatch,
  { parent, key, version }: ReplaceChildren,
): StrategyPlan {
  const { id } = dialect;
  const { plan } = batch;
  const { checked, silver, data, audit, vanish } = partsOf(dialect, batch);
  const list = (names: string[], of = "") => names.map((name) => `${of}${id(name)}`).join(", ");
  const within = (alias: string) => withinBounds(dialect, batch, alias);
  const equal = (left: string, right: string, names: string[]) => allEqual(dialect, left, right, names);
  // Null for the row that stands for its parent.
  const sameKey = (left: string, right: string) =>
    key.map((name) => `${left}.${id(name)} IS NOT DISTINCT FROM ${right}.${id(name)}`).join(" AND ");

  const good = `FROM ${checked} WHERE ${id("_reason")} IS NULL`;
  const newest = (order: string, names: string[]) =>
    `ROW_NUMBER() OVER (PARTITION BY ${list(names)} ORDER BY ${order}) = 1`;
  const sent = `SELECT ${list([...parent, ...version])} ${good} QUALIFY ${newest(newestFirst(dialect, version), parent)}`;
  const standing =
    `SELECT ${list([...parent, ...version, "_plan_seq"])} FROM ${silver} AS t ` +
    `WHERE EXISTS (SELECT 1 ${good.replace("WHERE", "AS c WHERE")} AND ${equal("c", "t", parent)})${within("t")} ` +
    `QUALIFY ${newest(newestFirst(dialect, [...version, "_plan_seq"]), parent)}`;
  const taken =
    `SELECT ${list([...parent, ...version], "p.")} FROM (${sent}) AS p LEFT JOIN (${standing}) AS s ON ${equal("p", "s", parent)} ` +
    `WHERE s.${id("_plan_seq")} IS NULL OR ${after(dialect, "p", "s", version)} ` +
    `OR (${equal("p", "s", version)} AND ${plan.seq} >= s.${id("_plan_seq")})`;
  const winners =
    `SELECT c.* FROM ${checked} AS c INNER JOIN (${taken}) AS a ON ${equal("c", "a", [...parent, ...version])} ` +
    `WHERE c.${id("_reason")} IS NULL ` +
    `QUALIFY ROW_NUMBER() OVER (PARTITION BY ${list([...parent, ...key], "c.")} ORDER BY c.${id("_file")} DESC, c.${id("_row")} DESC) = 1`;

  const source = `SELECT ${list(data)}, ${auditColumns.map((name) => `${audit[name]} AS ${id(name)}`).join(", ")} FROM (${winners}) AS w`;
  const all = [...data.filter((name) => !parent.includes(name) && !key.includes(name)), ...auditColumns];
  const set = (names: string[]) => names.map((name) => `${id(name)} = s.${id(name)}`).join(", ");
  const merge =
    `MERGE INTO ${silver} AS t USING (${source}) AS s ON ${equal("t", "s", parent)} AND ${sameKey("t", "s")}${within("t")} ` +
    `WHEN MATCHED AND (${anyDiffers(dialect, "t", "s", data)}) THEN UPDATE SET ${set(all)} ` +
    // The same again, planned later: only its place in the order moves.
    `WHEN MATCHED AND s.${id("_plan_seq")} > t.${id("_plan_seq")} THEN UPDATE SET ${set(address)} ` +
    `WHEN NOT MATCHED THEN INSERT (${list([...data, ...auditColumns])}) VALUES (${list([...data, ...auditColumns], "s.")})`;
  // Only rows that stand for a parent have no key, and those are deleted already.
  const gone =
    `SELECT ${list([...parent, ...key], "o.")} FROM ${silver} AS o INNER JOIN (${taken}) AS a ON ${equal("o", "a", parent)} ` +
    `LEFT JOIN (${winners}) AS w ON ${equal("o", "w", parent)} AND ${sameKey("o", "w")} ` +
    `WHERE NOT o.${id(deletedColumn)} AND w.${id("_file")} IS NULL${within("o")}`;
  const remove = `UPDATE ${silver} SET ${vanish} WHERE NOT ${id(deletedColumn)} AND (${list([...parent, ...key])}) IN (${gone})`;
  return {
    statements: [merge, remove],
    winners:
      `SELECT COUNT(*) FROM (SELECT 1 AS one FROM ${checked} AS c INNER JOIN (${sent}) AS p ON ${equal("c", "p", [...parent, ...version])} ` +
      `WHERE c.${id("_reason")} IS NULL GROUP BY ${list([...parent, ...key], "c.")}) AS winners`,
    conflicts: "SELECT 0",
  };
}

import { auditColumns, deletedColumn, partitionColumn } from "#core/columns";
import { type Delivered, deliveredPartitions, wholeTable } from "#core/partition";
import type { ReplacePartition } from "#firn";
import { ledgerTable, ledgerTables } from "#ledger/tables";
import { countIf, type Dialect } from "#sql/dialect";
import { rowText } from "#sql/digest";
import { silverDefinition } from "#sql/tables";
import { address, type MergeBatch, partsOf, type StrategyPlan } from "./strategy.ts";

/**
 * Puts a batch's partitions in the place of silver's, unless a newer delivery stands there.
 *
 * Rows that both hold stay untouched, so that gold reads only what changed; a row the delivery lacks
 * becomes a tombstone, so that gold sees it go. Equal rows are counted: of three where two were, one is new.
 */
export function planPartition(dialect: Dialect, batch: MergeBatch, strategy: ReplacePartition): StrategyPlan {
  const { id, text } = dialect;
  const { names, pipeline, plan, manifest } = batch;
  const { commit, checked, silver, data, audit, vanish } = partsOf(dialect, batch);
  const partitions = dialect.table(ledgerTable(names.ledger, "partitions"));
  const partition = id(partitionColumn);
  const delivered = deliveredPartitions(strategy.partition.by, plan, manifest);
  const good = planGood();

  const take =
    `INSERT INTO ${partitions} (${ledgerTables.partitions.map(({ name }) => id(name)).join(", ")}) ` +
    `SELECT ${text(pipeline.name)}, d.${id("partition")}, d.${id("version")}, ${text(plan.batchId)}, ${commit} ` +
    `FROM (${planStanding(dialect, batch, strategy)}) AS d WHERE NOT d.${id("older")} AND NOT (${isHeld(dialect, strategy)})`;
  const taken =
    `${partition} IN (SELECT ${id("partition")} FROM ${partitions} ` +
    `WHERE ${id("pipeline")} = ${text(pipeline.name)} AND ${id("commit_seq")} = ${commit})`;

  const definition = silverDefinition(pipeline).filter(({ name }) => data.includes(name));
  const content = rowText(dialect, definition);
  const standing = `FROM ${silver} WHERE NOT ${id(deletedColumn)} AND ${taken}`;
  const numbered = (order: string[]) =>
    `ROW_NUMBER() OVER (PARTITION BY ${partition}, ${content} ORDER BY ${order.map(id).join(", ")}) AS ${id("_copy")}`;
  const sent = `SELECT *, ${content} AS ${id("_content")}, ${numbered(["_file", "_row"])} FROM (${good}) AS g WHERE ${taken}`;
  const copies = (from: string) =>
    `SELECT ${partition}, ${content} AS ${id("_content")}, COUNT(*) AS ${id("_copies")} ${from} GROUP BY 1, 2`;
  const same = (left: string, right: string) =>
    [partitionColumn, "_content"].map((name) => `${left}.${id(name)} = ${right}.${id(name)}`).join(" AND ");

  const gone =
    `SELECT ${address.map((name) => `o.${id(name)}`).join(", ")} FROM ` +
    `(SELECT ${[partitionColumn, ...address].map(id).join(", ")}, ${content} AS ${id("_content")}, ${numbered(address)} ${standing}) AS o ` +
    `LEFT JOIN (${copies(`FROM (${good}) AS g WHERE ${taken}`)}) AS n ON ${same("n", "o")} ` +
    `WHERE o.${id("_copy")} > COALESCE(n.${id("_copies")}, 0)`;
  const remove =
    `UPDATE ${silver} SET ${vanish} WHERE NOT ${id(deletedColumn)} AND ${taken} ` +
    `AND (${address.map(id).join(", ")}) IN (${gone})`;
  const insert =
    `INSERT INTO ${silver} (${[...data, partitionColumn, ...auditColumns].map(id).join(", ")}) ` +
    `SELECT ${[...data, partitionColumn].map((name) => `n.${id(name)}`).join(", ")}, ${auditColumns.map((name) => audit[name]).join(", ")} ` +
    `FROM (${sent}) AS n LEFT JOIN (${copies(standing)}) AS o ON ${same("o", "n")} ` +
    `WHERE n.${id("_copy")} > COALESCE(o.${id("_copies")}, 0)`;
  return {
    statements: [take, remove, insert],
    winners: `SELECT COUNT(*) FROM (${good}) AS winners`,
    conflicts: "SELECT 0",
  };

  /** Good rows of the newest delivery of each partition, with its name. */
  function planGood(): string {
    const of = strategy.partition;
    const name = {
      table: () => text(wholeTable),
      day: () => dayOf(dialect, of),
      file: () => `d.${id("partition")}`,
    }[of.by]();
    const newest =
      of.by === "file"
        ? `INNER JOIN (${planDelivered(dialect, delivered)}) AS d ON d.${id("file")} = c.${id("_file")} `
        : "";
    return `SELECT c.*, ${name} AS ${partition} FROM ${checked} AS c ${newest}WHERE c.${id("_reason")} IS NULL`;
  }
}

/** The name of the partition by day that a checked row belongs to. */
function dayOf(dialect: Dialect, of: ReplacePartition["partition"]): string {
  if (of.by !== "day") return "NULL";
  return dialect.canonical(`CAST(${dialect.id(of.column)} AS ${dialect.type("date")})`, "date");
}

/** The partitions of a promoted batch that were left as they were: rows `partition`, and whether it is `older`. */
export function planLeft(dialect: Dialect, batch: MergeBatch, { partition: of }: ReplacePartition): string {
  const { id, text } = dialect;
  const { names, pipeline, plan, manifest } = batch;
  const delivered = deliveredPartitions(of.by, plan, manifest);
  const taken =
    `SELECT ${id("partition")} FROM ${dialect.table(ledgerTable(names.ledger, "partitions"))} ` +
    `WHERE ${id("pipeline")} = ${text(pipeline.name)} AND ${id("commit_seq")} = ${partsOf(dialect, batch).commit}`;
  return (
    `SELECT v.${id("partition")} AS "partition", ${isOlder(dialect)} AS "older" FROM (${planDelivered(dialect, delivered)}) AS v ` +
    `LEFT JOIN (${planNewest(dialect, batch, delivered)}) AS n ON n.${id("place")} = v.${id("partition")} ` +
    `WHERE v.${id("partition")} NOT IN (${taken}) ORDER BY 1`
  );
}

/**
 * True where a delivery `d` has nothing to put in the place of its partition: its rows all wait in quarantine,
 * or it has none where silver has some.
 */
function isHeld({ id }: Dialect, { mayBeEmpty }: ReplacePartition): string {
  const nothing = mayBeEmpty ? `d.${id("sent")} > 0` : `(d.${id("sent")} > 0 OR d.${id("standing")} > 0)`;
  return `d.${id("good")} = 0 AND ${nothing}`;
}

/**
 * What a batch delivers beside what stands: rows `partition`, `version`, `file`; how many rows it `sent`, and
 * of them `good` ones; how many are `standing` in silver, and whether it is `older` than that or as old.
 */
function planStanding(dialect: Dialect, batch: MergeBatch, { partition: of }: ReplacePartition): string {
  const { id, text } = dialect;
  const { plan, manifest } = batch;
  const { checked, silver } = partsOf(dialect, batch);
  const delivered = deliveredPartitions(of.by, plan, manifest);
  const day = dayOf(dialect, of);
  const [place, sentAs] = {
    file: ["file", id("_file")],
    day: ["partition", day],
    table: ["partition", text(wholeTable)],
  }[of.by] as [string, string];
  const good = countIf(`${id("_reason")} IS NULL`);
  const sent = `SELECT ${sentAs} AS ${id("place")}, COUNT(*) AS ${id("sent")}, ${good} AS ${id("good")} FROM ${checked} GROUP BY 1`;
  // A row of no day that was asked for may be of any: no day of its batch is empty.
  const anywhere =
    of.by === "day"
      ? ` + (SELECT COUNT(*) FROM ${checked} WHERE COALESCE(${day} NOT IN (${namesOf(dialect, delivered)}), TRUE))`
      : "";
  const standing =
    `SELECT ${id(partitionColumn)} AS ${id("place")}, COUNT(*) AS ${id("standing")} FROM ${silver} ` +
    `WHERE NOT ${id(deletedColumn)} AND ${id(partitionColumn)} IN (${namesOf(dialect, delivered)}) GROUP BY 1`;
  return (
    `SELECT v.*, COALESCE(s.${id("sent")}, 0)${anywhere} AS ${id("sent")}, COALESCE(s.${id("good")}, 0) AS ${id("good")}, ` +
    `COALESCE(t.${id("standing")}, 0) AS ${id("standing")}, ${isOlder(dialect)} AS ${id("older")} ` +
    `FROM (${planDelivered(dialect, delivered)}) AS v ` +
    `LEFT JOIN (${sent}) AS s ON s.${id("place")} = v.${id(place)} ` +
    `LEFT JOIN (${standing}) AS t ON t.${id("place")} = v.${id("partition")} ` +
    `LEFT JOIN (${planNewest(dialect, batch, delivered)}) AS n ON n.${id("place")} = v.${id("partition")}`
  );
}

/** Rows `partition`, `version`, `file` of what a batch delivers. */
function planDelivered({ id, text, type }: Dialect, delivered: Delivered[]): string {
  const columns = ["partition", "version", "file"].map(id).join(", ");
  const rows = delivered.map(
    ({ name, version, file }) =>
      `(${text(name)}, ${text(version)}, ${file === undefined ? "NULL" : text(file)})`,
  );
  if (rows.length === 0) {
    const none = `CAST(NULL AS ${type("text")})`;
    return `SELECT ${none} AS ${id("partition")}, ${none} AS ${id("version")}, ${none} AS ${id("file")} WHERE FALSE`;
  }
  return `SELECT ${columns} FROM (VALUES ${rows.join(", ")}) AS v (${columns})`;
}

/** Rows `place`, `version`: the newest delivery by another batch of each partition that has one. */
function planNewest(dialect: Dialect, { names, pipeline, plan }: MergeBatch, delivered: Delivered[]): string {
  const { id, text } = dialect;
  return (
    `SELECT ${id("partition")} AS ${id("place")}, MAX(${id("version")}) AS ${id("version")} ` +
    `FROM ${dialect.table(ledgerTable(names.ledger, "partitions"))} WHERE ${id("pipeline")} = ${text(pipeline.name)} ` +
    `AND ${id("partition")} IN (${namesOf(dialect, delivered)}) AND ${id("batch_id")} <> ${text(plan.batchId)} GROUP BY 1`
  );
}

function isOlder({ id }: Dialect): string {
  return `COALESCE(n.${id("version")} >= v.${id("version")}, FALSE)`;
}

function namesOf({ text }: Dialect, delivered: Delivered[]): string {
  return delivered.length > 0 ? delivered.map(({ name }) => text(name)).join(", ") : "NULL";
}

import { auditColumns, deletedColumn, partitionColumn } from "#core/columns";
import { deliveredPartitions, wholeTable } from "#core/partition";
import type { ReplacePartition } from "#firn";
import { ledgerTable, ledgerTables } from "#ledger/tables";
import type { Dialect } from "#sql/dialect";
import { rowText } from "#sql/digest";
import { silverDefinition } from "#sql/tables";
import { address, type MergeBatch, partsOf, type Question, type StrategyPlan } from "./strategy.ts";

/**
 * Puts a batch's partitions in the place of silver's, unless a newer delivery stands there.
 *
 * Rows that both hold stay untouched, so that gold reads only what changed; a row the delivery lacks
 * becomes a tombstone, so that gold sees it go. Equal rows are counted: of three where two were, one is new.
 */
export function planPartition(dialect: Dialect, batch: MergeBatch, strategy: ReplacePartition): StrategyPlan {
  const { id, text } = dialect;
  const { names, pipeline, plan, manifest } = batch;
  const { commit, silver, data, audit, vanish } = partsOf(dialect, batch);
  const partitions = dialect.table(ledgerTable(names.ledger, "partitions"));
  const partition = id(partitionColumn);
  const delivered = deliveredPartitions(strategy.partition.by, plan, manifest);
  const good = planGood(dialect, batch, strategy);

  const take =
    `INSERT INTO ${partitions} (${ledgerTables.partitions.map(({ name }) => id(name)).join(", ")}) ` +
    `SELECT ${text(pipeline.name)}, d.${id("partition")}, d.${id("version")}, ${text(plan.batchId)}, ${commit} ` +
    `FROM (${planDelivered(dialect, delivered)}) AS d WHERE NOT EXISTS (${planNewer(dialect, batch, "d")})`;
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
  function planGood(dialect: Dialect, batch: MergeBatch, { partition: of }: ReplacePartition): string {
    const { checked } = partsOf(dialect, batch);
    const from = `FROM ${checked} AS c`;
    const isGood = `WHERE c.${id("_reason")} IS NULL`;
    if (of.by === "table") return `SELECT c.*, ${text(wholeTable)} AS ${partition} ${from} ${isGood}`;
    if (of.by === "day") {
      const day = dialect.canonical(`CAST(c.${id(of.column)} AS ${dialect.type("date")})`, "date");
      return `SELECT c.*, ${day} AS ${partition} ${from} ${isGood}`;
    }
    return (
      `SELECT c.*, d.${id("partition")} AS ${partition} ${from} ` +
      `INNER JOIN (${planDelivered(dialect, delivered)}) AS d ON d.${id("file")} = c.${id("_file")} ${isGood}`
    );
  }
}

/**
 * What would be lost if the batch took the place of its partitions: one row a partition that is newer than
 * silver's and holds bad rows (`bad`), or none where silver has some (`standing`).
 */
export function askIncomplete(
  dialect: Dialect,
  batch: MergeBatch,
  { partition, despiteQuarantine, mayBeEmpty }: ReplacePartition,
): Question {
  const { id } = dialect;
  const { checked, silver } = partsOf(dialect, batch);
  const delivered = deliveredPartitions(partition.by, batch.plan, batch.manifest);
  // A bad row's day cannot be trusted, so it counts for each day of its batch.
  const ofPartition = partition.by === "file" ? ` AND c.${id("_file")} = d.${id("file")}` : "";
  const goodOf =
    partition.by === "day"
      ? ` AND ${dialect.canonical(`CAST(c.${id(partition.column)} AS ${dialect.type("date")})`, "date")} = d.${id("partition")}`
      : ofPartition;
  const count = (where: string) => `(SELECT COUNT(*) FROM ${checked} AS c WHERE ${where})`;
  return {
    query:
      `SELECT d.${id("partition")} AS "partition", ${count(`c.${id("_reason")} IS NOT NULL${ofPartition}`)} AS "bad", ` +
      `${count(`c.${id("_reason")} IS NULL${goodOf}`)} AS "good", ` +
      `(SELECT COUNT(*) FROM ${silver} AS t WHERE NOT t.${id(deletedColumn)} AND t.${id(partitionColumn)} = d.${id("partition")}) AS "standing" ` +
      `FROM (${planDelivered(dialect, delivered)}) AS d WHERE NOT EXISTS (${planNewer(dialect, batch, "d")}) ORDER BY 1`,
    told(rows) {
      const found = rows.flatMap(({ partition, bad, good, standing }) => {
        if (Number(bad) > 0 && !despiteQuarantine)
          return [`${partition}: ${bad} of its rows are bad, where silver has ${standing}`];
        return Number(good) === 0 && Number(standing) > 0 && !mayBeEmpty
          ? [`${partition}: it has no row, where silver has ${standing}`]
          : [];
      });
      return found.length > 0 ? listed(found) : undefined;
    },
  };
}

/** The partitions of a promoted batch that changed nothing, as a newer delivery stands in silver. */
export function askOlder(dialect: Dialect, batch: MergeBatch, { partition }: ReplacePartition): Question {
  const { id } = dialect;
  const delivered = deliveredPartitions(partition.by, batch.plan, batch.manifest);
  return {
    query: `SELECT d.${id("partition")} AS "partition" FROM (${planDelivered(dialect, delivered)}) AS d WHERE EXISTS (${planNewer(dialect, batch, "d")}) ORDER BY 1`,
    told: (rows) => (rows.length > 0 ? listed(rows.map((row) => String(row.partition))) : undefined),
  };
}

/** Rows `partition`, `version`, `file` of what a batch delivers. */
function planDelivered(
  { id, text, type }: Dialect,
  delivered: ReturnType<typeof deliveredPartitions>,
): string {
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

/** A delivery of the partition by another batch that is at least as new. */
function planNewer(dialect: Dialect, { names, pipeline, plan }: MergeBatch, delivered: string): string {
  const { id, text } = dialect;
  return (
    `SELECT 1 FROM ${dialect.table(ledgerTable(names.ledger, "partitions"))} AS p ` +
    `WHERE p.${id("pipeline")} = ${text(pipeline.name)} AND p.${id("partition")} = ${delivered}.${id("partition")} ` +
    `AND p.${id("version")} >= ${delivered}.${id("version")} AND p.${id("batch_id")} <> ${text(plan.batchId)}`
  );
}

function listed(found: string[], most = 5): string {
  const more = found.length > most ? `; and ${found.length - most} more` : "";
  return found.slice(0, most).join("; ") + more;
}

import type { BatchPlan, Manifest } from "#core/batch";
import { bronzeColumns, carriedColumn, checkedByColumn, deletedColumn } from "#core/columns";
import type { WarehouseNames } from "#core/names";
import type { Column, Pipeline } from "#firn";
import { accepted, strictCast } from "#sql/cast";
import type { Dialect } from "#sql/dialect";
import { checkedTable, quarantineTable, rawTable, silverColumns } from "#sql/tables";
import { planFails, rowExpectations } from "./expectations.ts";
import { planHeld, planOutside } from "./held.ts";

/**
 * Casts and tests a batch in one pass.
 *
 * A row's `_reason` names every column that is missing or not of its type, without its value. A delete
 * needs only its key and version. Columns declared since the batch was landed come from its records.
 */
export function planChecked(
  dialect: Dialect,
  names: WarehouseNames,
  pipeline: Pipeline,
  manifest: Manifest,
  plan: Pick<BatchPlan, "shards">,
  epoch: number,
): string {
  const { id } = dialect;
  const { strategy } = pipeline;
  const columns = silverColumns(pipeline);
  const { always, unlessDeleted } = neededColumns(pipeline);
  const partial = strategy.kind === "upsert" && strategy.partial === true;
  const text = (name: string) => id(`t_${name}`);
  const value = (name: string) => id(`v_${name}`);

  const isDelete = planIsDelete();
  const reasons = columns.map(([name, column]) => {
    const bad = `CASE WHEN ${text(name)} IS NOT NULL AND ${value(name)} IS NULL THEN ${dialect.text(`; ${name}: not ${accepted(column)}`)}`;
    const isNeeded = always.includes(name) || unlessDeleted.includes(name);
    const lacks =
      partial && !isNeeded ? `${id(carriedColumn(name))} AND ${text(name)} IS NULL` : `${text(name)} IS NULL`;
    const missing =
      isNeeded || column.required ? ` WHEN ${lacks} THEN ${dialect.text(`; ${name}: missing`)}` : "";
    const judged = `${bad}${missing}${planForeignDay(name)} ELSE '' END`;
    return always.includes(name) ? judged : `CASE WHEN ${isDelete} THEN '' ELSE ${judged} END`;
  });
  const failures = rowExpectations(pipeline).map(
    ({ each, says }) =>
      `CASE WHEN NOT ${isDelete} AND (${planFails(dialect, pipeline, each, value)}) THEN ${dialect.text(`; fails ${says}`)} ELSE '' END`,
  );
  const reason =
    `CASE WHEN ${id(bronzeColumns.malformed)} IS NOT NULL THEN 'the record could not be read' ` +
    `ELSE NULLIF(SUBSTR(${[...reasons, ...failures].join(" || ")}, 3), '') END`;

  const texts = columns.map(([name, column]) => `${columnText(name, column)} AS ${text(name)}`);
  const values = columns.map(
    ([name, column]) => `${strictCast(dialect, column, text(name))} AS ${value(name)}`,
  );
  const carried = partial
    ? columns.map(([name, column]) => ({ name: id(carriedColumn(name)), is: columnIsCarried(name, column) }))
    : [];
  const kept = [
    ...columns.map(([name]) => `${value(name)} AS ${id(name)}`),
    // A delete takes all columns: what the row had before does not come back with a later image.
    ...carried.map(({ name }) => `(${isDelete} OR ${name}) AS ${name}`),
  ];
  const fields = dialect.jsonObject(columns.map(([name]) => [name, text(name)]));
  const line = id(bronzeColumns.line);
  const rows =
    `SELECT ${[...texts, ...carried.map(({ name, is }) => `${is} AS ${name}`)].join(", ")}, ` +
    `r.${id(bronzeColumns.record)}, r.${id(bronzeColumns.malformed)}, ` +
    `p.${id("name")} AS ${id("_file")}, COALESCE(r.${line}, r.${id("_row")}) AS ${id("_row")} ` +
    `FROM ${dialect.table(rawTable(names, manifest))} AS r ` +
    `INNER JOIN (VALUES ${partNames(dialect, manifest)}) AS p (${id("key")}, ${id("name")}) ON p.${id("key")} = r.${id("_file")}`;
  const judged = (as: string) =>
    `SELECT c.*, ${reason} AS ${id(as)} FROM (SELECT t.*, ${values.join(", ")} FROM (${rows}) AS t) AS c`;

  return dialect.createTransientAs(
    checkedTable(names, manifest),
    `SELECT ${kept.join(", ")}, ${isDelete} AS ${id(deletedColumn)}, ${id("_file")}, ${id("_row")}, ${id("_reason")}, ` +
      `CASE WHEN ${id("_reason")} IS NOT NULL THEN ${fields} END AS ${id("_fields")}, ` +
      `CASE WHEN ${id("_reason")} IS NOT NULL THEN ${id(bronzeColumns.record)} END AS ${id(bronzeColumns.record)}, ` +
      `${id(bronzeColumns.malformed)}, CAST(${epoch} AS ${dialect.type("bigint")}) AS ${id(checkedByColumn)} ` +
      `FROM (${planHeld(dialect, pipeline, plan, judged, value)}) AS d`,
  );

  /** The column's text: as landed, or out of the record where it was landed under another declaration. */
  function columnText(name: string, { from, pii }: Column): string {
    const landed = manifest.columns.find((column) => column.name === name && column.pii !== "drop");
    const recorded = `${dialect.jsonField(`r.${id(bronzeColumns.record)}`, from ?? name)}`;
    if (landed && (landed.from === (from ?? name) || landed.pii)) return `r.${id(name)}`;
    // What was landed in clear before the column became PII is never promoted in clear.
    if (pii && pii !== "mask") return `CAST(NULL AS ${dialect.type("text")})`;
    return landed ? `COALESCE(${recorded}, r.${id(name)})` : recorded;
  }

  /** Whether the row had the field at all: only a record that lacks one was kept whole. */
  function columnIsCarried(name: string, { from }: Column): string {
    const record = `r.${id(bronzeColumns.record)}`;
    return `(${record} IS NULL OR ${dialect.hasJsonField(record, from ?? name)})`;
  }

  function planIsDelete(): string {
    const deletes =
      "deletedWhen" in strategy && strategy.deletedWhen
        ? `COALESCE(${text(strategy.deletedWhen.column)} IN (${strategy.deletedWhen.in.map((each) => dialect.text(each)).join(", ")}), FALSE)`
        : "FALSE";
    if (strategy.kind !== "replace_children" || !strategy.mayBeEmpty) return deletes;
    return `(${deletes} OR (${strategy.key.map((name) => `${text(name)} IS NULL`).join(" AND ")}))`;
  }

  function planForeignDay(name: string): string {
    if (strategy.kind !== "replace_partition" || strategy.partition.by !== "day") return "";
    if (name !== strategy.partition.column) return "";
    const says = dialect.text(`; ${name}: of a day that was not asked for`);
    return ` WHEN ${planOutside(dialect, plan, value(name))} THEN ${says}`;
  }
}

/** Leaves of a checked batch only what stands in quarantine. */
export function planOnlyQuarantined(
  dialect: Dialect,
  names: WarehouseNames,
  { pipeline, seq, batchId }: Pick<BatchPlan, "pipeline" | "seq" | "batchId">,
): string {
  const { id, text, table } = dialect;
  const checked = table(checkedTable(names, { pipeline, seq }));
  // A record that could not be read is numbered by its line, which another record may have as its row.
  const address = (malformed: string) => `${id("_file")}, ${id("_row")}, ${id(malformed)} IS NULL`;
  const kept =
    `SELECT ${address("malformed")} FROM ${table(quarantineTable(names, pipeline))} ` +
    `WHERE ${id("batch_id")} = ${text(batchId)}`;
  return `DELETE FROM ${checked} WHERE (${address(bronzeColumns.malformed)}) NOT IN (${kept})`;
}

/** The parts' keys and the names that rows carry as their file. */
function partNames({ text }: Dialect, { parts }: Manifest): string {
  const rows = parts.map(({ key, name, file }) => `(${text(key)}, ${text(file ?? name)})`);
  return rows.length > 0 ? rows.join(", ") : "('', '')";
}

/** The columns without which a row cannot be merged, and those that only a delete may lack. */
function neededColumns({ strategy }: Pipeline): { always: string[]; unlessDeleted: string[] } {
  switch (strategy.kind) {
    case "upsert":
      return { always: [...strategy.key, ...strategy.version], unlessDeleted: [] };
    case "append":
      return { always: strategy.ids, unlessDeleted: [] };
    case "replace_partition":
      return {
        always: strategy.partition.by === "day" ? [strategy.partition.column] : [],
        unlessDeleted: [],
      };
    case "replace_children":
      return { always: [...strategy.parent, ...strategy.version], unlessDeleted: strategy.key };
  }
}

import type { Manifest } from "#core/batch";
import { bronzeColumns, deletedColumn } from "#core/columns";
import type { WarehouseNames } from "#core/names";
import type { Column, Pipeline } from "#firn";
import { accepted, strictCast } from "#sql/cast";
import type { Dialect } from "#sql/dialect";
import { checkedTable, rawTable, silverColumns } from "#sql/tables";

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
): string {
  const { id } = dialect;
  const columns = silverColumns(pipeline);
  const needed = neededColumns(pipeline);
  const text = (name: string) => id(`t_${name}`);
  const value = (name: string) => id(`v_${name}`);

  const isDelete = planIsDelete();
  const reasons = columns.map(([name, column]) => {
    const isNeeded = needed.includes(name);
    const bad = `CASE WHEN ${text(name)} IS NOT NULL AND ${value(name)} IS NULL THEN ${dialect.text(`; ${name}: not ${accepted(column)}`)}`;
    const missing =
      isNeeded || column.required
        ? ` WHEN ${text(name)} IS NULL THEN ${dialect.text(`; ${name}: missing`)}`
        : "";
    const judged = `${bad}${missing} ELSE '' END`;
    return isNeeded ? judged : `CASE WHEN ${isDelete} THEN '' ELSE ${judged} END`;
  });
  const reason =
    `CASE WHEN ${id(bronzeColumns.malformed)} IS NOT NULL THEN 'the record could not be read' ` +
    `ELSE NULLIF(SUBSTR(${reasons.join(" || ")}, 3), '') END`;

  const texts = columns.map(([name, column]) => `${columnText(name, column)} AS ${text(name)}`);
  const values = columns.map(
    ([name, column]) => `${strictCast(dialect, column, text(name))} AS ${value(name)}`,
  );
  const kept = columns.map(([name]) => `${value(name)} AS ${id(name)}`);
  const fields = dialect.jsonObject(columns.map(([name]) => [name, text(name)]));
  const partNames = manifest.parts
    .map(({ key, name, file }) => `(${dialect.text(key)}, ${dialect.text(file ?? name)})`)
    .join(", ");
  const line = id(bronzeColumns.line);

  return dialect.createTransientAs(
    checkedTable(names, manifest),
    `SELECT ${kept.join(", ")}, ${isDelete} AS ${id(deletedColumn)}, ${id("_file")}, ${id("_row")}, ${id("_reason")}, ` +
      `CASE WHEN ${id("_reason")} IS NOT NULL THEN ${fields} END AS ${id("_fields")}, ` +
      `CASE WHEN ${id("_reason")} IS NOT NULL THEN ${id(bronzeColumns.record)} END AS ${id(bronzeColumns.record)}, ` +
      `${id(bronzeColumns.malformed)} FROM (` +
      `SELECT c.*, ${reason} AS ${id("_reason")} FROM (` +
      `SELECT t.*, ${values.join(", ")} FROM (` +
      `SELECT ${texts.join(", ")}, r.${id(bronzeColumns.record)}, r.${id(bronzeColumns.malformed)}, ` +
      `p.${id("name")} AS ${id("_file")}, COALESCE(r.${line}, r.${id("_row")}) AS ${id("_row")} ` +
      `FROM ${dialect.table(rawTable(names, manifest))} AS r ` +
      `INNER JOIN (VALUES ${partNames}) AS p (${id("key")}, ${id("name")}) ON p.${id("key")} = r.${id("_file")}) AS t) AS c) AS d`,
  );

  /** The column's text: as landed, or out of the record where it was landed under another declaration. */
  function columnText(name: string, { from, pii }: Column): string {
    const landed = manifest.columns.find((column) => column.name === name && column.pii !== "drop");
    const recorded = `${dialect.jsonField(`r.${id(bronzeColumns.record)}`, from ?? name)}`;
    if (landed && (landed.from === (from ?? name) || landed.pii)) return `r.${id(name)}`;
    // What was landed in clear before the column became PII is never promoted in clear.
    if (pii) return `CAST(NULL AS ${dialect.type("text")})`;
    return landed ? `COALESCE(${recorded}, r.${id(name)})` : recorded;
  }

  function planIsDelete(): string {
    const { strategy } = pipeline;
    if (strategy.kind !== "upsert" || !strategy.deletedWhen) return "FALSE";
    const { column, in: values } = strategy.deletedWhen;
    return `COALESCE(${text(column)} IN (${values.map((each) => dialect.text(each)).join(", ")}), FALSE)`;
  }
}

/** The columns without which a row cannot be merged. */
export function neededColumns({ strategy }: Pipeline): string[] {
  return strategy.kind === "upsert" ? [...strategy.key, ...strategy.version] : strategy.ids;
}

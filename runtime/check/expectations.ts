import { deletedColumn } from "#core/columns";
import type { WarehouseNames } from "#core/names";
import type { Expectation, Pipeline } from "#firn";
import { countIf, type Dialect, type TableName } from "#sql/dialect";
import { silverColumns, silverDefinition, silverTable } from "#sql/tables";
import { isBad } from "./held.ts";

export interface Verdict {
  expectation: string;
  failed: number;
  total: number;
  passed: boolean;
}

/**
 * One row with `quarantined`, and for the n-th expectation `failed_n` and `total_n`: one scan of the
 * batch, but for unique and relationship, which need their own.
 *
 * Rows in quarantine and deletes are not judged, except by `accepted`.
 */
export function planExpectations(
  dialect: Dialect,
  names: WarehouseNames,
  pipeline: Pipeline,
  checked: TableName,
): string {
  const { id } = dialect;
  const table = dialect.table(checked);
  const good = `${id("_reason")} IS NULL AND NOT ${id(deletedColumn)}`;
  const columns = (pipeline.expectations ?? []).map((each, at) => {
    const [failed, total] = planCounts(each);
    return `${failed} AS "failed_${at}", ${total} AS "total_${at}"`;
  });
  return `SELECT ${[`${countIf(isBad(dialect))} AS "quarantined"`, ...columns].join(", ")} FROM ${table}`;

  function planCounts(each: Expectation): [failed: string, total: string] {
    switch (each.kind) {
      case "not_null":
      case "in":
      case "between":
      case "regex":
      case "pair":
        return [
          countIf(`${good} AND (${planFails(dialect, pipeline, each, (name) => id(name))})`),
          countIf(good),
        ];
      case "row_count": {
        const rows = countIf(good);
        const bad = [
          each.min === undefined ? "" : `${rows} < ${each.min}`,
          each.max === undefined ? "" : `${rows} > ${each.max}`,
        ];
        return [`CASE WHEN ${bad.filter(Boolean).join(" OR ")} THEN 1 ELSE 0 END`, "1"];
      }
      case "accepted":
        return [countIf(isBad(dialect)), "COUNT(*)"];
      case "unique": {
        const key = each.columns.map(id).join(", ");
        const whole = each.columns.map((column) => `${id(column)} IS NOT NULL`).join(" AND ");
        return [
          `(SELECT COALESCE(SUM(n), 0) FROM (SELECT COUNT(*) AS n FROM ${table} WHERE ${good} AND ${whole} GROUP BY ${key} HAVING COUNT(*) > 1) AS repeated)`,
          countIf(good),
        ];
      }
      case "relationship": {
        const parent = dialect.table(silverTable(names, each.to));
        return [
          `(SELECT COUNT(*) FROM ${table} AS c WHERE ${good} AND c.${id(each.column)} IS NOT NULL AND NOT EXISTS ` +
            `(SELECT 1 FROM ${parent} AS p WHERE p.${id(each.toColumn)} = c.${id(each.column)} AND NOT COALESCE(p.${id(deletedColumn)}, FALSE)))`,
          countIf(good),
        ];
      }
    }
  }
}

type RowExpectation = Extract<Expectation, { quarantine?: true | undefined }>;

/** The expectations that set rows aside, with what a quarantined row says of them. */
export function rowExpectations({ expectations }: Pipeline): { each: RowExpectation; says: string }[] {
  return (expectations ?? []).flatMap((each) =>
    isOfRows(each) && each.quarantine ? [{ each, says: nameOf(each) }] : [],
  );
}

/** The same pipeline, where no batch is judged: what all rows must keep, each row must. */
export function judgedByRow(pipeline: Pipeline): Pipeline {
  const expectations = (pipeline.expectations ?? []).map((each) =>
    isOfRows(each) && each.mostly === undefined ? { ...each, quarantine: true as const } : each,
  );
  return { ...pipeline, expectations };
}

function isOfRows(each: Expectation): each is RowExpectation {
  return ["not_null", "in", "between", "regex", "pair"].includes(each.kind);
}

/** True where a row fails; null or false where it passes. `column` gives a column's typed value. */
export function planFails(
  dialect: Dialect,
  pipeline: Pipeline,
  each: RowExpectation,
  column: (name: string) => string,
): string {
  switch (each.kind) {
    case "not_null":
      return `${column(each.column)} IS NULL`;
    case "in":
      return `${column(each.column)} NOT IN (${each.values.map((value) => typed(each.column, value)).join(", ")})`;
    case "between":
      return [
        each.min === undefined ? "" : `${column(each.column)} < ${typed(each.column, each.min)}`,
        each.max === undefined ? "" : `${column(each.column)} > ${typed(each.column, each.max)}`,
      ]
        .filter(Boolean)
        .join(" OR ");
    case "regex":
      return `NOT ${dialect.matches(`CAST(${column(each.column)} AS ${dialect.type("text")})`, each.pattern)}`;
    case "pair":
      return `${column(each.left)} > ${column(each.right)}`;
  }

  function typed(name: string, value: string | number): string {
    const type = silverColumns(pipeline).find(([each]) => each === name)?.[1].type ?? "text";
    const literal = typeof value === "number" ? String(value) : dialect.text(value);
    return `CAST(${literal} AS ${dialect.type(type)})`;
  }
}

/** The parents' tables, empty where none was promoted yet: then no child has a parent. Repeatable. */
export function planParents(
  dialect: Dialect,
  names: WarehouseNames,
  pipeline: Pipeline,
  team: Pipeline[],
): string[] {
  const parents = (pipeline.expectations ?? []).flatMap((each) =>
    each.kind === "relationship" ? team.filter(({ name }) => name === each.to) : [],
  );
  if (parents.length === 0) return [];
  const tables = parents.map((each) =>
    dialect.createTable(silverTable(names, each.name), silverDefinition(each, names.masks)),
  );
  return [...dialect.createSchema(names.silver), ...tables];
}

/** Whether each expectation passes: at least its share `mostly` (default 1) of the rows must. */
export function planVerdicts(pipeline: Pipeline, counts: Record<string, unknown>): Verdict[] {
  return (pipeline.expectations ?? []).map((each, at) => {
    const failed = Number(counts[`failed_${at}`]);
    const total = Number(counts[`total_${at}`]);
    const mostly = "mostly" in each ? (each.mostly ?? 1) : 1;
    return {
      expectation: nameOf(each),
      failed,
      total,
      passed: total === 0 || failed <= total * (1 - mostly) + 1e-9,
    };
  });
}

function nameOf(each: Expectation): string {
  const { kind, ...rest } = each;
  const parts = Object.entries(rest)
    .filter(([name]) => name !== "quarantine")
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.join(" ") : value}`);
  return parts.length > 0 ? `${kind} (${parts.join(", ")})` : kind;
}

/** Which columns an increment writes, as its table stands. */
import { FirnError } from "#core/errors";
import type { DbtNode } from "./dbt/project.ts";
import type { Standing } from "./plan.ts";

/**
 * Which columns an increment writes, and which must be added first. A type that its table cannot hold is
 * refused whatever `on_schema_change` says: the warehouse would round or cut in silence.
 *
 * @throws {FirnError} `model.schema_changed`
 */
export function fitColumns(
  node: DbtNode,
  standing: Standing,
  delta: Standing,
): { columns: string[]; added: Standing["columns"] } {
  const names = (of: Standing) => of.columns.map(({ name }) => name);
  const [has, gives] = [names(standing), names(delta)];
  const added = delta.columns.filter(({ name }) => !has.includes(name));
  const gone = has.filter((name) => !gives.includes(name));
  const changed = delta.columns.flatMap(({ name, type }) => {
    const stands = standing.columns.find((each) => each.name === name)?.type ?? type;
    return holds(stands, type) ? [] : [`${name} (${type} into ${stands})`];
  });
  const isSnapshot = node.resource === "snapshot";
  const change = isSnapshot ? "append_new_columns" : node.config.on_schema_change;
  const refuse = [
    ...(change === "fail" ? added.map(({ name }) => name) : []),
    ...(change === "append_new_columns" ? [] : gone),
    ...changed,
  ];
  if (refuse.length > 0) {
    throw new FirnError("model.schema_changed", {
      what: `${node.path}: the columns of "${node.name}" differ from its table's: ${refuse.join(", ")}.`,
      why: `on_schema_change is ${change}, and no value may be cut to fit; nothing was changed.`,
      fix: isSnapshot
        ? "A snapshot cannot be made anew: cast the column in its SELECT to the type it had."
        : `Build it in full: firn build --select ${node.name} --full-refresh. For columns that come and go: on_schema_change: append_new_columns.`,
    });
  }
  return change === "append_new_columns"
    ? { columns: gives, added }
    : { columns: has.filter((name) => gives.includes(name)), added: [] };
}

/** @throws {FirnError} `model.schema_changed` for a table that something else made */
export function requireSnapshot(node: DbtNode, { columns }: Standing): void {
  const lacks = ["dbt_scd_id", "dbt_valid_from", "dbt_valid_to"].filter(
    (name) => !columns.some((column) => column.name === name),
  );
  if (lacks.length === 0) return;
  throw new FirnError("model.schema_changed", {
    what: `${node.path}: the table "${node.relation.identifier}" is no snapshot: it has no ${lacks.join(", ")}.`,
    why: "The versions of a snapshot would be mixed with rows of another kind; nothing was changed.",
    fix: "Give the snapshot another name, or drop the table if nobody needs it.",
  });
}

const integers = ["TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"];

/** Whether every value of a type can stand in a column of another as it is. */
function holds(column: string, value: string): boolean {
  if (column === value || column === "VARCHAR") return true;
  const [wide, narrow] = [column, value].map((type) => integers.indexOf(type)) as [number, number];
  if (wide >= 0 && narrow >= 0) return narrow <= wide;
  const [of, given] = [column, value].map((type) =>
    /^DECIMAL\((\d+),(\d+)\)$/.exec(type)?.slice(1).map(Number),
  );
  const [precision = 0, scale = 0] = of ?? [];
  const [precisionGiven = 0, scaleGiven = 0] = given ?? [];
  if (!of || !given) return false;
  return scaleGiven <= scale && precisionGiven - scaleGiven <= precision - scale;
}

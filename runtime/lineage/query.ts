import { bare, expression, type Fields, isFields, list, nameOf, namesOf, path } from "./ast.ts";
import { flowOf, picksColumns } from "./expression.ts";
import { addTables } from "./from.ts";
import { type Deciding, type Scope, tablesNamed, within } from "./scope.ts";
import {
  asTable,
  combine,
  deciding,
  type Flow,
  renamed,
  resultOf,
  type Shape,
  type ShapeColumn,
  sameName,
  settled,
  unknownShape,
  whole,
} from "./shape.ts";

/** The columns of a query, in order; of what is no SELECT, UNION or VALUES, all are unknown. */
export function shapeOfQuery(node: unknown, outer: Scope): Shape {
  const { kind, fields } = expression(bare(node)) ?? { kind: "", fields: {} };
  const scope = within(outer);
  addCtes(fields.with, scope);
  switch (kind) {
    case "select":
      return select(fields, scope);
    case "union":
    case "intersect":
    case "except":
      return setOperation(kind, fields, scope);
    case "subquery":
      decideBy(fields, scope);
      return shapeOfQuery(fields.this, scope);
    case "values":
      return values(fields, scope);
    default:
      return unknownShape(`${kind ? kind.toUpperCase() : "it"} is no SELECT`);
  }
}

function addCtes(clause: unknown, scope: Scope): void {
  if (!isFields(clause)) return;
  for (const cte of list(clause.ctes)) {
    if (!isFields(cte)) continue;
    const name = nameOf(cte.alias) ?? "";
    const shape = (known?: Shape): Shape => {
      const ctes = known ? new Map([...scope.ctes, [name.toLowerCase(), known]]) : scope.ctes;
      return asTable(renamed(shapeOfQuery(cte.this, { ...scope, ctes }), namesOf(cte.columns)));
    };
    scope.ctes.set(name.toLowerCase(), clause.recursive ? recursive(cte, shape, scope) : shape());
  }
}

/** A recursive CTE begins as its first part, which does not read it. */
function recursive(cte: Fields, shape: (known?: Shape) => Shape, scope: Scope): Shape {
  const found = expression(bare(cte.this));
  if (found?.kind !== "union") return shape();
  const seed = shapeOfQuery(found.fields.left, scope);
  return settled(asTable(renamed(seed, namesOf(cte.columns))), shape);
}

function select(fields: Fields, scope: Scope): Shape {
  addTables(fields.from, fields.joins, scope);
  if (list(fields.lateral_views).length > 0) return unknownShape("LATERAL VIEW is nothing that Firn follows");
  const columns: ShapeColumn[] = [];
  const rests: Flow[] = [];
  for (const [at, projection] of list(fields.expressions).entries()) {
    const shape = projected(projection, at, scope);
    columns.push(...shape.columns);
    if (shape.rest) rests.push(shape.rest);
    for (const { name, flow } of shape.columns)
      if (!scope.aliases.has(name.toLowerCase())) scope.aliases.set(name.toLowerCase(), flow);
  }
  const shape = resultOf(columns, rests);
  decideBy(fields, scope, shape);
  return shape;
}

function projected(projection: unknown, at: number, scope: Scope): Shape {
  const found = expression(bare(projection));
  if (found?.kind === "star") return star(found.fields, scope);
  if (picksColumns(projection)) return { columns: [], rest: flowOf(projection, scope) };
  const named = found?.kind === "alias" ? found.fields.this : projection;
  const name = found?.kind === "alias" ? nameOf(found.fields.alias) : path(bare(projection))?.at(-1);
  return { columns: [{ name: name ?? `(column ${at + 1})`, flow: flowOf(named, scope) }] };
}

/** `*` and `t.*`, with EXCLUDE, REPLACE and RENAME. */
function star(fields: Fields, scope: Scope): Shape {
  const qualifier = nameOf(fields.table);
  const tables = qualifier === undefined ? scope.tables : tablesNamed([qualifier], scope.tables);
  if (tables.length === 0) return { columns: [], rest: flowOf({ star: fields }, scope) };
  const excluded = namesOf(fields.except).map((name) => name.split(".").at(-1) ?? name);
  const shared = new Set(qualifier === undefined ? tables.flatMap(({ omitted }) => [...omitted]) : []);
  const columns = tables.flatMap(({ shape, omitted }) =>
    shape.columns
      .filter(({ name }) => qualifier !== undefined || !omitted.has(name.toLowerCase()))
      .filter(({ name }) => !excluded.some((each) => sameName(each, name)))
      // A column that a join shares by USING may come from either side.
      .map(({ name, flow }) => ({
        name,
        flow: shared.has(name.toLowerCase()) ? flowOf({ column: { name: { name } } }, scope) : flow,
      })),
  );
  const replaced = columns.map(({ name, flow }) => {
    const by = list(fields.replace).find(
      (each) => isFields(each) && sameName(nameOf(each.alias) ?? "", name),
    );
    return { name, flow: isFields(by) ? flowOf(by.this, scope) : flow };
  });
  const renames = list(fields.rename).map(namesOf);
  const output = replaced.map(({ name, flow }) => {
    const to = renames.find(([from = ""]) => sameName(from, name))?.[1];
    return { name: to ?? name, flow };
  });
  const rests = tables.flatMap(({ shape }) => shape.rest ?? []);
  if (rests.length > 0) rests.push(flowOf(list(fields.replace), scope));
  return resultOf(output, rests);
}

/** UNION takes values of both sides, by position or BY NAME; EXCEPT shows only the left one's. */
function setOperation(kind: "union" | "intersect" | "except", fields: Fields, scope: Scope): Shape {
  const left = shapeOfQuery(fields.left, scope);
  const right = shapeOfQuery(fields.right, scope);
  if (kind === "except") scope.reading.decide(deciding(whole(right)), "set");
  const shape = kind === "except" ? left : united(left, right, fields.by_name === true);
  decideBy(fields, {
    ...scope,
    aliases: new Map(shape.columns.map(({ name, flow }) => [name.toLowerCase(), flow])),
  });
  return shape;
}

/** The columns of two queries as one's. */
export function united(left: Shape, right: Shape, byName: boolean): Shape {
  const rests = [left, right].flatMap(({ rest }) => rest ?? []);
  if (byName) {
    const of = ({ columns }: Shape, name: string) => columns.filter((each) => sameName(each.name, name));
    const names = [...left.columns, ...right.columns.filter(({ name }) => of(left, name).length === 0)];
    return resultOf(
      names.map(({ name }) => ({
        name,
        flow: combine([...[...of(left, name), ...of(right, name)].map(({ flow }) => flow), ...rests]),
      })),
      rests,
    );
  }
  // Where a side has columns that cannot be counted, any of its values may lie at any position.
  if (rests.length > 0) {
    const all = combine([whole(left), whole(right)]);
    return { columns: left.columns.map(({ name }) => ({ name, flow: all })), rest: all };
  }
  return {
    columns: left.columns.map(({ name, flow }, at) => {
      const other = right.columns[at];
      return { name, flow: other ? combine([flow, other.flow]) : flow };
    }),
  };
}

function values(fields: Fields, scope: Scope): Shape {
  const rows = list(fields.expressions).map((row) => (isFields(row) ? list(row.expressions) : []));
  const width = Math.max(0, ...rows.map((row) => row.length));
  return {
    columns: Array.from({ length: width }, (_, at) => ({
      name: `col${at}`,
      flow: combine(rows.map((row) => flowOf(row[at], scope))),
    })),
  };
}

const clauses: [clause: string, by: Deciding][] = [
  ["where_clause", "filter"],
  ["prewhere", "filter"],
  ["group_by", "group"],
  ["having", "filter"],
  ["qualify", "filter"],
  ["windows", "order"],
  ["order_by", "order"],
  ["distinct_on", "group"],
  ["limit", "filter"],
  ["offset", "filter"],
];

/** Notes what decides rows; `group by 1` means the first column. */
function decideBy(fields: Fields, scope: Scope, shape?: Shape): void {
  for (const [clause, by] of clauses) {
    if (!fields[clause]) continue;
    scope.reading.decide(deciding(flowOf(fields[clause], scope)), by);
    if (by !== "group" && by !== "order") continue;
    for (const at of positions(fields[clause])) {
      const flow = shape?.columns[at - 1]?.flow;
      if (flow) scope.reading.decide(deciding(flow), by);
    }
  }
}

function positions(clause: unknown): number[] {
  return list(isFields(clause) ? clause.expressions : undefined).flatMap((item) => {
    const found = expression(isFields(item) && "this" in item ? item.this : item);
    return found?.kind === "literal" && found.fields.literal_type === "number"
      ? [Number(found.fields.value)]
      : [];
  });
}

import { bare, expression, type Fields, isFields, list, nameOf, namesOf, path, tablePath } from "./ast.ts";
import { flowOf } from "./expression.ts";
import type { Scope, ScopeTable } from "./scope.ts";
import {
  asTable,
  combine,
  deciding,
  nothing,
  renamed,
  type Shape,
  sameName,
  unknownShape,
  whole,
} from "./shape.ts";

/** Table functions whose columns come from their arguments alone, and whether that is one column. */
const tableFunctions: Record<string, "one" | "several"> = {
  unnest: "one",
  generate_series: "one",
  range: "one",
  flatten: "several",
  generator: "several",
  json_each: "several",
  json_tree: "several",
  split_to_table: "several",
  strtok_split_to_table: "several",
};

/**
 * Puts the tables of a FROM clause and its joins into scope, in order: each sees those before it, as a
 * lateral join does. What is no table that Firn can tell is one whose columns are unknown.
 */
export function addTables(from: unknown, joins: unknown, scope: Scope): void {
  for (const item of list(isFields(from) ? from.expressions : undefined))
    scope.tables.push(...tables(item, scope));
  for (const join of list(joins)) if (isFields(join)) addJoin(join, scope);
}

function addJoin(join: Fields, scope: Scope): void {
  const before = [...scope.tables];
  const joined = tables(join.this, scope);
  scope.tables.push(...joined);
  const kind = typeof join.kind === "string" ? join.kind : "";
  scope.reading.decide(deciding(flowOf([join.on, join.match_condition], scope)), "join");
  const shared = kind.startsWith("Natural") ? columnsOfBoth(before, joined) : namesOf(join.using);
  for (const name of shared) {
    scope.reading.decide(deciding(flowOf({ column: { name: { name } } }, scope)), "join");
    for (const table of joined) table.omitted.add(name.toLowerCase());
  }
  if (/^Right(Semi|Anti)$/.test(kind)) scope.tables = joined;
  else if (/Semi|Anti/.test(kind)) scope.tables = before;
}

function columnsOfBoth(left: ScopeTable[], right: ScopeTable[]): string[] {
  const names = (tables: ScopeTable[]) =>
    tables.flatMap(({ shape }) => shape.columns.map(({ name }) => name));
  const there = names(right);
  return names(left).filter((name) => there.some((each) => sameName(each, name)));
}

function tables(item: unknown, scope: Scope): ScopeTable[] {
  const { kind, fields } = expression(bare(item)) ?? { kind: "", fields: {} };
  if (kind === "joined_table") {
    const inside: Scope = { ...scope, tables: [...scope.tables] };
    inside.tables.push(...tables(fields.left, inside));
    for (const join of list(fields.joins)) if (isFields(join)) addJoin(join, inside);
    const found = inside.tables.filter((table) => !scope.tables.includes(table));
    const alias = nameOf(fields.alias);
    if (alias === undefined) return found;
    return [
      table([alias], asTable({ columns: found.flatMap(({ shape }) => shape.columns), ...restOf(found) })),
    ];
  }
  const names = namesOf(fields.column_aliases);
  const alias = nameOf(fields.alias);
  if (kind === "alias") {
    const [only, ...others] = tables(fields.this, scope);
    const shape =
      only && others.length === 0 ? only.shape : unknownShape("it is not a table that Firn knows");
    return [table(alias === undefined ? (only?.path ?? []) : [alias], renamed(shape, names))];
  }
  const shape = renamed(shapeOf(kind, fields, scope), names);
  if (alias !== undefined) return [table([alias], shape)];
  return [table(kind === "table" ? tablePath(fields) : [nameOf(fields.name) ?? kind], shape)];
}

function table(path: string[], shape: Shape): ScopeTable {
  return { path, shape, omitted: new Set() };
}

function restOf(found: ScopeTable[]): Pick<Shape, "rest"> {
  const rests = found.flatMap(({ shape }) => shape.rest ?? []);
  return rests.length > 0 ? { rest: combine(rests) } : {};
}

function shapeOf(kind: string, fields: Fields, scope: Scope): Shape {
  switch (kind) {
    case "table": {
      const names = tablePath(fields);
      const [name = "", ...others] = names;
      const cte = others.length === 0 ? scope.ctes.get(name.toLowerCase()) : undefined;
      return cte ?? scope.reading.relation(names);
    }
    case "subquery":
    case "select":
    case "union":
    case "intersect":
    case "except":
    case "values":
      return asTable(scope.reading.query({ [kind]: fields }, scope));
    case "lateral":
      return shapeOfExpression(fields.this, scope);
    case "unnest":
    case "function":
      return calledShape(kind, fields, scope);
    case "pivot":
      return pivoted(fields, scope);
    case "unpivot":
      return unpivoted(fields, scope);
    default:
      return unknownShape(`${kind || "a part of its FROM"} is nothing that Firn follows`);
  }
}

function shapeOfExpression(node: unknown, scope: Scope): Shape {
  const found = expression(bare(node));
  return found ? shapeOf(found.kind, found.fields, scope) : unknownShape("a part of its FROM was not parsed");
}

function calledShape(kind: string, fields: Fields, scope: Scope): Shape {
  const name = kind === "unnest" ? kind : (nameOf(fields.name)?.toLowerCase() ?? "");
  const [only, ...others] = list(fields.args);
  // Snowflake's TABLE(FLATTEN(...)).
  if (name === "table" && others.length === 0) return shapeOfExpression(only, scope);
  const columns = tableFunctions[name];
  if (columns === undefined) return unknownShape(`what ${name}() gives is not known`);
  const flow = flowOf(Object.values(fields), scope);
  return columns === "one" && !fields.with_ordinality
    ? { columns: [{ name, flow }] }
    : { columns: [], rest: flow };
}

/** The columns that are neither aggregated nor spread stay; the new ones, named by values, are the rest. */
function pivoted(fields: Fields, scope: Scope): Shape {
  const inner: Scope = { ...scope, tables: tables(fields.this, scope) };
  const shape = combinedShape(inner.tables);
  if (fields.unpivot || list(fields.using).length > 0 || shape.rest)
    return { columns: [], rest: combine([whole(shape), flowOf(fields, inner)]) };
  const choices = list(fields.fields).map((each) => expression(each)?.fields);
  const by = choices.map((choice) => choice?.this);
  const used = [...columnNames(fields.expressions), ...columnNames(by)];
  // Where values found in the data name the columns, the names show them.
  const spread = combine([flowOf(by, inner), ...choices.map((choice) => flowOf(choice?.query, inner))]);
  const rest = combine([
    flowOf(fields.expressions, inner),
    choices.every(isListed) ? deciding(spread) : spread,
  ]);
  scope.reading.decide(deciding(spread), "filter");
  const kept = shape.columns.filter(({ name }) => !used.some((each) => sameName(each, name)));
  return renamed({ columns: kept, rest }, namesOf(fields.alias_columns));
}

/** True for `IN ('a', 'b' AS other)`, where the SQL itself tells the values. */
function isListed(within: Fields | undefined): boolean {
  const values = list(within?.expressions);
  return values.length > 0 && values.every(isConstant);
}

function isConstant(node: unknown): boolean {
  const { kind, fields } = expression(bare(node)) ?? { kind: "", fields: {} };
  return kind === "literal" || (["pivot_alias", "alias", "neg"].includes(kind) && isConstant(fields.this));
}

function unpivoted(fields: Fields, scope: Scope): Shape {
  const inner: Scope = { ...scope, tables: tables(fields.this, scope) };
  const shape = combinedShape(inner.tables);
  const [value, name] = [nameOf(fields.value_column), nameOf(fields.name_column)];
  const melted = columnNames(fields.columns);
  if (shape.rest || value === undefined || name === undefined)
    return { columns: [], rest: combine([whole(shape), flowOf(fields.columns, inner)]) };
  return {
    columns: [
      ...shape.columns.filter((column) => !melted.some((each) => sameName(each, column.name))),
      { name, flow: nothing },
      { name: value, flow: flowOf(fields.columns, inner) },
    ],
  };
}

function combinedShape(found: ScopeTable[]): Shape {
  return { columns: found.flatMap(({ shape }) => shape.columns), ...restOf(found) };
}

/** The last names of all columns an expression mentions. */
function columnNames(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(columnNames);
  if (!isFields(node)) return [];
  const names = path(node);
  return names ? names.slice(-1) : Object.values(node).flatMap(columnNames);
}

import { bare, expression, type Fields, isFields, list, nameOf, namesOf, path } from "./ast.ts";
import { resolve, type Scope, tablesNamed } from "./scope.ts";
import { combine, deciding, type Flow, nothing, unknownFlow, whole } from "./shape.ts";

/**
 * Where an expression's value comes from.
 *
 * Every column named anywhere in it flows into its value, whatever the functions are, unless it is one of
 * the few that show nothing of it: a count, in whatever words, EXISTS, what a window is partitioned and ordered by, the order
 * and filter of an aggregate. So a function that Firn has never heard of loses no lineage. The conditions
 * of a CASE count as values: `case when email = 'a@b.c' then 1 end` tells something of the email.
 */
export function flowOf(node: unknown, scope: Scope): Flow {
  if (Array.isArray(node)) return combine(node.map((each) => flowOf(each, scope)));
  if (!isFields(node)) return nothing;
  const flows: Flow[] = [];
  for (const key of Object.keys(node)) {
    const value = node[key];
    if (typeof value !== "object" || value === null) continue;
    const special = isFields(value) ? kinds[key]?.(value, scope) : undefined;
    const flow = special ?? flowOf(value, scope);
    flows.push(!special && deciders.has(key) ? deciding(flow) : flow);
  }
  return combine(flows);
}

/** Fields that shape a value and are not seen in it. */
const deciders = new Set(["order_by", "partition_by", "filter"]);

/** Functions that tell how many there are, and nothing of them. */
const counts = new Set(["count", "count_if", "countif", "approx_count_distinct", "approx_distinct"]);

/** Kinds of aggregates that hold all their values, in an order. */
const lists = new Set(["list_agg", "string_agg", "array_agg", "group_concat"]);

/** Functions that take lambdas, in either dialect. */
const lambdaFunctions = new Set(
  ["list_transform", "list_filter", "list_reduce", "list_apply", "array_transform", "array_filter"].concat([
    "array_reduce",
    "array_apply",
    "apply",
    "transform",
    "filter",
    "reduce",
    "columns",
  ]),
);

/**
 * The kinds that are not the sum of their parts. Each gives undefined for fields that are not its own: a
 * kind's name may also be the name of another kind's field.
 */
const kinds: Record<string, (fields: Fields, scope: Scope) => Flow | undefined> = {
  column: (fields, scope) => {
    const names = path({ column: fields });
    return names && resolve(names, scope);
  },
  dot: (fields, scope) => {
    const names = path({ dot: fields });
    return names && resolve(names, scope);
  },
  star: (fields, scope) => {
    if (!("except" in fields)) return undefined;
    const table = nameOf(fields.table);
    const tables = table === undefined ? scope.tables : tablesNamed([table], scope.tables);
    if (table !== undefined && tables.length === 0) return resolve([table], scope);
    return combine(tables.map(({ shape }) => whole(shape)));
  },
  function: called,
  aggregate_function: called,
  sum: (fields, scope) => (isCount(fields.this) ? counted(fields, scope) : undefined),
  count: counted,
  count_if: counted,
  approx_count_distinct: counted,
  approx_distinct: counted,
  filter: ({ this: value, expression: condition }, scope) =>
    value === undefined ? undefined : combine([flowOf(value, scope), deciding(flowOf(condition, scope))]),
  exists: ({ this: query }, scope) =>
    query === undefined ? undefined : deciding(whole(scope.reading.query(query, scope))),
  select: (fields, scope) => queried({ select: fields }, "expressions" in fields, scope),
  union: (fields, scope) => queried({ union: fields }, "left" in fields, scope),
  intersect: (fields, scope) => queried({ intersect: fields }, "left" in fields, scope),
  except: (fields, scope) => queried({ except: fields }, "left" in fields, scope),
  subquery: (fields, scope) => queried({ subquery: fields }, "this" in fields, scope),
  // `profile -> 0` is a step into JSON, unless a function that takes lambdas has it: see `called`.
  lambda: ({ parameters, body, colon }, scope) => {
    if (!Array.isArray(parameters)) return undefined;
    if (colon === true) return lambda({ parameters, body }, scope);
    return combine([...namesOf(parameters).map((name) => resolve([name], scope)), flowOf(body, scope)]);
  },
  method_call: called,
  // What a percentile or a mode is ordered by is its value; what a list is ordered by is not.
  within_group: ({ this: aggregate, order_by }, scope) => {
    if (aggregate === undefined) return undefined;
    const order = flowOf(order_by, scope);
    const listed = lists.has(expression(aggregate)?.kind ?? "");
    return combine([flowOf(aggregate, scope), listed ? deciding(order) : order]);
  },
  comprehension: ({ this: value, expression: variable, iterator, condition }, scope) => {
    if (iterator === undefined) return undefined;
    const each = flowOf(iterator, scope);
    const inside = bound(path(variable) ?? [], each, scope);
    return combine([each, flowOf(value, inside), flowOf(condition, inside)]);
  },
  // A word that may be a keyword (a date's part) or a column, as the function has it.
  var: ({ this: word }, scope) => (typeof word === "string" ? ifColumn(word, scope) : undefined),
  identifier: ({ name }, scope) => (typeof name === "string" ? ifColumn(name, scope) : undefined),
  raw: () => unknownFlow("a part of its SQL was not parsed"),
  command: () => unknownFlow("a part of its SQL was not parsed"),
};

function called(fields: Fields, scope: Scope): Flow | undefined {
  const name = nameOf(fields.name ?? fields.method)?.toLowerCase();
  if (name === undefined) return undefined;
  if (counts.has(name)) return counted(fields, scope);
  // DuckDB's COLUMNS() picks columns by a pattern or a lambda: any of them may be among those.
  if (name === "columns") return combine(scope.tables.map(({ shape }) => whole(shape)));
  if (!lambdaFunctions.has(name)) return undefined;
  const given = list(fields.args).map((each) => {
    const found = expression(each);
    return found?.kind === "lambda" ? lambda(found.fields, scope) : flowOf(each, scope);
  });
  return combine([...given, flowOf(fields.this, scope)]);
}

/** What a lambda gives beside what the list it runs over holds: its parameters hide columns of their names. */
function lambda({ parameters, body }: Fields, scope: Scope): Flow {
  return flowOf(body, bound(namesOf(parameters), nothing, scope));
}

function counted(fields: Fields, scope: Scope): Flow | undefined {
  const counts = "this" in fields || "args" in fields;
  return counts ? deciding(combine(Object.values(fields).map((each) => flowOf(each, scope)))) : undefined;
}

/** True for `sum(case when ... then 1 else 0 end)`, which counts in every dialect. */
function isCount(summed: unknown): boolean {
  const { kind, fields } = expression(bare(summed)) ?? { kind: "", fields: {} };
  const results =
    kind === "case"
      ? [...list(fields.whens).map((when) => list(when)[1]), fields.else_]
      : kind === "if_func"
        ? [fields.true_value, fields.false_value]
        : [undefined];
  return results.every((result) => {
    const literal = expression(bare(result));
    const isNull = result === null || (isFields(result) && "null" in result);
    return isNull || ["0", "1"].includes(String(literal?.fields.value));
  });
}

function queried(query: Fields, isOne: boolean, scope: Scope): Flow | undefined {
  return isOne ? whole(scope.reading.query(query, scope)) : undefined;
}

function ifColumn(word: string, scope: Scope): Flow {
  const flow = resolve([word], scope);
  return flow.values.size > 0 || flow.decides.size > 0 ? flow : nothing;
}

function bound(names: string[], flow: Flow, scope: Scope): Scope {
  const locals = new Map(scope.locals);
  for (const name of names) locals.set(name.toLowerCase(), flow);
  return { ...scope, locals };
}

/** True where the expression stands for columns of unknown names: it holds COLUMNS(), or unpacks structs. */
export function picksColumns(node: unknown): boolean {
  if (Array.isArray(node)) return node.some(picksColumns);
  if (!isFields(node)) return false;
  const { kind, fields } = expression(node) ?? { kind: "", fields: {} };
  if (kind === "select") return false;
  const name =
    kind === "function" ? nameOf(fields.name) : kind === "method_call" ? nameOf(fields.method) : "";
  if (name?.toLowerCase() === "columns") return true;
  if (name?.toLowerCase() === "unnest" && list(fields.args).length > 1) return true;
  return Object.values(node).some(picksColumns);
}

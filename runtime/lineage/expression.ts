import { bare, expression, type Fields, isFields, list, nameOf, path } from "./ast.ts";
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
  lambda: ({ parameters, body }, scope) => {
    if (!Array.isArray(parameters)) return undefined;
    return flowOf(
      body,
      bound(
        list(parameters).flatMap((each) => nameOf(each) ?? []),
        nothing,
        scope,
      ),
    );
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
  const name = nameOf(fields.name)?.toLowerCase();
  if (name === undefined) return undefined;
  if (counts.has(name)) return counted(fields, scope);
  // DuckDB's COLUMNS() picks columns by a pattern or a lambda: any of them may be among those.
  return name === "columns" ? combine(scope.tables.map(({ shape }) => whole(shape))) : undefined;
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

/** True where the expression is, or holds, DuckDB's COLUMNS(): it stands for columns of unknown names. */
export function picksColumns(node: unknown): boolean {
  if (Array.isArray(node)) return node.some(picksColumns);
  if (!isFields(node)) return false;
  const found = expression(node);
  if (found?.kind === "select") return false;
  if (found?.kind === "function" && nameOf(found.fields.name)?.toLowerCase() === "columns") return true;
  return Object.values(node).some(picksColumns);
}

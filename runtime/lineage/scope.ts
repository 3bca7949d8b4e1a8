import { columnOf, combine, type Flow, type Shape, sameName, unknownFlow, whole } from "./shape.ts";

/** How a column decides which rows there are, without being shown. */
export type Deciding = "join" | "filter" | "group" | "order" | "set";

/** What a query needs of its surroundings while it is read. */
export interface Reading {
  /** The shape of a table by its names, outermost first. */
  relation(path: string[]): Shape;
  /** Notes that a value decides rows of the whole. */
  decide(flow: Flow, by: Deciding): void;
  /** The shape of a query within this one. */
  query(node: unknown, scope: Scope): Shape;
}

/** A table of a FROM clause. */
export interface ScopeTable {
  /** What it is called here, outermost first: ["lake", "silver", "orders"], or ["o"] by its alias. */
  path: string[];
  shape: Shape;
  /** Columns that `*` leaves out, lower case: a join by USING shows them once. */
  omitted: Set<string>;
}

/** What names mean at a place of a query. */
export interface Scope {
  reading: Reading;
  tables: ScopeTable[];
  /** Earlier columns of the same SELECT, by their names in lower case. */
  aliases: Map<string, Flow>;
  /** Parameters of lambdas and comprehensions, which hide columns. */
  locals: Map<string, Flow>;
  ctes: Map<string, Shape>;
  /** The query around this one, whose columns a correlated subquery may use. */
  outer?: Scope;
}

/** A query's own scope within another. */
export function within(outer: Scope): Scope {
  return { ...emptyScope(outer.reading), ctes: new Map(outer.ctes), outer };
}

export function emptyScope(reading: Reading): Scope {
  return { reading, tables: [], aliases: new Map(), locals: new Map(), ctes: new Map() };
}

/**
 * The value of `a.b.c`: a column, a field within one, or a whole row by its table's name.
 *
 * A table's column goes before an alias of the SELECT, which goes before a column of the outer query, as in
 * DuckDB and Snowflake. Where two tables have it, both flow in. What is not found is unknown, never nothing.
 */
export function resolve(path: string[], scope: Scope): Flow {
  return find(path, scope) ?? unknownFlow(`no column ${path.join(".")} is known there`);
}

function find(path: string[], scope: Scope): Flow | undefined {
  const [first = ""] = path;
  const local = scope.locals.get(first.toLowerCase());
  if (local) return local;
  const certain = ofTable(path, scope.tables) ?? ofColumns(first, scope.tables);
  if (certain) return certain;
  const possible = scope.tables.flatMap(({ shape }) => shape.rest ?? []);
  const otherwise =
    scope.aliases.get(first.toLowerCase()) ??
    (path.length === 1 ? row(first, scope.tables) : undefined) ??
    (scope.outer && find(path, scope.outer));
  const found = otherwise ? [...possible, otherwise] : possible;
  return found.length > 0 ? combine(found) : undefined;
}

/** `orders.id`, `silver.orders.id.field`: the longest name of a table that fits goes first. */
function ofTable(path: string[], tables: ScopeTable[]): Flow | undefined {
  for (let length = Math.min(path.length - 1, 3); length >= 1; length--) {
    const column = path[length] ?? "";
    const fitting = tablesNamed(path.slice(0, length), tables);
    const flows = fitting.flatMap(({ shape }) => columnOf(shape, column) ?? []);
    if (flows.length > 0) return combine(flows);
  }
  return undefined;
}

function ofColumns(name: string, tables: ScopeTable[]): Flow | undefined {
  const having = tables.filter(({ shape }) => shape.columns.some((column) => sameName(column.name, name)));
  return having.length > 0 ? combine(having.flatMap(({ shape }) => columnOf(shape, name) ?? [])) : undefined;
}

/** A table's row as one value: `select o from orders o`. */
function row(name: string, tables: ScopeTable[]): Flow | undefined {
  const named = tablesNamed([name], tables);
  return named.length > 0 ? combine(named.map(({ shape }) => whole(shape))) : undefined;
}

/** The tables that a qualifier such as `o` or `silver.orders` means. */
export function tablesNamed(path: string[], tables: ScopeTable[]): ScopeTable[] {
  return tables.filter((table) => endsWith(table.path, path));
}

/** True where the shorter path is the end of the longer: `orders` of `lake.silver.orders`. */
export function endsWith(longer: readonly string[], path: readonly string[]): boolean {
  const from = longer.length - path.length;
  return from >= 0 && path.every((each, at) => sameName(each, longer[from + at] ?? ""));
}

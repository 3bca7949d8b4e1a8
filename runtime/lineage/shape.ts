/** What a query gives, column by column, and where each value comes from: the algebra of lineage. */

/** A column of a source or of a node of the project. Within one plan each column is one object. */
export interface ColumnRef {
  /** The source's or node's id. */
  of: string;
  column: string;
}

/** How a value comes about. */
export interface Flow {
  /** Columns whose value is, or can be seen in, this one. */
  values: ReadonlySet<ColumnRef>;
  /** Columns that shape it and are not seen in it: what is counted, a window's order, an aggregate's filter. */
  decides: ReadonlySet<ColumnRef>;
  /** Why it cannot be told what else flows in; undefined where all of it is known. */
  unknown?: string;
}

export interface ShapeColumn {
  name: string;
  flow: Flow;
}

/** The columns of a table, subquery or query, in order. */
export interface Shape {
  columns: ShapeColumn[];
  /** Set where there are more columns, of names that cannot be told: what flows into any of them. */
  rest?: Flow;
}

const none: ReadonlySet<ColumnRef> = new Set();

/** The flow of a constant. */
export const nothing: Flow = { values: none, decides: none };

export function unknownFlow(why: string): Flow {
  return { ...nothing, unknown: why };
}

/** A table of which nothing is known: any column of it is unknown. */
export function unknownShape(why: string): Shape {
  return { columns: [], rest: unknownFlow(why) };
}

/** One value made of several. */
export function combine(flows: Iterable<Flow>): Flow {
  const [first, ...others] = [...flows].filter((flow) => flow !== nothing);
  if (!first) return nothing;
  if (others.length === 0) return first;
  const values = new Set(first.values);
  const decides = new Set(first.decides);
  let { unknown } = first;
  for (const flow of others) {
    for (const ref of flow.values) values.add(ref);
    for (const ref of flow.decides) decides.add(ref);
    unknown ??= flow.unknown;
  }
  return unknown === undefined ? { values, decides } : { values, decides, unknown };
}

/** A value that only shapes another, such as what is counted: it is not seen there, known or not. */
export function deciding({ values, decides }: Flow): Flow {
  return { values: none, decides: values.size === 0 ? decides : new Set([...values, ...decides]) };
}

/** A shape of known columns and, where there are any, of others. */
export function resultOf(columns: ShapeColumn[], rests: Flow[]): Shape {
  return rests.length > 0 ? { columns, rest: combine(rests) } : { columns };
}

/** All that a shape holds as one value: a row, an EXISTS, a list of it. */
export function whole({ columns, rest }: Shape): Flow {
  return combine([...columns.map(({ flow }) => flow), ...(rest ? [rest] : [])]);
}

/** Names are compared without case: DuckDB never tells them apart, Snowflake only where they are quoted. */
export function sameName(a: string, b: string): boolean {
  return a === b || (a.length === b.length && a.toLowerCase() === b.toLowerCase());
}

/**
 * The value of a column by its name; undefined where the shape certainly has none.
 *
 * Where one name stands twice, both flow in.
 */
export function columnOf({ columns, rest }: Shape, name: string): Flow | undefined {
  const found = columns.filter((column) => sameName(column.name, name));
  if (found.length > 0) return combine(found.map(({ flow }) => flow));
  return rest;
}

/** The shape under other names, by position: `t(a, b)`. */
export function renamed(shape: Shape, names: readonly string[]): Shape {
  if (names.length === 0) return shape;
  const { columns, rest } = shape;
  if (rest) return { columns: names.map((name) => ({ name, flow: whole(shape) })), rest };
  return { columns: columns.map(({ name, flow }, at) => ({ name: names[at] ?? name, flow })) };
}

/** A query as a table: of equal names the later ones become `id_1`, `id_2`, as DuckDB names them. */
export function asTable({ columns, rest }: Shape): Shape {
  const taken = new Set<string>();
  const named = columns.map(({ name, flow }) => {
    let free = name;
    for (let n = 1; taken.has(free.toLowerCase()); n++) free = `${name}_${n}`;
    taken.add(free.toLowerCase());
    return { name: free, flow };
  });
  return rest ? { columns: named, rest } : { columns: named };
}

/** Rounds after which a query that reads itself is given up: a value may walk through as many columns. */
const roundsMax = 100;

/** The shape of what is built from itself: a recursive CTE, or a model that reads its own table. */
export function settled(seed: Shape, step: (known: Shape) => Shape): Shape {
  let known = seed;
  for (let round = 0; round < roundsMax; round++) {
    const next = step(known);
    if (size(next) === size(known)) return next;
    known = next;
  }
  return unknownShape("it is built from itself in more ways than Firn follows");
}

function size(shape: Shape): string {
  const flows = [...shape.columns.map(({ flow }) => flow), ...(shape.rest ? [shape.rest] : [])];
  return flows.map((flow) => `${flow.values.size} ${flow.decides.size} ${flow.unknown ?? ""}`).join();
}

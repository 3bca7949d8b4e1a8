import { type ColumnRef, columnKey, type Lineage } from "./graph.ts";

/** A table, or one column of it. */
export interface Point {
  of: string;
  column?: string;
}

/**
 * How one point depends on another. `value`: it is made of it. `shapes`: it is counted or ordered by it.
 * `rows`: the column decides which rows the table has. `unknown`: it may be made of any column of that table.
 * `reads`: one table reads the other.
 */
export type EdgeKind = "value" | "shapes" | "rows" | "unknown" | "reads";

/** From what is read to what is made of it. */
export interface Edge {
  from: Point;
  to: Point;
  kind: EdgeKind;
}

/** Lineage as nodes and edges, for other tools. */
export interface Graph {
  tables: { id: string; label: string; kind: "source" | "node"; columns: string[] }[];
  edges: Edge[];
}

export function graphOf(lineage: Lineage): Graph {
  const table =
    (kind: "source" | "node") => (each: Lineage["sources"][number] | Lineage["nodes"][number]) => ({
      id: each.id,
      label: each.label,
      kind,
      columns: each.columns.map(({ name }) => name),
    });
  const edges = lineage.nodes.flatMap(({ id, columns, reads, decidedBy }): Edge[] => [
    ...reads.map((from): Edge => ({ from: { of: from }, to: { of: id }, kind: "reads" })),
    ...decidedBy.map(({ of, column }): Edge => ({ from: { of, column }, to: { of: id }, kind: "rows" })),
    ...columns.flatMap(({ name, from, shapedBy, unknown }): Edge[] => {
      const to = { of: id, column: name };
      const possible = unknown === undefined ? [] : reads;
      return [
        ...from.map((ref): Edge => ({ from: ref, to, kind: "value" })),
        ...shapedBy.map((ref): Edge => ({ from: ref, to, kind: "shapes" })),
        ...possible.map((of): Edge => ({ from: { of }, to, kind: "unknown" })),
      ];
    }),
  ]);
  return { tables: [...lineage.sources.map(table("source")), ...lineage.nodes.map(table("node"))], edges };
}

export interface Question {
  of: Point;
  /** `up`: what it is made of. `down`: what changes if it does. */
  direction: "up" | "down";
  /** How many steps to go, each from one table to the next; default: to the end. */
  depth?: number;
}

/** A point that was reached, with the fewest steps to it and how the last of them depends on the one before. */
export interface Reached extends Point {
  depth: number;
  by: EdgeKind;
}

/**
 * What a table or column is made of, or what depends on it, nearest first, without itself.
 *
 * Up from a column go its values, what shapes them, and whole tables where it is unknown. Down from a
 * column also go the tables whose rows it decides, and all that reads those.
 */
export function trace(
  lineage: Lineage,
  { of, direction, depth = Infinity }: Question,
): { reached: Reached[]; edges: Edge[] } {
  const { edges } = graphOf(lineage);
  const reached = new Map<string, Reached>([[pointKey(of), { ...of, depth: 0, by: "value" }]]);
  const used = new Set<Edge>();
  const by = grouped(edges, direction);
  // Points found on the way are added behind, so that this walks in steps.
  for (const point of reached.values()) {
    if (point.depth >= depth) continue;
    for (const edge of leaving(point, by)) {
      used.add(edge);
      const next = direction === "up" ? edge.from : edge.to;
      const key = pointKey(next);
      if (!reached.has(key)) reached.set(key, { ...next, depth: point.depth + 1, by: edge.kind });
    }
  }
  return { reached: [...reached.values()].slice(1), edges: [...used] };

  function leaving(point: Point, by: Map<string, Edge[]>): Edge[] {
    const own = by.get(pointKey(point)) ?? [];
    if (point.column === undefined) return own.filter(({ kind }) => kind === "reads");
    // A column whose lineage is unknown may be made of any column of the tables its node reads.
    const possible = direction === "down" ? (by.get(pointKey({ of: point.of })) ?? []) : [];
    return [...own, ...possible.filter(({ kind }) => kind === "unknown")];
  }
}

function grouped(edges: Edge[], direction: "up" | "down"): Map<string, Edge[]> {
  const by = new Map<string, Edge[]>();
  for (const edge of edges) {
    const key = pointKey(direction === "up" ? edge.to : edge.from);
    by.set(key, [...(by.get(key) ?? []), edge]);
  }
  return by;
}

/**
 * The table or column a name means: `stg_orders`, `stg_orders.id`, `silver.orders.id`, or with a node's id.
 * Undefined where there is none; several where the name fits several.
 */
export function pointsNamed(lineage: Lineage, name: string): Point[] {
  const wanted = name.toLowerCase();
  const fits = (path: string, end: string) => end === path || end.endsWith(`.${path}`);
  return [...lineage.sources, ...lineage.nodes].flatMap(({ id, label, relation, columns }) => {
    const names = [id, label, `${relation.schema}.${relation.identifier}`].map((each) => each.toLowerCase());
    if (names.some((each) => fits(wanted, each))) return [{ of: id }];
    return columns.flatMap(({ name: column }) => {
      const end = `.${column.toLowerCase()}`;
      const table = wanted.endsWith(end) ? wanted.slice(0, -end.length) : undefined;
      return table !== undefined && names.some((each) => fits(table, each)) ? [{ of: id, column }] : [];
    });
  });
}

function pointKey({ of, column }: Point): string {
  return column === undefined ? of : columnKey({ of, column } satisfies ColumnRef);
}

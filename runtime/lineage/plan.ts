import { tablesIn } from "./ast.ts";
import {
  type ColumnLineage,
  type Lineage,
  type NodeLineage,
  otherColumns,
  type Relation,
  type SourceTable,
} from "./graph.ts";
import { type LineageDialect, openParser, type Parsed } from "./parser.ts";
import { shapeOfQuery, united } from "./query.ts";
import { type Deciding, emptyScope, endsWith } from "./scope.ts";
import {
  asTable,
  type ColumnRef,
  type Flow,
  nothing,
  type Shape,
  sameName,
  settled,
  unknownShape,
} from "./shape.ts";

export interface LineageInput {
  nodes: {
    id: string;
    relation: Relation;
    /** One SELECT as it runs, ephemeral models inlined as CTEs. */
    sql: string;
    /** Its SELECT when it is run incrementally, where that is another: what flows in by either flows in. */
    incrementalSql?: string;
    /** Columns that are declared: those that its SQL does not tell by name are still told, with what may flow in. */
    columns?: string[];
  }[];
  sources: { relation: Relation; columns: SourceTable["columns"] }[];
  dialect: LineageDialect;
}

type Node = LineageInput["nodes"][number];

interface Known {
  id: string;
  path: string[];
  /** Its columns as others read them; undefined for a node that has not been planned. */
  shape?: Shape;
}

interface Tables {
  byId: Map<string, Known>;
  /** By the last of their names, in lower case. */
  byName: Map<string, Known[]>;
}

function indexed(tables: Known[]): Tables {
  const byName = Map.groupBy(tables, ({ path }) => path.at(-1)?.toLowerCase() ?? "");
  return { byId: new Map(tables.map((each) => [each.id, each])), byName };
}

/**
 * Tells for every column of every node which columns of its sources and of other nodes flow into it.
 *
 * `select *` is followed through the columns of what it reads. What cannot be followed is `unknown`, never
 * left out. A node reads others' columns, not through them: the graph has one edge per step.
 */
export async function planLineage({ nodes, sources, dialect }: LineageInput): Promise<Lineage> {
  const parse = await openParser(dialect);
  const tables = sources.map((source) => sourceTable(source));
  const known = indexed([
    ...tables.map((table) => ({
      id: table.id,
      path: pathOf(table.relation),
      shape: leaves(
        table.id,
        table.columns.map(({ name }) => name),
      ),
    })),
    ...nodes.map(({ id, relation }) => ({ id, path: pathOf(relation) })),
  ]);
  const planned = inOrder(nodes, known, parse).map((node) => planNode(node, known, parse));
  return { sources: tables, nodes: planned };
}

/** Plans one node and makes its columns known to those after it. */
function planNode(node: Node, known: Tables, parse: (sql: string) => Parsed): NodeLineage {
  const reads = new Set<string>();
  const strangers = new Set<string>();
  const decided = new Map<ColumnRef, Set<Deciding>>();
  const shape = withDeclared(read(), node);
  const columns = [...shape.columns, ...(shape.rest ? [{ name: otherColumns, flow: shape.rest }] : [])];
  if (columns.some(({ flow }) => flow.unknown !== undefined))
    for (const id of mentioned(node, known)) reads.add(id);
  const own = known.byId.get(node.id);
  if (own) {
    own.shape = leaves(
      node.id,
      shape.columns.map(({ name }) => name),
      shape.rest !== undefined,
    );
  }
  return {
    id: node.id,
    label: node.relation.identifier,
    relation: node.relation,
    columns: columns.map(({ name, flow }) => columnLineage(name, flow)),
    reads: [...reads],
    strangers: [...strangers],
    decidedBy: [...decided].map(([ref, by]) => ({ ...ref, by: [...by] })),
  };

  /** A model that reads its own table is read again until no more flows into it. */
  function read(): Shape {
    let readsSelf = false;
    const first = once(() => {
      readsSelf = true;
      return { columns: [], rest: nothing };
    });
    return readsSelf ? settled({ columns: first.columns }, (known) => once(() => known)) : first;
  }

  function once(self: () => Shape): Shape {
    const scope = emptyScope({
      query: shapeOfQuery,
      relation: (path) => relation(path, self),
      decide: ({ decides }, by) => {
        for (const ref of decides) decided.set(ref, (decided.get(ref) ?? new Set()).add(by));
      },
    });
    const shapes = textsOf(node).map((sql) => {
      const parsed = parse(sql);
      return "tree" in parsed ? asTable(shapeOfQuery(parsed.tree, scope)) : unknownShape(parsed.unknown);
    });
    return shapes.reduce((one, other) => united(one, other, true));
  }

  function relation(path: string[], self: () => Shape): Shape {
    const found = fitting(path, known);
    if (found.length === 1 && found[0]?.id === node.id) return self();
    for (const { id } of found) reads.add(id);
    if (found.length === 0) strangers.add(path.join("."));
    const [only, ...others] = found;
    if (!only) return unknownShape(`${path.join(".")} is no source and no model that Firn knows`);
    if (others.length > 0) return unknownShape(`${path.join(".")} may be several tables`);
    return only.shape ?? unknownShape(`${path.join(".")} is built from ${node.relation.identifier} itself`);
  }
}

function textsOf({ sql, incrementalSql }: Node): string[] {
  return incrementalSql === undefined || incrementalSql === sql ? [sql] : [sql, incrementalSql];
}

/** Columns that are declared and that the SQL does not name are told with what may flow into them. */
function withDeclared(shape: Shape, { columns: declared = [] }: Node): Shape {
  const { columns, rest } = shape;
  if (!rest) return shape;
  const hidden = declared.filter((wanted) => !columns.some(({ name }) => sameName(name, wanted)));
  return { columns: [...columns, ...hidden.map((name) => ({ name, flow: rest }))], rest };
}

function columnLineage(name: string, { values, decides, unknown }: Flow): ColumnLineage {
  const shapedBy = [...decides].filter((ref) => !values.has(ref));
  const lineage = { name, from: [...values], shapedBy };
  return unknown === undefined ? lineage : { ...lineage, unknown };
}

/** A table's columns as those who read it see them: each flows from itself. */
function leaves(id: string, names: string[], andOthers = false): Shape {
  const leaf = (column: string): Flow => ({ values: new Set([{ of: id, column }]), decides: new Set() });
  const columns = names.map((name) => ({ name, flow: leaf(name) }));
  return andOthers ? { columns, rest: leaf(otherColumns) } : { columns };
}

/** Each node after those it reads; nodes that read each other come last, and see each other as unknown. */
function inOrder(nodes: Node[], known: Tables, parse: (sql: string) => Parsed): Node[] {
  const waiting = new Map(
    nodes.map((node) => {
      const paths = textsOf(node).flatMap((sql) => {
        const parsed = parse(sql);
        return "tree" in parsed ? tablesIn(parsed.tree) : [];
      });
      const read = paths.flatMap((path) => fitting(path, known)).filter(({ shape }) => !shape);
      return [node.id, read.map(({ id }) => id).filter((id) => id !== node.id)];
    }),
  );
  const ordered: Node[] = [];
  for (let left = nodes; left.length > 0; ) {
    const ready = left.filter(({ id }) => waiting.get(id)?.every((each) => !waiting.has(each)));
    const next = ready.length > 0 ? ready : left;
    ordered.push(...next);
    for (const { id } of next) waiting.delete(id);
    left = left.filter((node) => !next.includes(node));
  }
  return ordered;
}

/** The tables that a reference may mean; a name left out on either side fits any. */
function fitting(path: string[], known: Tables): Known[] {
  const named = known.byName.get(path.at(-1)?.toLowerCase() ?? "") ?? [];
  return named.filter((each) => endsWith(each.path, path) || endsWith(path, each.path));
}

/** Tables whose name stands anywhere in the text: what may flow in where the SQL cannot be followed. */
function mentioned(node: Node, known: Tables): string[] {
  const text = textsOf(node).join("\n").toLowerCase();
  return [...known.byId.values()].flatMap((each) =>
    each.id !== node.id && text.includes(each.path.at(-1)?.toLowerCase() ?? "") ? [each.id] : [],
  );
}

function sourceTable({ relation, columns }: LineageInput["sources"][number]): SourceTable {
  const id = pathOf(relation).join(".");
  return { id, label: `${relation.schema}.${relation.identifier}`, relation, columns };
}

function pathOf({ database, schema, identifier }: Relation): string[] {
  return database === undefined ? [schema, identifier] : [database, schema, identifier];
}

import { FirnError } from "#core/errors";
import { type ColumnRef, columnKey, type Lineage, labeller, otherColumns } from "./graph.ts";

/** Columns that models declare as PII in their YAML, by the node's id. */
export type DeclaredPii = ReadonlyMap<string, ReadonlySet<string>>;

/** A node's column that holds PII, and how it came there. */
export interface PiiColumn extends ColumnRef {
  /** From the column that is declared to be PII to this one; each flows into the next. */
  path: ColumnRef[];
  /** Why its lineage is not known: it counts as PII because a column its node reads is. */
  unknown?: string;
}

/**
 * The columns of each node that hold PII, by the node's id; a node without any has no entry.
 *
 * A column holds PII if PII flows into its value by whatever expression: a hash of an email is one, too. A
 * column whose lineage is unknown holds PII if anything its node reads does. Counts end it, and so does
 * use in a join or filter alone. What a model declares as PII is followed from there on like a source's.
 */
export function piiOf(lineage: Lineage, declared: DeclaredPii = new Map()): Map<string, PiiColumn[]> {
  const pii = new Map<string, PiiColumn>();
  /** Any one column with PII, by table: the path of what is unknown. */
  const anyOf = new Map<string, PiiColumn>();
  const add = (column: PiiColumn): void => {
    pii.set(columnKey(column), column);
    if (!anyOf.has(column.of)) anyOf.set(column.of, column);
  };
  for (const { id, columns } of lineage.sources)
    for (const column of columns)
      if (column.pii) add({ of: id, column: column.name, path: [{ of: id, column: column.name }] });

  // Nodes stand in order, so one round finds all but what nodes that read each other pass around.
  for (let before = -1; before < pii.size; ) {
    before = pii.size;
    for (const { id, columns, reads } of lineage.nodes) {
      const names = new Set([...(declared.get(id) ?? [])].map((name) => name.toLowerCase()));
      for (const { name, from, unknown } of columns) {
        const self = { of: id, column: name };
        if (pii.has(columnKey(self))) continue;
        const via = shortest(from.flatMap((ref) => pii.get(columnKey(ref)) ?? []));
        const guess =
          unknown === undefined ? undefined : shortest(reads.flatMap((table) => anyOf.get(table) ?? []));
        if (via) add({ ...self, path: [...via.path, self] });
        else if (guess && unknown !== undefined) add({ ...self, path: [...guess.path, self], unknown });
        else if (names.has(name.toLowerCase())) add({ ...self, path: [self] });
      }
    }
  }

  const found = lineage.nodes.map(({ id, columns }): [string, PiiColumn[]] => [
    id,
    columns.flatMap(({ name }) => pii.get(columnKey({ of: id, column: name })) ?? []),
  ]);
  return new Map(found.filter(([, columns]) => columns.length > 0));
}

function shortest(columns: PiiColumn[]): PiiColumn | undefined {
  return columns.reduce<PiiColumn | undefined>(
    (best, each) => (best && best.path.length <= each.path.length ? best : each),
    undefined,
  );
}

/** The columns of nodes that hold PII and are not declared to. */
export function undeclaredPii(lineage: Lineage, declared: DeclaredPii): PiiColumn[] {
  return [...piiOf(lineage, declared)].flatMap(([id, columns]) => {
    const names = new Set([...(declared.get(id) ?? [])].map((name) => name.toLowerCase()));
    return columns.filter(({ column }) => !names.has(column.toLowerCase()));
  });
}

/**
 * Refuses a project in which PII flows into a column that is not declared to hold it.
 *
 * @throws {FirnError} `model.pii_undeclared` with every such column and the way its PII takes
 */
export function refuseUndeclaredPii(lineage: Lineage, declared: DeclaredPii): void {
  const found = undeclaredPii(lineage, declared);
  if (found.length === 0) return;
  const label = labeller(lineage);
  const told = found.map(({ column, path, unknown }) => {
    const way = path.map(label).join(" -> ");
    if (column === otherColumns)
      return `${way}: columns that its SQL does not name${unknown ? ` (${unknown})` : ""}; name them in its last SELECT`;
    return unknown === undefined ? way : `${way}: may hold it, since it cannot be told (${unknown})`;
  });
  throw new FirnError("model.pii_undeclared", {
    what: `PII flows into ${found.length === 1 ? "a column that is" : `${found.length} columns that are`} not declared as PII:\n  - ${told.join("\n  - ")}\n`,
    why: "What is declared decides who may read a column and how it is masked, so PII under another name would be shown in clear.",
    fix: "Declare `meta: {pii: true}` on the column in its model's YAML, or leave the column out; a count of it is no PII.",
  });
}

import { type ColumnRef, type Deciding, type Lineage, otherColumns, type Relation } from "./graph.ts";

interface InputField {
  namespace: string;
  name: string;
  field: string;
  transformations: { type: "DIRECT" | "INDIRECT"; subtype?: string }[];
}

/** OpenLineage's facet of an output dataset. @see https://openlineage.io/docs/spec/facets/dataset-facets/column_lineage_facet */
export interface ColumnLineageFacet {
  _producer: string;
  _schemaURL: string;
  fields: Record<string, { inputFields: InputField[] }>;
  /** Columns that decide the rows of the whole. */
  dataset: InputField[];
}

const subtypes: Record<Deciding, string> = {
  join: "JOIN",
  filter: "FILTER",
  group: "GROUP_BY",
  order: "SORT",
  set: "FILTER",
};

/** The facet of one node; a node that the lineage does not hold has none. Columns without a name are left out. */
export function columnLineageFacet(
  lineage: Lineage,
  id: string,
  { namespace, producer }: { namespace: string; producer: string },
): ColumnLineageFacet | undefined {
  const node = lineage.nodes.find((each) => each.id === id);
  if (!node) return undefined;
  const relations = new Map([...lineage.sources, ...lineage.nodes].map((each) => [each.id, each.relation]));
  return {
    _producer: producer,
    _schemaURL: "https://openlineage.io/spec/facets/1-2-0/ColumnLineageDatasetFacet.json",
    fields: Object.fromEntries(
      node.columns
        .filter(({ name }) => name !== otherColumns)
        .map(({ name, from, shapedBy }) => [
          name,
          {
            inputFields: [
              ...from.map((ref) => field(ref, { type: "DIRECT" })),
              ...shapedBy.map((ref) => field(ref, { type: "INDIRECT" })),
            ],
          },
        ]),
    ),
    dataset: node.decidedBy.flatMap((ref) =>
      ref.by.map((by) => field(ref, { type: "INDIRECT", subtype: subtypes[by] })),
    ),
  };

  function field({ of, column }: ColumnRef, how: InputField["transformations"][number]): InputField {
    return { namespace, name: nameIn(relations.get(of)) ?? of, field: column, transformations: [how] };
  }
}

function nameIn(relation: Relation | undefined): string | undefined {
  if (!relation) return undefined;
  const { database, schema, identifier } = relation;
  return database === undefined ? `${schema}.${identifier}` : `${database}.${schema}.${identifier}`;
}

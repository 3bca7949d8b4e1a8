import type { Lineage } from "#lineage/graph";
import { type LineageInput, planLineage } from "#lineage/plan";

/** Two silver tables: the learners' email, name and profile are PII, and nothing of the orders is. */
export const sources: LineageInput["sources"] = [
  {
    relation: { database: "lake", schema: "silver", identifier: "learners" },
    columns: [
      { name: "id", type: "integer" },
      { name: "email", type: "text", pii: true },
      { name: "name", type: "text", pii: true },
      { name: "country", type: "text" },
      { name: "profile", type: "json", pii: true },
    ],
  },
  {
    relation: { database: "lake", schema: "silver", identifier: "orders" },
    columns: ["id", "learner_id", "amount", "placed_at", "note"].map((name) => ({ name })),
  },
];

export type ModelInput = { name: string; sql: string } & Pick<
  LineageInput["nodes"][number],
  "columns" | "incrementalSql"
>;

/** Plans models of the schema gold, by name and SQL; `learners` and `orders` stand for the silver tables. */
export function planModels(
  models: ModelInput[],
  dialect: LineageInput["dialect"] = "duckdb",
): Promise<Lineage> {
  const nodes = models.map(({ name, sql, incrementalSql, ...others }) => ({
    id: `model.shop.${name}`,
    relation: { database: "lake", schema: "gold", identifier: name },
    sql: inFull(sql),
    ...(incrementalSql !== undefined && { incrementalSql: inFull(incrementalSql) }),
    ...others,
  }));
  return planLineage({ nodes, sources, dialect });
}

/** A query with its sources' names as dbt compiles them. */
export function inFull(sql: string): string {
  return sql.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    ["learners", "orders"].includes(name) ? `"lake"."silver"."${name}"` : `"lake"."gold"."${name}"`,
  );
}

/** Where the columns of one query come from: "email <- learners.email"; "?" for what is unknown. */
export async function flowsOf(sql: string, dialect: LineageInput["dialect"] = "duckdb"): Promise<string[]> {
  const lineage = await planModels([{ name: "x", sql }], dialect);
  return (lineage.nodes[0]?.columns ?? []).map(({ name, from, unknown }) => {
    const refs = from.map(({ of, column }) => `${of.split(".").at(-1)}.${column}`).sort();
    return `${name} <- ${[...refs, ...(unknown === undefined ? [] : ["?"])].join(", ")}`.trim();
  });
}

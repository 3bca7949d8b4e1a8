/**
 * What each kind of statement needs in Snowflake, and who runs it. Pure: the grants that are made are exactly these,
 * so that no role holds more than some statement needs.
 */
import type { Workload } from "#firn";
import type { Scope, SnowflakeRole } from "../../scope.ts";
import { type SchemaName, schemaOf } from "../database/plan.ts";
import { stageName } from "../integration/plan.ts";
import { planMasks } from "../masking/plan.ts";
import { shareSignature, sharesOf } from "../sharing/plan.ts";
import { quoted } from "../sql.ts";

export type ObjectKind =
  | "database"
  | "schema"
  | "warehouse"
  | "table"
  | "view"
  | "dynamic table"
  | "stage"
  | "masking policy"
  | "procedure";

export interface SnowflakeGrant {
  /** The role's name. */
  role: string;
  privilege: string;
  /** Schemas and what lies in them by their full quoted name. With `future`, the name is the schema's. */
  on: { kind: ObjectKind; name: string };
  /** On all objects of the kind that the schema will have. */
  future?: true;
  /** Not made by Pulumi: the share procedure makes it, whenever the model was built. */
  by?: "procedure";
}

/** Kinds of statements by the role that runs them. */
export const statements = {
  /** COPY of a batch's files into a raw table, and that table's end. */
  load: "loader",
  /** Raw to typed rows; makes silver tables that rows are compared with. */
  check: "loader",
  /** The tables of silver and quarantine, and the promotion. */
  merge: "loader",
  /** Migrations, fences, watermarks, scans: rows of the ledger, by loader and writer alike. */
  ledger: "ledger",
  /** Tables, views and seeds of gold, from silver. */
  model: "writer",
  /** Dynamic tables. */
  aggregate: "writer",
  /** Search optimisation of a table of gold. */
  search: "writer",
  /** Grants of models that were built, to the teams that may read them. */
  share: "writer",
  /** Another team's gold, where it grants it. */
  borrow: "writer",
  /** A dashboard, a notebook. */
  read: "reader",
  /** A person looks why rows are held back. */
  inspect: "admin",
  /** A person stops or starts a warehouse, or sees what runs on it. */
  operate: "admin",
} as const satisfies Record<string, SnowflakeRole>;
export type StatementKind = keyof typeof statements;

/**
 * The privileges that a kind of statement needs, of the role that runs it.
 *
 * What a role makes it owns, and so may change and drop. COPY from a stage with an integration needs the stage alone.
 *
 * @see https://docs.snowflake.com/en/user-guide/security-access-control-privileges
 */
export function privilegesOf(kind: StatementKind, scope: Scope): SnowflakeGrant[] {
  const { environment, team, names } = scope;
  const { database, roles, warehouses } = names.snowflake;
  const role = roles[statements[kind]];
  const on = (privilege: string, objectKind: ObjectKind, name: string): SnowflakeGrant => ({
    role,
    privilege,
    on: { kind: objectKind, name },
  });
  const schema = (of: SchemaName) => quoted(database, schemaOf(of));
  const enter = (...schemas: SchemaName[]) => [
    on("USAGE", "database", database),
    ...schemas.map((each) => on("USAGE", "schema", schema(each))),
  ];
  const create = (what: string, of: SchemaName) => on(`CREATE ${what}`, "schema", schema(of));
  const select = (of: SchemaName, ...kinds: ("table" | "view" | "dynamic table")[]) =>
    kinds.map((each) => ({ ...on("SELECT", each, schema(of)), future: true as const }));
  const use = (...workloads: Workload[]) =>
    [...new Set(workloads)].flatMap((each) => {
      const warehouse = warehouses[each];
      return warehouse === undefined ? [] : [on("USAGE", "warehouse", warehouse)];
    });
  const models = Object.values(team.models ?? {});
  const modelSays = (word: string) => models.some((text) => text.includes(word));

  switch (kind) {
    case "load":
      return [
        ...use("elt", "backfill"),
        ...enter("raw"),
        create("TABLE", "raw"),
        on("USAGE", "stage", quoted(database, schemaOf("raw"), stageName)),
      ];
    case "check":
      return [
        ...use("elt", "backfill"),
        ...enter("raw", "silver"),
        create("TABLE", "raw"),
        create("TABLE", "silver"),
        ...hiding(),
      ];
    case "merge":
      return [
        ...use("elt", "backfill"),
        ...enter("raw", "silver", "quarantine"),
        create("TABLE", "silver"),
        create("TABLE", "quarantine"),
        ...hiding(),
      ];
    case "ledger":
      return [
        ...enter("ledger"),
        create("TABLE", "ledger"),
        { ...on("OWNERSHIP", "table", schema("ledger")), future: true },
      ];
    case "model":
      return [
        ...use(team.modelsOn ?? "elt"),
        ...enter("silver", "gold"),
        ...select("silver", "table"),
        create("TABLE", "gold"),
        create("VIEW", "gold"),
      ];
    case "aggregate":
      // It is refreshed by the warehouse that its statement names, elt.
      return modelSays("materialized_aggregate")
        ? [...use("elt"), ...enter("silver", "gold"), create("DYNAMIC TABLE", "gold")]
        : [];
    case "search":
      return modelSays("search_optimization") && environment.cloud.snowflake.edition !== "standard"
        ? [...enter("gold"), on("ADD SEARCH OPTIMIZATION", "schema", schema("gold"))]
        : [];
    case "share":
      return sharesOf(scope).length > 0
        ? [...enter("ledger"), on("USAGE", "procedure", shareSignature(scope))]
        : [];
    case "borrow":
      return borrowed(scope, role);
    case "read":
      return [
        ...use("bi", "data_science"),
        ...enter("gold"),
        ...select("gold", "table", "view", "dynamic table"),
      ];
    case "inspect":
      return [
        // On the warehouse of readers, whom the admin is one of.
        ...enter("silver", "quarantine", "ledger"),
        ...select("silver", "table"),
        ...select("quarantine", "table"),
        ...select("ledger", "table"),
      ];
    case "operate":
      return Object.values(warehouses).flatMap((warehouse) => [
        on("MONITOR", "warehouse", warehouse),
        on("OPERATE", "warehouse", warehouse),
      ]);
  }

  function hiding(): SnowflakeGrant[] {
    return planMasks(scope).map(({ name }) =>
      on("APPLY", "masking policy", quoted(database, schemaOf("ledger"), name)),
    );
  }
}

/** All grants of a team's roles, each once. */
export function planGrants(scope: Scope): SnowflakeGrant[] {
  const all = (Object.keys(statements) as StatementKind[]).flatMap((kind) => privilegesOf(kind, scope));
  return [...new Map(all.map((grant) => [JSON.stringify(grant), grant])).values()];
}

/** Gold of other teams that grant it to this one. */
function borrowed({ team, teams, environment }: Scope, role: string): SnowflakeGrant[] {
  return teams.flatMap((other) =>
    sharesOf({ team: other, teams, environment })
      .filter(({ to }) => to === team.name)
      .flatMap(({ database, models }) => {
        const gold = quoted(database, schemaOf("gold"));
        const on = (privilege: string, kind: ObjectKind, name: string) => ({
          role,
          privilege,
          on: { kind, name },
        });
        return [
          on("USAGE", "database", database),
          on("USAGE", "schema", gold),
          ...models.map((model) => ({
            ...on("SELECT", "table", quoted(database, schemaOf("gold"), model.toUpperCase())),
            by: "procedure" as const,
          })),
        ];
      }),
  );
}

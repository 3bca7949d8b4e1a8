/** Tags in Snowflake, as AWS's resources have them. Pure. */
import type { Scope } from "../../scope.ts";
import { schemaOf } from "../database/plan.ts";
import { quoted } from "../sql.ts";

export interface TagPlan {
  name: string;
  /** Its full quoted name. */
  id: string;
  value: string;
  /** Full quoted names by the kind of object. Schemas and tables inherit the database's. */
  on: { kind: "DATABASE" | "WAREHOUSE" | "USER"; names: string[] }[];
}

/**
 * Who owns and who pays, on what a team has. None on edition standard, which has no tags: there comments say it.
 *
 * @see https://docs.snowflake.com/en/user-guide/object-tagging/introduction
 */
export function planTags({ environment, team, names, tags }: Scope): TagPlan[] {
  if (environment.cloud.snowflake.edition === "standard") return [];
  const { database, warehouses, users } = names.snowflake;
  const values: Record<string, string> = {
    ENVIRONMENT: environment.name,
    TEAM: team.name,
    OWNER: tags.Owner ?? "",
    COST_CENTER: tags.CostCenter ?? "",
  };
  const on = [
    { kind: "DATABASE" as const, names: [quoted(database)] },
    { kind: "WAREHOUSE" as const, names: Object.values(warehouses).map((each) => quoted(each)) },
    { kind: "USER" as const, names: Object.values(users).map((each) => quoted(each)) },
  ];
  return Object.entries(values).map(([name, value]) => ({
    name,
    id: quoted(database, schemaOf("ledger"), name),
    value,
    on,
  }));
}

/** A team's database and its schemas. Pure. */
import { type Keeping, keepingOf } from "../../keeping.ts";
import type { Scope } from "../../scope.ts";

export const schemaNames = ["raw", "silver", "gold", "quarantine", "ledger"] as const;
export type SchemaName = (typeof schemaNames)[number];

/** As Snowflake knows a schema: the runtime quotes names in upper case. */
export function schemaOf(schema: SchemaName): string {
  return schema.toUpperCase();
}

export interface SchemaPlan {
  name: string;
  /** No fail-safe, and a day of Time Travel at most: what bronze has, too. It cannot be changed later. */
  transient: boolean;
  timeTravelDays: number;
  comment: string;
}

export interface DatabasePlan {
  name: string;
  /** Taken over, not made. */
  adopted: boolean;
  timeTravelDays: number;
  comment: string;
  schemas: Record<SchemaName, SchemaPlan>;
  /** Of the schemas, and of the database where Firn made it. */
  keeping: Keeping;
  /** Of the database itself: what Firn did not make it does not drop either. */
  databaseKeeping: Keeping;
}

const holds: Record<SchemaName, string> = {
  raw: "Batches as they lie in bronze, each in a table of its own that goes once it is promoted",
  silver: "Rows as declared, the newest of each key",
  gold: "Models for readers",
  quarantine: "Rows that are not as declared, with the reason",
  ledger: "What was loaded and built; masking policies and tags",
};

/**
 * Every schema has managed access: only its owner grants. One owner role for all of a team's schemas, since one
 * team answers for them and a role more for each would be held by the same hands.
 *
 * @see https://docs.snowflake.com/en/user-guide/security-access-control-configure#label-managed-access-schemas
 */
export function planDatabase(scope: Scope): DatabasePlan {
  const { environment, team, names } = scope;
  const { silver, raw, gold, ledger } = environment.cloud.timeTravelDays;
  const days: Record<SchemaName, number> = { raw, silver, gold, quarantine: silver, ledger };
  const keeping = keepingOf(scope);
  const adopted = team.adopt?.[environment.name]?.database !== undefined;
  return {
    name: names.snowflake.database,
    adopted,
    timeTravelDays: silver,
    comment: `Firn: team ${team.name} in ${environment.name}`,
    schemas: Object.fromEntries(
      schemaNames.map((schema): [SchemaName, SchemaPlan] => [
        schema,
        {
          name: schemaOf(schema),
          transient: schema === "raw",
          timeTravelDays: days[schema],
          comment: holds[schema],
        },
      ]),
    ) as Record<SchemaName, SchemaPlan>,
    keeping,
    databaseKeeping: { ...keeping, retainOnDelete: keeping.retainOnDelete || adopted },
  };
}

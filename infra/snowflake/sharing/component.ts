import * as pulumi from "@pulumi/pulumi";
import * as snowflake from "@pulumi/snowflake";
import type { Scope } from "../../scope.ts";
import { schemaOf } from "../database/plan.ts";
import { Grants } from "../roles/granting.ts";
import { planGrants } from "../roles/grants.ts";
import { quoted } from "../sql.ts";
import type { SharePlan } from "./plan.ts";

/** The procedure that grants a team's models to others, in the hands of its schemas' owner. */
export class ShareProcedure extends pulumi.ComponentResource {
  readonly ready: pulumi.Resource;

  constructor(
    name: string,
    { scope, plan, after }: { scope: Scope; plan: SharePlan; after: pulumi.Resource[] },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("firn:infra:ShareProcedure", name, {}, options);
    const procedure = new snowflake.ProcedureSql(
      `${scope.team.name}-share-gold`,
      {
        name: plan.procedure,
        database: scope.names.snowflake.database,
        schema: schemaOf("ledger"),
        arguments: [{ argName: "MODEL", argDataType: "VARCHAR" }],
        returnType: "VARCHAR",
        executeAs: "OWNER",
        procedureDefinition: plan.body,
        comment: "Firn: grants a model that was built to the teams it is declared to be shared with",
      },
      // Replaced in place by its name: the old one has to go first.
      { parent: this, dependsOn: after, deleteBeforeReplace: true },
    );
    this.ready = new snowflake.GrantOwnership(
      `${scope.team.name}-share-gold-owner`,
      {
        accountRoleName: scope.names.snowflake.roles.owner,
        on: { objectType: "PROCEDURE", objectName: plan.signature },
        outboundPrivileges: "COPY",
      },
      // A new procedure has to be handed over anew.
      { parent: this, dependsOn: [procedure], replaceOnChanges: ["*"] },
    );
    this.registerOutputs({});
  }
}

/**
 * What teams grant each other: the way into the database and the schema of gold. The models themselves the share
 * procedure grants. Made after all teams, since a grant needs the grantee's role.
 */
export function grantShares(
  scopes: readonly Scope[],
  teams: pulumi.Resource[],
  options: pulumi.ComponentResourceOptions,
): void {
  for (const scope of scopes) {
    const { database } = scope.names.snowflake;
    const isOwn = (name: string) => name === database || name.startsWith(`${quoted(database)}.`);
    const grants = planGrants(scope).filter(
      ({ on }) => (on.kind === "database" || on.kind === "schema") && !isOwn(on.name),
    );
    if (grants.length === 0) continue;
    new Grants(`${scope.team.name}-borrows`, { scope, grants, after: () => teams, existing: false }, options);
  }
}

import * as pulumi from "@pulumi/pulumi";
import * as snowflake from "@pulumi/snowflake";
import type { Scope } from "../../scope.ts";
import { schemaOf } from "../database/plan.ts";
import { quoted } from "../sql.ts";
import type { MaskPlan } from "./plan.ts";

/** A team's masking policies, beside its ledger; tables are made with them. */
export class Masks extends pulumi.ComponentResource {
  /** By their full quoted names, as grants name them. */
  readonly byName: Map<string, pulumi.Resource>;

  constructor(
    name: string,
    { scope, plan, schema }: { scope: Scope; plan: MaskPlan[]; schema: pulumi.Resource[] },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("firn:infra:Masks", name, {}, options);
    const { database } = scope.names.snowflake;
    this.byName = new Map(
      plan.map((mask) => [
        quoted(database, schemaOf("ledger"), mask.name),
        new snowflake.MaskingPolicy(
          `${scope.team.name}-${mask.name.toLowerCase()}`,
          {
            name: mask.name,
            database,
            schema: schemaOf("ledger"),
            arguments: [{ name: "VAL", type: mask.type }],
            returnDataType: mask.type,
            body: mask.body,
            comment: "Firn: hides personal data from who is not named in it",
          },
          { parent: this, dependsOn: schema },
        ),
      ]),
    );
    this.registerOutputs({});
  }
}

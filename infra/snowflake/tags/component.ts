import * as pulumi from "@pulumi/pulumi";
import * as snowflake from "@pulumi/snowflake";
import type { Scope } from "../../scope.ts";
import { schemaOf } from "../database/plan.ts";
import type { TagPlan } from "./plan.ts";

/** A team's tags and what bears them. */
export class Tags extends pulumi.ComponentResource {
  constructor(
    name: string,
    {
      scope,
      plan,
      schema,
      tagged,
    }: { scope: Scope; plan: TagPlan[]; schema: pulumi.Resource[]; tagged: pulumi.Resource[] },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("firn:infra:Tags", name, {}, options);
    for (const { name: tagName, id, value, on } of plan) {
      const logical = `${scope.team.name}-tag-${tagName.toLowerCase()}`;
      const tag = new snowflake.Tag(
        logical,
        {
          name: tagName,
          database: scope.names.snowflake.database,
          schema: schemaOf("ledger"),
          comment: "Firn: as the tags of AWS",
        },
        { parent: this, dependsOn: schema },
      );
      for (const { kind, names } of on)
        new snowflake.TagAssociation(
          `${logical}-on-${kind.toLowerCase()}`,
          { tagId: id, tagValue: value, objectType: kind, objectIdentifiers: names },
          { parent: this, dependsOn: [tag, ...tagged] },
        );
    }
    this.registerOutputs({});
  }
}

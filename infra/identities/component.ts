import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { policyJson } from "../iam.ts";
import type { Scope } from "../scope.ts";
import type { IdentityPlan } from "./plan.ts";

/** The AWS roles that a team's functions sign in to Snowflake as. None has a policy. */
export class Identities extends pulumi.ComponentResource {
  constructor(
    name: string,
    { scope, plan }: { scope: Scope; plan: IdentityPlan[] },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("firn:infra:Identities", name, {}, options);
    for (const { workload, role, trust, boundary } of plan) {
      new aws.iam.Role(
        `${scope.team.name}-identity-${workload}`,
        {
          name: role,
          description: `Firn: team ${scope.team.name} signs in to Snowflake as this for ${workload}; it may do nothing in AWS`,
          assumeRolePolicy: policyJson(trust),
          permissionsBoundary: boundary,
          maxSessionDuration: 3_600,
          tags: scope.tags,
        },
        { parent: this },
      );
    }
    this.registerOutputs({});
  }
}

import * as pulumi from "@pulumi/pulumi";
import * as snowflake from "@pulumi/snowflake";
import type { Scope, SnowflakeRole } from "../../scope.ts";
import type { RolePlan } from "./plan.ts";

/** A team's roles, and who holds them. */
export class Roles extends pulumi.ComponentResource {
  readonly byKey: Record<SnowflakeRole, pulumi.Resource>;
  /** Which role holds which, done. */
  readonly held: pulumi.Resource[];

  constructor(
    name: string,
    { scope, plan }: { scope: Scope; plan: RolePlan[] },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("firn:infra:Roles", name, {}, options);
    const parent = this;
    this.byKey = Object.fromEntries(
      plan.map((role): [SnowflakeRole, pulumi.Resource] => [role.key, createRole(role)]),
    ) as Record<SnowflakeRole, pulumi.Resource>;
    this.held = plan.flatMap((role) => role.heldBy.map((holder) => giveTo(role, holder, this.byKey)));
    this.registerOutputs({});

    function createRole({ key, name: roleName, comment }: RolePlan): snowflake.AccountRole {
      return new snowflake.AccountRole(
        `${scope.team.name}-role-${key}`,
        { name: roleName, comment },
        { parent },
      );
    }

    function giveTo(role: RolePlan, holder: string, made: Record<SnowflakeRole, pulumi.Resource>) {
      const own = plan.find((each) => each.name === holder);
      return new snowflake.GrantAccountRole(
        `${scope.team.name}-role-${role.key}-to-${own?.key ?? holder.toLowerCase()}`,
        { roleName: role.name, parentRoleName: holder },
        { parent, dependsOn: [made[role.key], ...(own ? [made[own.key]] : [])] },
      );
    }
  }
}

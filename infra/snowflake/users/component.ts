import * as pulumi from "@pulumi/pulumi";
import * as snowflake from "@pulumi/snowflake";
import type { Scope } from "../../scope.ts";
import type { UserPlan, UsersPlan, WorkloadIdentityPlan } from "./plan.ts";

/** A team's service users, what they sign in with, and their roles. */
export class Users extends pulumi.ComponentResource {
  readonly all: pulumi.Resource[];

  constructor(
    name: string,
    { scope, plan, roles }: { scope: Scope; plan: UsersPlan; roles: Map<string, pulumi.Resource> },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("firn:infra:Users", name, {}, options);
    const parent = this;
    const networkPolicy = limitAddresses();
    this.all = plan.users.map((user) => {
      const made = createUser(user);
      if (user.identity)
        new WorkloadIdentity(`${scope.team.name}-user-${user.workload}-identity`, user.identity, made, {
          parent,
        });
      for (const role of user.roles) giveRole(user, made, role);
      return made;
    });
    this.registerOutputs({});

    function limitAddresses(): pulumi.Resource[] {
      if (!plan.networkPolicy) return [];
      return [
        new snowflake.NetworkPolicy(
          `${scope.team.name}-egress`,
          {
            name: plan.networkPolicy.name,
            allowedIpLists: plan.networkPolicy.allowed,
            comment: `Firn: where services of team ${scope.team.name} sign in from`,
          },
          { parent },
        ),
      ];
    }

    function createUser(user: UserPlan): snowflake.ServiceUser {
      return new snowflake.ServiceUser(
        `${scope.team.name}-user-${user.workload}`,
        {
          name: user.name,
          comment: user.comment,
          defaultRole: user.roles[0] ?? "",
          defaultWarehouse: user.warehouse,
          // Else a session would have all of a user's roles at once, and see what is masked to each alone.
          defaultSecondaryRolesOption: "NONE",
          disabled: String(user.disabled),
          ...(user.networkPolicy && { networkPolicy: user.networkPolicy }),
        },
        {
          parent,
          dependsOn: networkPolicy,
          // Keys are put and turned over by `firn secrets`: what Pulumi does not know it must not take away.
          ...(user.identity ? {} : { ignoreChanges: ["rsaPublicKey", "rsaPublicKey2"] }),
        },
      );
    }

    function giveRole(user: UserPlan, made: pulumi.Resource, role: string): void {
      const key = Object.entries(scope.names.snowflake.roles).find(([, each]) => each === role)?.[0] ?? role;
      const resource = roles.get(role);
      new snowflake.GrantAccountRole(
        `${scope.team.name}-user-${user.workload}-is-${key}`,
        { roleName: role, userName: user.name },
        { parent, dependsOn: [made, ...(resource ? [resource] : [])] },
      );
    }
  }
}

/**
 * The AWS role that a user signs in as, which the provider has no argument for: statements in a resource's clothes.
 *
 * Another ARN replaces it, the old one first: taking the old identity away after setting the new one would leave the
 * user with none. The user itself, its roles and its sessions stay.
 */
class WorkloadIdentity extends pulumi.ComponentResource {
  constructor(
    name: string,
    { create, read, revert }: WorkloadIdentityPlan,
    user: pulumi.Resource,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("firn:infra:WorkloadIdentity", name, {}, options);
    new snowflake.Execute(
      name,
      { execute: create, query: read, revert },
      { parent: this, dependsOn: [user], deleteBeforeReplace: true },
    );
    this.registerOutputs({});
  }
}

/** Who signs in to Snowflake for a team: services without passwords. Pure. */
import type { Workload } from "#firn";
import { type FunctionName, roleArn, type Scope, signInOf, signingIn } from "../../scope.ts";
import { literal, quoted } from "../sql.ts";

export interface UserPlan {
  workload: Workload;
  name: string;
  /** Roles it may take; the first is the one it begins with. No other is ever active beside it. */
  roles: string[];
  warehouse: string;
  /** The AWS role it signs in as; absent where it signs in with a key pair. */
  identity?: WorkloadIdentityPlan;
  /** The team is retired: nobody signs in any more. */
  disabled: boolean;
  networkPolicy?: string;
  comment: string;
}

/** What the provider has no word for, as statements: each can be repeated. */
export interface WorkloadIdentityPlan {
  create: string;
  read: string;
  revert: string;
}

export interface UsersPlan {
  users: UserPlan[];
  networkPolicy?: { name: string; allowed: string[] };
}

/**
 * One user for each workload whose functions sign in, and one for each tool that reads gold.
 *
 * Loading and merging take the loader's role; building gold takes the writer's, which sees no masked column, though
 * one user may hold both. Readers always sign in as their AWS role.
 */
export function planUsers(scope: Scope): UsersPlan {
  const { environment, team, names } = scope;
  const { roles, users, warehouses } = names.snowflake;
  const { egress } = environment.cloud.snowflake;
  const models = team.modelsOn ?? "elt";
  const functions = signingIn(team).map((workload) => ({
    workload,
    roles: [...(workload === "elt" ? [roles.loader] : []), ...(workload === models ? [roles.writer] : [])],
    ...(team.signIn !== "key_pair" && { arn: roleArn(scope, names.identities[workload] ?? "") }),
  }));
  const readers = (Object.entries(team.readers ?? {}) as [Workload, string][]).map(([workload, arn]) => ({
    workload,
    roles: [roles.reader],
    arn,
  }));
  return {
    users: [...functions, ...readers].map(({ workload, roles: held, ...rest }) => ({
      workload,
      name: users[workload] ?? "",
      roles: held,
      warehouse: warehouses[workload] ?? "",
      ...("arn" in rest && rest.arn && { identity: planIdentity(users[workload] ?? "", rest.arn) }),
      disabled: team.retired === true,
      ...(egress && { networkPolicy: names.snowflake.networkPolicy }),
      comment: `Firn: team ${team.name} in ${environment.name}, ${workload}`,
    })),
    ...(egress && { networkPolicy: { name: names.snowflake.networkPolicy, allowed: [...egress] } }),
  };
}

/** How a function signs in to Snowflake: one role at a time. */
export interface SessionPlan {
  user: string;
  role: string;
  warehouse: string;
}

/** What loads takes the loader's role, what builds gold the writer's, which sees masked columns as readers do. */
export function planSessions(scope: Scope): Partial<Record<FunctionName, SessionPlan>> {
  const { roles, users, warehouses } = scope.names.snowflake;
  const buildsGold: readonly FunctionName[] = ["select", "model", "watch"];
  return Object.fromEntries(
    (Object.entries(signInOf(scope.team)) as [FunctionName, Workload][]).map(([name, workload]) => [
      name,
      {
        user: users[workload] ?? "",
        role: buildsGold.includes(name) ? roles.writer : roles.loader,
        warehouse: warehouses[workload] ?? "",
      },
    ]),
  );
}

/**
 * A user's AWS role. `read` gives what is set and leaves out when it was last used, which would look like a change.
 *
 * @see https://docs.snowflake.com/en/user-guide/workload-identity-federation
 * @see https://docs.snowflake.com/en/sql-reference/sql/show-user-workload-identity-authentication-methods
 */
export function planIdentity(user: string, arn: string): WorkloadIdentityPlan {
  const name = quoted(user);
  return {
    create: `ALTER USER ${name} SET WORKLOAD_IDENTITY = (TYPE = AWS ARN = ${literal(arn)})`,
    read:
      `SHOW USER WORKLOAD IDENTITY AUTHENTICATION METHODS FOR USER ${name} ` +
      '->> SELECT "name", "type", "additional_info" FROM $1',
    revert: `ALTER USER IF EXISTS ${name} UNSET WORKLOAD_IDENTITY`,
  };
}

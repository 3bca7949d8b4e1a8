/**
 * The facts of an environment from its plans: no engine, no account. A test holds that they give the same answers as
 * the resources that the program registers.
 */
import type { PolicyDocument } from "../iam.ts";
import { arn, platformOwner, type Site } from "../names.ts";
import { roleArn, type Scope, secretArn } from "../scope.ts";
import type { AwsTarget, Facts, SnowflakeFacts } from "./facts.ts";
import { parsePolicy } from "./policy.ts";
import { ownersNamed } from "./registered-snowflake.ts";
import { parseExecute, parseName, parseShares } from "./snowflake-text.ts";
import { platformTargets, targetsOf } from "./targets.ts";

/** What the planners of a team, or of the platform, say, as far as access goes. */
export interface OwnPlans {
  /** By name. A role's trust that only a made resource tells is the storage integration's. */
  roles: { name: string; trust: PolicyDocument; policies: PolicyDocument[] }[];
  /** Policies of buckets, keys, queues, topics and functions, by the name (or alias) of what they stand on. */
  guards: { name: string; policy: PolicyDocument }[];
  /** What runs as a role, by name. */
  runs: { kind: "function" | "machine"; name: string; role: string }[];
  /** ARNs of what sends or sets going, and of what it reaches. */
  wires: { from: string; to: string; verb: "write" | "invoke" }[];
}

export interface TeamPlans extends OwnPlans {
  scope: Scope;
  snowflake?: PlannedSnowflake;
}

export interface PlannedSnowflake {
  roles: { name: string; heldBy: string[] }[];
  /** Those that a procedure makes are told by its body. `future`: on all that the named schema will have. */
  grants: {
    role: string;
    privilege: string;
    on: { kind: string; name: string };
    future?: true;
    by?: "procedure";
  }[];
  users: { users: { name: string; roles: string[]; identity?: { create: string } }[] };
  integration: { integration: string; stage: string; role: string; roleArn: string; policy: PolicyDocument };
  database: { name: string; schemas: Record<string, { name: string }> };
  shares: { body: string; signature: string } | null;
}

/**
 * @param plans of all teams of an environment, of which there is one at least
 * @param platform of what they share; a team's plans may hold guards of it
 */
export function fromPlanned(plans: readonly TeamPlans[], platform: OwnPlans): Facts {
  const scopes = plans.map(({ scope }) => scope);
  const site = scopes[0] as Scope;
  const owned = [
    ...plans.map((each) => ownOf(site, each.scope.team.name, each)),
    ownOf(site, platformOwner, platform),
  ];
  const shared = [...platform.guards, ...plans.flatMap(({ guards }) => guards)];
  return {
    account: site.environment.cloud.account,
    teams: scopes.map(({ team }) => team.name),
    roles: [
      ...owned.flatMap(({ roles }) => roles),
      ...plans.flatMap(({ scope, snowflake }) => (snowflake ? [integrationRole(scope, snowflake)] : [])),
    ],
    targets: [
      ...plans.flatMap(({ scope, guards }) => targetsOf(scope).map((target) => guarded(target, guards))),
      ...platformTargets(site).map((target) => guarded(target, shared)),
    ],
    runs: owned.flatMap(({ runs }) => runs),
    wires: owned.flatMap(({ wires }) => wires),
    snowflake: snowflakeOf(plans),
    unread: [],
  };
}

function ownOf(site: Site, owner: string, plans: OwnPlans): Pick<Facts, "roles" | "runs" | "wires"> {
  return {
    roles: plans.roles.map(({ name, trust, policies }) => ({
      arn: roleArn(site, name),
      owner,
      trust: statements(trust),
      policies: policies.flatMap((each) => statements(each)),
    })),
    runs: plans.runs.map(({ kind, name, role }) => ({
      kind,
      owner,
      role: roleArn(site, role),
      arn:
        kind === "function"
          ? arn(site, "lambda", `function:${name}`)
          : arn(site, "states", `stateMachine:${name}`),
    })),
    wires: plans.wires.map((wire) => ({
      ...wire,
      owner,
      to: wire.to.replace(/(:function:[^:]+):.*$/, "$1"),
    })),
  };
}

function statements(document: PolicyDocument, own?: string) {
  return parsePolicy(document, own) ?? [];
}

/** Whom Snowflake acts as is known once the integration is made; that it has to tell its external id, before. */
function integrationRole(scope: Scope, { integration }: PlannedSnowflake): Facts["roles"][number] {
  return {
    arn: integration.roleArn,
    owner: scope.team.name,
    trust: [
      {
        effect: "Allow",
        principals: [{ kind: "AWS", name: "snowflake" }],
        actions: ["sts:AssumeRole"],
        resources: ["*"],
        conditions: [{ operator: "StringEquals", key: "sts:externalid", values: [integration.integration] }],
      },
    ],
    policies: statements(integration.policy),
  };
}

function guarded(target: AwsTarget, guards: TeamPlans["guards"]): AwsTarget {
  const own = target.kind === "objects" || target.kind === "bucket" ? undefined : target.arns[0];
  const name =
    target.alias ??
    target.arns[0]
      .replace(/^arn:aws:s3:::/, "")
      .split("/")[0]
      ?.split(":")
      .at(-1);
  const found = guards.filter((each) => each.name === name);
  return { ...target, statements: found.flatMap(({ policy }) => statements(policy, own)) };
}

function snowflakeOf(plans: readonly TeamPlans[]): SnowflakeFacts {
  const facts: SnowflakeFacts = {
    roles: [],
    users: [],
    grants: [],
    memberships: [],
    integrations: [],
    stages: [],
    owners: ownersNamed(plans.map(({ scope }) => scope)),
  };
  for (const { scope, snowflake } of plans) {
    if (!snowflake) continue;
    const owner = scope.team.name;
    const ownerRole = scope.names.snowflake.roles.owner;
    const { database, integration, shares } = snowflake;
    const own = (kind: string, text: string) => ({
      role: ownerRole,
      privilege: "OWNERSHIP",
      on: parseName(kind, text),
    });
    for (const { name, heldBy } of snowflake.roles) {
      facts.roles.push({ name, owner });
      for (const holder of heldBy)
        facts.memberships.push({ role: name, member: { kind: "role", name: holder } });
    }
    for (const { role, privilege, on, future, by } of snowflake.grants) {
      if (by === "procedure") continue;
      const object = parseName(on.kind.toUpperCase(), on.name);
      facts.grants.push(
        future
          ? { role, privilege, on: { ...object, object: "*" }, scope: "future" }
          : { role, privilege, on: object },
      );
    }
    for (const schema of Object.values(database.schemas))
      facts.grants.push(own("SCHEMA", `"${database.name}"."${schema.name}"`));
    if (shares) {
      facts.grants.push(own("PROCEDURE", shares.signature), ...parseShares(shares.body).grants);
    }
    for (const user of snowflake.users.users) {
      const made = user.identity && parseExecute(user.identity.create);
      const workload = Object.entries(scope.names.snowflake.users).find(
        ([, name]) => name === user.name,
      )?.[0];
      const secret = `snowflake_${workload}_private_key`;
      facts.users.push({
        name: user.name,
        owner,
        ...(made && "user" in made && made.roleArn !== undefined && { roleArn: made.roleArn }),
        ...(scope.names.secrets[secret] !== undefined && { secretArn: secretArn(scope, secret) }),
      });
      for (const role of user.roles)
        facts.memberships.push({ role, member: { kind: "user", name: user.name } });
    }
    facts.integrations.push({ name: integration.integration, owner, roleArn: integration.roleArn });
    facts.stages.push({
      name: { kind: "STAGE", name: database.name, schema: "RAW", object: integration.stage },
      owner,
      integration: integration.integration,
    });
  }
  return facts;
}

/** What every planner takes: a team in an environment, with the names of all it has. */
import type { Budget, Team, WarehouseSpec, Warehouses, Workload } from "#firn";
import { workloads } from "#firn";
import { type Task, tasks } from "#orchestrate/definition";
import { type CloudRelease, makeRelease, type Release } from "#release";
import { arn, bucketName, nameOf, type Site, snowflakeName } from "./names.ts";

export interface Scope extends Site {
  team: Team;
  /** All teams of the environment: for what they grant each other. */
  teams: readonly Team[];
  names: TeamNames;
  /** Warehouses by workload, with every default filled in but those that Snowflake has. */
  warehouses: Partial<Record<Workload, WarehouseSpec>>;
  /** Its own budget, or the environment's for a team without one; absent where neither is declared. */
  budget?: Budget;
  release: { hash: string; release: Release; body: Uint8Array };
  /** On every resource of the team that takes tags; the provider adds what is the same for all. */
  tags: Record<string, string>;
}

/** A team's functions: its tasks, the one that starts them, and the one that looks whether they came. */
export const functionNames = [...tasks, "waker", "heartbeat"] as const;
export type FunctionName = Task | "waker" | "heartbeat";

export const zones = ["inbox", "raw", "curated"] as const;
export type Zone = (typeof zones)[number];

/**
 * A team's roles in Snowflake: `loader` loads, checks and merges; `writer` builds gold; `reader` reads it; `admin` is
 * for its people; `ledger` owns the ledger's tables, which loader and writer share; `owner` owns the schemas.
 */
export const snowflakeRoles = ["admin", "loader", "writer", "reader", "owner", "ledger"] as const;
export type SnowflakeRole = (typeof snowflakeRoles)[number];

/** A role of any team's. The names of those that own what others make end in `OWNER`. */
export function snowflakeRoleName(site: Site, team: string, role: SnowflakeRole): string {
  return snowflakeName(site, team, ...(role === "ledger" ? ["ledger", "owner"] : [role]));
}

export interface TeamNames {
  /** `alias/...` of the team's KMS key. Policies name the key by it, since the key's id is known only once made. */
  keyAlias: string;
  /** `raw` holds what `keys` puts under `raw/`, never rewritten, and under `state/`, which is. */
  buckets: Record<Zone, string>;
  functions: Record<FunctionName, string>;
  /** The role of each function, by the function. */
  roles: Record<FunctionName, string>;
  /** The role that Snowflake knows a workload's functions by. It may do nothing in AWS. */
  identities: Partial<Record<Workload, string>>;
  /** State machines by pipeline, and that of gold. */
  machines: Record<string, string>;
  gold: string;
  machineRole: string;
  schedulerRole: string;
  scheduleGroup: string;
  /** Wake-ups: of files that arrived and of schedules that fired. */
  queue: string;
  deadLetters: string;
  topic: string;
  /** Secrets Manager's names by the names that declarations use. */
  secrets: Record<string, string>;
  dashboard: string;
  snowflake: {
    database: string;
    warehouses: Partial<Record<Workload, string>>;
    /** One monitor for the team's budget, and one for each warehouse with a share of it. */
    monitor: string;
    roles: Record<SnowflakeRole, string>;
    /** Service users by workload. */
    users: Partial<Record<Workload, string>>;
    integration: string;
    /** The role AWS lets Snowflake take to read raw. */
    integrationRole: string;
    /** Where service users may sign in from; used only where the environment declares it. */
    networkPolicy: string;
  };
}

/** A team's place in an environment. Pure: the same declarations give the same names. */
export function planScope(site: Site, team: Team, teams: readonly Team[]): Scope {
  const { environment } = site;
  const { cloud } = environment;
  const warehouses = planWarehouses(cloud.warehouses ?? {}, team.warehouses ?? {});
  const budget = team.budget ?? cloud.budget;
  const names = planNames(site, team, warehouses);
  return {
    ...site,
    team,
    teams,
    warehouses,
    ...(budget && { budget }),
    names,
    release: makeRelease(
      { ...team, warehouses, ...(budget && { budget }) },
      teams,
      planCloudRelease(site, team, names),
    ),
    tags: {
      Team: team.name,
      Owner: team.owner ?? cloud.owner,
      CostCenter: team.costCenter ?? cloud.costCenter,
    },
  };
}

export function functionArn({ environment, names }: Scope, name: FunctionName): string {
  return arn({ environment }, "lambda", `function:${names.functions[name]}`);
}

export function roleArn(site: Site, name: string): string {
  return arn(site, "iam", `role/${name}`);
}

export function bucketArn(scope: Scope, zone: Zone): string {
  return arn(scope, "s3", scope.names.buckets[zone]);
}

/** A secret's ARN, whose last six characters AWS chooses. */
export function secretArn(scope: Scope, secret: string): string {
  return arn(scope, "secretsmanager", `secret:${scope.names.secrets[secret]}-??????`);
}

/** What the team's handlers read of where they run. */
function planCloudRelease(site: Site, team: Team, names: TeamNames): CloudRelease {
  const { name, cloud, connections, retry, stageSecondsMax, leaseSeconds } = site.environment;
  const machine = (each: string) => arn(site, "states", `stateMachine:${each}`);
  const { database, warehouses, users, roles, integration } = names.snowflake;
  return {
    environment: name,
    account: cloud.account,
    region: cloud.region,
    keyAlias: names.keyAlias,
    buckets: names.buckets,
    topic: arn(site, "sns", names.topic),
    machines: Object.fromEntries(Object.entries(names.machines).map(([of, each]) => [of, machine(each)])),
    gold: machine(names.gold),
    secrets: names.secrets,
    // Those its pipelines name alone, so that another team's source changes nothing here.
    connections: Object.fromEntries(
      Object.entries(connections).filter(([each]) =>
        team.pipelines.some(({ source }) => source.connection === each),
      ),
    ),
    retry,
    stageSecondsMax,
    leaseSeconds,
    ...(cloud.lake.lockDays !== undefined && { lockDays: cloud.lake.lockDays }),
    snowflake: {
      account: `${cloud.snowflake.organization}-${cloud.snowflake.account}`,
      database,
      enterprise: cloud.snowflake.edition !== "standard",
      signIn: team.signIn ?? "workload_identity",
      modelsOn: team.modelsOn ?? "elt",
      warehouses,
      users,
      roles,
      integration,
    },
  };
}

/** What an environment gives to all teams, what a team declares, and what there is by default: `elt` and `bi`. */
function planWarehouses(environment: Warehouses, team: Warehouses): Scope["warehouses"] {
  const planned: Scope["warehouses"] = {};
  for (const workload of workloads) {
    const isDefault = workload === "elt" || workload === "bi";
    if (!isDefault && !environment[workload] && !team[workload]) continue;
    planned[workload] = {
      size: "X-Small",
      autoSuspendSeconds: workload === "bi" ? 300 : 60,
      clustersMin: 1,
      clustersMax: 1,
      scaling: "standard",
      statementSecondsMax: workload === "bi" ? 600 : 3_600,
      queuedSecondsMax: workload === "bi" ? 120 : 600,
      ...environment[workload],
      ...team[workload],
    };
  }
  return planned;
}

function planNames(site: Site, team: Team, warehouses: Scope["warehouses"]): TeamNames {
  const adopted = team.adopt?.[site.environment.name];
  const functions = ofEach(functionNames, (name) => nameOf(site, "function", team.name, name));
  return {
    keyAlias: `alias/${nameOf(site, "alias", team.name)}`,
    buckets: ofEach(zones, (zone) => adopted?.buckets?.[zone] ?? bucketName(site, team.name, zone)),
    functions,
    roles: ofEach(functionNames, (name) => nameOf(site, "role", team.name, name)),
    identities: ofEach(signingIn(team), (workload) => nameOf(site, "role", team.name, "as", workload)),
    machines: ofEach(
      team.pipelines.map(({ name }) => name),
      (name) => nameOf(site, "stateMachine", team.name, "pipeline", name),
    ),
    gold: nameOf(site, "stateMachine", team.name, "gold"),
    machineRole: nameOf(site, "role", team.name, "machines"),
    schedulerRole: nameOf(site, "role", team.name, "schedules"),
    scheduleGroup: nameOf(site, "schedule", team.name),
    queue: nameOf(site, "queue", team.name, "wakeups"),
    deadLetters: nameOf(site, "queue", team.name, "dead-letters"),
    topic: nameOf(site, "topic", team.name, "alerts"),
    secrets: ofEach(secretsOf(team), (secret) => nameOf(site, "secret", team.name, secret)),
    dashboard: nameOf(site, "dashboard", team.name),
    snowflake: {
      database: adopted?.database ?? snowflakeName(site, team.name),
      warehouses: ofEach(
        Object.keys(warehouses) as Workload[],
        (workload) => adopted?.warehouses?.[workload] ?? snowflakeName(site, team.name, workload),
      ),
      monitor: snowflakeName(site, team.name, "monitor"),
      roles: ofEach(snowflakeRoles, (role) => snowflakeRoleName(site, team.name, role)),
      users: ofEach([...signingIn(team), ...(Object.keys(team.readers ?? {}) as Workload[])], (workload) =>
        snowflakeName(site, team.name, workload, "service"),
      ),
      integration: snowflakeName(site, team.name, "lake"),
      integrationRole: nameOf(site, "role", team.name, "snowflake"),
      networkPolicy: snowflakeName(site, team.name, "egress"),
    },
  };
}

/** Workloads whose functions sign in to Snowflake: loading and merging, and building gold where it has its own. */
export function signingIn(team: Team): Workload[] {
  return [...new Set(Object.values(signInOf(team)))];
}

/** The functions that sign in to Snowflake, and the workload each does it for. */
export function signInOf(team: Team): Partial<Record<FunctionName, Workload>> {
  const models = team.modelsOn ?? "elt";
  return {
    ...{ window: "elt", load: "elt", check: "elt", merge: "elt" },
    ...{ select: models, model: models, watch: models },
  };
}

/** True where what holds data is protected and kept: in production, until its team is retired. */
export function keepsData({ environment, team }: Pick<Scope, "environment" | "team">): boolean {
  return environment.cloud.production && !team.retired;
}

/** The secrets a team's functions read, by the names its declarations use. */
export function secretsOf(team: Team): string[] {
  const named = team.pipelines.flatMap(({ source }) =>
    source.kind === "http" && source.auth ? [source.auth.secret] : [],
  );
  const hashes = team.pipelines.some(({ columns }) =>
    Object.values(columns).some(({ pii }) => pii === "hash"),
  );
  const keyPairs =
    team.signIn === "key_pair" ? signingIn(team).map((each) => `snowflake_${each}_private_key`) : [];
  return [...new Set([...named, ...(hashes ? [`${team.name}_pii_key`] : []), ...keyPairs])].sort();
}

function ofEach<K extends string, V>(each: readonly K[], value: (key: K) => V): Record<K, V> {
  return Object.fromEntries(each.map((key) => [key, value(key)])) as Record<K, V>;
}

import { nameOf, platformOwner, requireDistinct, type Site, snowflakeName } from "./names.ts";
import type { Scope, TeamNames } from "./scope.ts";

/** A name, of what kind it is, and whose: what must be distinct within an environment. */
export interface Taken {
  kind: string;
  name: string;
  of: string;
}

/**
 * Refuses an environment in which two things would have one name, whichever part of it a run makes.
 *
 * @param scopes of all its teams
 * @throws {FirnError} `infra.name_taken`
 */
export function requireDistinctNames(site: Site, scopes: readonly Scope[]): void {
  requireDistinct([...platformNames(site), ...scopes.flatMap(teamNames)]);
}

/** Every name a team has in AWS and Snowflake. */
export function teamNames(scope: Scope): Taken[] {
  const { team, names } = scope;
  // One entry for each of a team's names: a new one must be placed here.
  const kinds = {
    keyAlias: "key alias",
    buckets: "bucket",
    functions: "function",
    roles: "role",
    identities: "role",
    machines: "state machine",
    gold: "state machine",
    machineRole: "role",
    schedulerRole: "role",
    scheduleGroup: "schedule group",
    queue: "queue",
    deadLetters: "queue",
    topic: "topic",
    secrets: "secret",
    dashboard: "dashboard",
  } satisfies Record<Exclude<keyof TeamNames, "snowflake">, string>;
  const ofSnowflake = {
    database: "Snowflake database",
    warehouses: "Snowflake warehouse",
    monitor: "Snowflake resource monitor",
    roles: "Snowflake role",
    users: "Snowflake user",
    integration: "Snowflake integration",
    integrationRole: "role",
    networkPolicy: "Snowflake network policy",
  } satisfies Record<keyof TeamNames["snowflake"], string>;
  return [
    ...namedAfter(scope, team.name, `team ${team.name}`),
    ...Object.entries(kinds).flatMap(([of, kind]) =>
      taken(kind, names[of as keyof typeof kinds], `${of} of team ${team.name}`),
    ),
    ...Object.entries(ofSnowflake).flatMap(([of, kind]) =>
      taken(kind, names.snowflake[of as keyof typeof ofSnowflake], `${of} of team ${team.name}`),
    ),
  ];
}

/** What teams share is named as a team of its own would be, so no team can be called the same. */
function platformNames(site: Site): Taken[] {
  return namedAfter(site, platformOwner, "the platform");
}

/** What the names of all that a team or the platform has begin with. */
function namedAfter(site: Site, owner: string, of: string): Taken[] {
  return [
    { kind: "prefix", name: nameOf(site, "alias", owner), of },
    { kind: "Snowflake prefix", name: snowflakeName(site, owner), of },
  ];
}

function taken(kind: string, named: string | Readonly<Record<string, string>>, of: string): Taken[] {
  return typeof named === "string"
    ? [{ kind, name: named, of }]
    : Object.entries(named).map(([each, name]) => ({ kind, name, of: `${each} in ${of}` }));
}

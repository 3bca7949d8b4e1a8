/**
 * Isolation, proven: every principal's way to every team's data, and the ways that no declaration names.
 *
 * Ways lead through roles that are assumed, handed over or changed, through users and roles of Snowflake and their
 * stages, and through what is only set going: a function or state machine that is invoked acts with its own reach,
 * which is told apart (`invokes`).
 */
import type { Verb } from "./actions.ts";
import { type Access, accessOf, anyone, type Edge, guestsOf, roleEdges, withExternalId } from "./aws.ts";
import type { DeclaredGrant, Facts } from "./facts.ts";
import { outside } from "./facts.ts";
import { accessesOf, missingFor, roleNode, snowflakeEdges, userNode } from "./snowflake.ts";

/** One thing that a principal can do to something, and how it comes to it. */
export interface Reach {
  /** An ARN, `snowflake user X`, `snowflake role X`, a service, `anyone`. */
  principal: string;
  /** Whose it is. */
  of: string;
  access: Access;
  /** From the principal to who has the access itself. */
  path: Edge[];
  /** Only by setting something going that has the access; it does with it what it is made to do. */
  invokes: boolean;
}

/** Roles of Snowflake that people administer an account with; they stand above all teams. */
const administrators = new Set(
  ["ACCOUNTADMIN", "SECURITYADMIN", "USERADMIN", "SYSADMIN", "ORGADMIN", "FIRN_DEPLOYER"].map(roleNode),
);

interface Graph {
  owners: Map<string, string>;
  edges: Map<string, Edge[]>;
  accesses: Map<string, Access[]>;
}

/** All there is to reach, by everyone. Paths are the shortest; what needs no invoking comes first. */
export function planReach(facts: Facts): Reach[] {
  const graph = planGraph(facts);
  return [...graph.owners].flatMap(([principal, of]) => reachOf(graph, principal, of));
}

function planGraph(facts: Facts): Graph {
  const { account, roles, runs, wires, snowflake } = facts;
  const owners = new Map<string, string>();
  const edges = new Map<string, Edge[]>();
  const accesses = new Map<string, Access[]>();
  const join = (edge: Edge) => edges.set(edge.from, [...(edges.get(edge.from) ?? []), edge]);
  const give = (to: string, ...each: Access[]) => accesses.set(to, [...(accesses.get(to) ?? []), ...each]);

  for (const { arn, owner } of [...roles, ...runs]) owners.set(arn, owner);
  for (const { name, owner } of snowflake.roles) owners.set(roleNode(name), owner);
  for (const { name, owner, roleArn } of snowflake.users) {
    owners.set(userNode(name), owner);
    // A tool's role, which is nobody's here: it is whose user it signs in as.
    if (roleArn !== undefined && !owners.has(roleArn)) owners.set(roleArn, owner);
  }
  for (const told of [...roleEdges(facts), ...snowflakeEdges(facts)]) {
    // A stranger that takes the role of an integration is Snowflake, for the team whose integration it is: where an
    // external id tells which, since Snowflake has one user for all integrations of an account.
    const storage = snowflake.integrations.find(
      ({ roleArn }) => roleArn === told.to && told.from.endsWith(withExternalId(roleArn)),
    );
    const edge = storage ? { ...told, from: `snowflake integration ${storage.name}` } : told;
    join(edge);
    if (!owners.has(edge.from)) owners.set(edge.from, storage?.owner ?? outside);
  }
  for (const role of roles) {
    for (const access of facts.targets.flatMap((target) => accessOf(role, target, account))) {
      if (isRest(access) && has(accesses.get(role.arn), access)) continue;
      give(role.arn, access);
      for (const edge of ranBy(role.arn, access)) join(edge);
    }
  }
  for (const target of facts.targets) {
    for (const { by, owner, access } of guestsOf(target, facts)) {
      if (isRest(access) && has(accesses.get(by), access)) continue;
      owners.set(by, owner);
      give(by, access);
    }
  }
  for (const { arn, role } of runs) join({ from: arn, to: role, how: "runs as", mode: "become" });
  for (const { from, owner, to, verb } of wires) {
    owners.set(from, owners.get(from) ?? owner);
    join({ from, to, how: verb === "invoke" ? "sets going" : "is sent to", mode: "invoke" });
    const target = facts.targets.find(({ arns }) => arns.includes(to));
    if (target) give(from, { verb, what: target.label, name: to, owner: target.owner, target });
  }
  for (const grant of snowflake.grants) {
    give(roleNode(grant.role), ...accessesOf(grant, facts));
    if (!owners.has(roleNode(grant.role))) owners.set(roleNode(grant.role), ownerOfRole(grant.role));
  }
  return { owners, edges, accesses };

  function ownerOfRole(name: string): string {
    return name === "PUBLIC" ? outside : "_platform";
  }

  /** What a role sets going, or makes its own, by what it may do to functions, machines, queues and secrets. */
  function ranBy(by: string, { verb, target, what }: Access): Edge[] {
    const edge = (to: string, how: string, mode: Edge["mode"]): Edge => ({ from: by, to, how, mode });
    const changes = verb === "administer" || verb === "anything";
    if (!("arns" in target)) return [];
    const [arn] = target.arns;
    if (target.kind === "function" || target.kind === "machine") {
      if (changes) return [edge(arn, "changes", "become")];
      return verb === "invoke"
        ? [edge(arn, target.kind === "function" ? "invokes" : "starts", "invoke")]
        : [];
    }
    if (target.kind === "queue" || target.kind === "topic")
      return verb === "write" || verb === "anything" ? [edge(arn, "sends to", "invoke")] : [];
    if (target.kind !== "secret" || (verb !== "read" && verb !== "anything")) return [];
    const users = snowflake.users.filter(({ secretArn }) => secretArn === arn);
    return users.map(({ name }) => edge(userNode(name), `has ${what} to sign in as`, "become"));
  }
}

function isRest({ target }: Access): boolean {
  return "rest" in target && target.rest === true;
}

function has(accesses: readonly Access[] | undefined, { verb, name, owner }: Access): boolean {
  const bucket = name.split("/")[0];
  return (accesses ?? []).some(
    (each) =>
      each.verb === verb && each.owner === owner && each.name.split("/")[0] === bucket && !isRest(each),
  );
}

function reachOf({ edges, accesses }: Graph, principal: string, of: string): Reach[] {
  const paths = new Map<string, { path: Edge[]; invokes: boolean }>([
    [principal, { path: [], invokes: false }],
  ]);
  for (const mode of ["become", "invoke"] as const) {
    const open = [...paths.keys()];
    for (let at = open.shift(); at !== undefined; at = open.shift()) {
      const before = paths.get(at);
      for (const edge of edges.get(at) ?? []) {
        if (paths.has(edge.to) || !before || (mode === "become" && edge.mode === "invoke")) continue;
        const invokes = before.invokes || edge.mode === "invoke";
        paths.set(edge.to, { path: [...before.path, edge], invokes });
        open.push(edge.to);
      }
    }
  }
  return [...paths].flatMap(([node, found]) =>
    (accesses.get(node) ?? []).map((access) => ({ principal, of, access, ...found })),
  );
}

/** A way to a team's data that no declaration names. */
export interface Unexpected extends Reach {
  /** For people: who, how, what. */
  told: string;
}

/**
 * Ways from one team's principals, or from nobody's, to another team's data. Must be empty.
 *
 * Roles with which people administer Snowflake are left out: they stand above the teams. The platform's own
 * principals are not: no team's data is theirs.
 *
 * @param declared what teams granted each other: reading a model, and seeing the database and schema it lies in
 */
export function unexpectedPaths(facts: Facts, declared: readonly DeclaredGrant[]): Unexpected[] {
  return planReach(facts)
    .filter(
      ({ principal, of, access }) =>
        facts.teams.includes(access.owner) && of !== access.owner && !administrators.has(principal),
    )
    .filter((reach) => !declared.some((grant) => isDeclared(grant, reach)))
    .map((reach) => ({ ...reach, told: tell(reach) }));
}

function isDeclared({ from, to, database, schema, model }: DeclaredGrant, { of, access }: Reach): boolean {
  if (access.owner !== from || of !== to || access.target.kind !== "snowflake") return false;
  const { on } = access.target;
  if (on.name !== database.toUpperCase()) return false;
  if (access.verb === "list")
    return on.kind === "DATABASE" || (on.kind === "SCHEMA" && on.schema === schema.toUpperCase());
  return access.verb === "read" && on.schema === schema.toUpperCase() && on.object === model.toUpperCase();
}

/** Declared grants that nobody of the team they are for could use, with what is missing. */
export function brokenGrants(
  facts: Facts,
  declared: readonly DeclaredGrant[],
): { grant: DeclaredGrant; missing: string[] }[] {
  const reach = planReach(facts).filter(({ access }) => access.target.kind === "snowflake");
  return declared.flatMap((grant) => {
    const users = facts.snowflake.users
      .filter(({ owner }) => owner === grant.to)
      .map(({ name }) => userNode(name));
    const lacks = users.map((user) => {
      const own = reach.filter(({ principal }) => principal === user);
      const reads = own.find(
        ({ access }) => access.verb === "read" && isDeclared(grant, { ...blank, of: grant.to, access }),
      );
      if (reads?.access.target.kind !== "snowflake") return [`SELECT on ${grant.model}`];
      const roles = new Set(own.flatMap(({ path }) => path.map(({ to }) => to)));
      const grants = facts.snowflake.grants.filter(({ role }) => roles.has(roleNode(role)));
      return missingFor(grants, reads.access.target.on);
    });
    const [fewest = ["a user"]] = lacks.sort((a, b) => a.length - b.length);
    return fewest.length === 0 ? [] : [{ grant, missing: fewest }];
  });
}

const blank = { principal: "", path: [], invokes: false };

/** A way in words. */
export function tell({ principal, of, access, path }: Reach): string {
  const steps = path.map(({ how, to }) => `${how} ${short(to)}`);
  const owner = of === outside && principal === anyone ? "" : ` (${of})`;
  return `${short(principal)}${owner} ${[...steps, `may ${phrase(access.verb)} ${access.what} of ${access.owner}`].join(", ")}: ${short(access.name)}`;
}

function phrase(verb: Verb): string {
  return verb === "anything" ? "do anything to" : verb;
}

/** Without what all ARNs of an account share. */
export function short(name: string): string {
  return name.replace(
    /^arn:aws:(iam|lambda|states|sqs|sns|scheduler|events|s3|kms|secretsmanager|logs):[^:]*:[^:]*:/,
    "",
  );
}

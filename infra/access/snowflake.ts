/**
 * Who can do what in Snowflake, and whom they can become.
 *
 * A privilege counts even where USAGE of its database or schema is missing, since another role of the same user may
 * have it; `missingFor` tells what a read still lacks. A role has what the roles granted to it have, and all have
 * what PUBLIC has.
 *
 * @see https://docs.snowflake.com/en/user-guide/security-access-control-overview
 */
import type { Verb } from "./actions.ts";
import type { Access, Edge } from "./aws.ts";
import type { Facts, Grant, ObjectName, SnowflakeFacts } from "./facts.ts";

export const roleNode = (name: string) => `snowflake role ${name}`;
export const userNode = (name: string) => `snowflake user ${name}`;

/** What each privilege lets its holder do. Unknown ones count as `anything`. */
const verbsByPrivilege: Record<string, Verb | undefined> = {
  SELECT: "read",
  READ: "read",
  REBUILD: "write",
  INSERT: "write",
  UPDATE: "write",
  WRITE: "write",
  DELETE: "delete",
  TRUNCATE: "delete",
  USAGE: "list",
  MONITOR: "list",
  REFERENCES: "list",
  OPERATE: "administer",
  MODIFY: "administer",
  APPLY: "administer",
  EVOLVE_SCHEMA: "administer",
  ADD_SEARCH_OPTIMIZATION: "administer",
};

/** Privileges on the account that open no team's data. */
const harmlessOnAccount =
  /^(CREATE (DATABASE|WAREHOUSE|INTEGRATION|ROLE|USER)|MONITOR USAGE|MONITOR EXECUTION)$/;

export function verbOf(privilege: string, kind: string): Verb {
  if (privilege === "USAGE" && ["WAREHOUSE", "PROCEDURE", "FUNCTION"].includes(kind)) return "invoke";
  if (privilege.startsWith("CREATE ")) return "create";
  return verbsByPrivilege[privilege.replaceAll(" ", "_")] ?? "anything";
}

/** `DATABASE.SCHEMA.NAME`, as far as it goes. */
export function textOf({ name, schema, object }: ObjectName): string {
  return [name, schema, object].filter((each) => each !== undefined).join(".");
}

/** What a grant gives: of one owner, but for grants on the account, which concern every team. */
export function accessesOf({ privilege, on, scope }: Grant, { snowflake, teams }: Facts): Access[] {
  const account = on.kind === "ACCOUNT";
  if (account && harmlessOnAccount.test(privilege)) return [];
  const verb = account ? "anything" : verbOf(privilege, on.kind);
  const name = account ? `the account (${privilege})` : textOf(on);
  const makes = /^CREATE (.+)$/.exec(privilege)?.[1];
  const kind = makes === undefined ? on.kind : `${makes} of its own in ${on.kind}`;
  const what = account ? name : `${scope ? `${scope} ` : ""}${kind.toLowerCase()} ${name}`;
  const owners = account ? teams : [snowflake.owners[on.name] ?? "_platform"];
  return owners.map((owner) => ({ verb, what, name, owner, target: { kind: "snowflake", on } }));
}

export function snowflakeEdges({ snowflake, roles }: Facts): Edge[] {
  const edges: Edge[] = [];
  const add = (from: string, to: string, how: string) => edges.push({ from, to, how, mode: "become" });
  for (const { role, member } of snowflake.memberships)
    add(member.kind === "user" ? userNode(member.name) : roleNode(member.name), roleNode(role), "has role");
  for (const { name } of snowflake.roles)
    if (name !== "PUBLIC") add(roleNode(name), roleNode("PUBLIC"), "is in");
  for (const user of snowflake.users) {
    add(userNode(user.name), roleNode("PUBLIC"), "is in");
    if (user.roleArn !== undefined) add(user.roleArn, userNode(user.name), "signs in as");
  }
  for (const { role, on, privilege } of snowflake.grants) {
    const integration = integrationOf(snowflake, on);
    const arn = snowflake.integrations.find(({ name }) => name === integration)?.roleArn;
    if (arn !== undefined && roles.some((each) => each.arn === arn) && privilege !== "MONITOR")
      add(roleNode(role), arn, `reads through ${on.kind.toLowerCase()} ${textOf(on)}, as`);
  }
  return edges;
}

/** The storage integration that a stage's or an integration's privilege leads through. */
function integrationOf({ stages }: SnowflakeFacts, on: ObjectName): string | undefined {
  if (on.kind === "INTEGRATION") return on.name;
  if (on.kind !== "STAGE") return undefined;
  const found = stages.find(
    ({ name }) =>
      name.name === on.name &&
      (on.schema === undefined || name.schema === on.schema) &&
      (on.object === undefined || on.object === "*" || name.object === on.object),
  );
  return found?.integration;
}

/** What roles lack to read a table or view, beside the privilege itself: USAGE of what it lies in. */
export function missingFor(grants: readonly Grant[], { name, schema }: ObjectName): string[] {
  const opens = (kind: string, of?: string) =>
    grants.some(
      ({ privilege, on }) =>
        (privilege === "USAGE" || privilege === "OWNERSHIP" || privilege === "ALL") &&
        on.kind === kind &&
        on.name === name &&
        (of === undefined || on.schema === of || on.schema === "*"),
    );
  return [
    ...(opens("DATABASE") ? [] : [`USAGE on database ${name}`]),
    ...(schema === undefined || opens("SCHEMA", schema) ? [] : [`USAGE on schema ${name}.${schema}`]),
  ];
}

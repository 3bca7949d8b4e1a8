/** The Snowflake half of the facts: roles, users, grants, integrations and stages that a program registers. */
import { platformOwner } from "../names.ts";
import { type Scope, secretArn } from "../scope.ts";
import type { Grant, ObjectName, SnowflakeFacts, SnowflakeUser } from "./facts.ts";
import type { Reader, Resource } from "./resource.ts";
import { changing, parseExecute, parseName, parseShares, parts, unquoted } from "./snowflake-text.ts";

type Fields = Record<string, unknown>;

const prefix = "snowflake:index/";

export function snowflakeFacts(
  read: Reader,
  scopes: readonly Scope[],
  { see, unread }: { see(type: string): Resource[]; unread: string[] },
): SnowflakeFacts {
  const of = (type: string) => see(`${prefix}${type[0]?.toLowerCase()}${type.slice(1)}:${type}`);
  const facts: SnowflakeFacts = {
    roles: of("AccountRole").map((each) => ({ name: nameIn(each), owner: read.owner(each) })),
    users: ["ServiceUser", "User", "LegacyServiceUser"].flatMap((type) => of(type).map(userOf)),
    grants: [],
    memberships: [],
    integrations: of("StorageIntegration")
      .concat(of("StorageIntegrationAws"))
      .map((each) => ({
        name: nameIn(each),
        owner: read.owner(each),
        roleArn: String(each.inputs.storageAwsRoleArn ?? ""),
      })),
    stages: [...of("Stage"), ...of("StageExternalS3")].map((each) => ({
      name: {
        kind: "STAGE",
        name: String(each.inputs.database),
        schema: String(each.inputs.schema),
        object: nameIn(each),
      },
      owner: read.owner(each),
      integration: unquoted(String(each.inputs.storageIntegration ?? "")),
    })),
    owners: ownersOf(scopes, read, of),
  };
  for (const each of of("GrantPrivilegesToAccountRole")) facts.grants.push(...grantsOf(each));
  for (const each of of("GrantOwnership")) {
    if (each.inputs.accountRoleName === undefined) unread.push(`${each.name}: ownership of a database role`);
    else facts.grants.push(...grantsOf(each, ["OWNERSHIP"], each.inputs.on as Fields));
  }
  for (const each of of("GrantAccountRole")) {
    const { roleName, parentRoleName, userName } = each.inputs;
    const member = userName !== undefined ? "user" : "role";
    const name = unquoted(String(userName ?? parentRoleName));
    facts.memberships.push({ role: unquoted(String(roleName)), member: { kind: member, name } });
  }
  for (const each of of("Execute")) readExecute(each);
  for (const each of of("ProcedureSql")) readProcedure(each);
  return facts;

  /** What an Execute makes: a user, the AWS role it signs in as, or who holds a role. Else it is unread. */
  function readExecute(each: Resource): void {
    const made = parseExecute(String(each.inputs.execute ?? ""));
    if (made === null) unread.push(`${each.name}: an Execute that is nothing Firn's checker knows`);
    else if ("role" in made) facts.memberships.push(made);
    else {
      const known = facts.users.find(({ name }) => name === made.user);
      const identity = made.roleArn !== undefined && { roleArn: made.roleArn };
      if (known) Object.assign(known, identity);
      else facts.users.push({ name: made.user, owner: read.owner(each), ...identity });
    }
  }

  /** What a procedure may do in its owner's name: it may grant models, and nothing else that is known here. */
  function readProcedure(each: Resource): void {
    const { grants, rest } = parseShares(String(each.inputs.procedureDefinition ?? ""));
    facts.grants.push(...grants);
    if (String(each.inputs.executeAs).toUpperCase() !== "CALLER" && changing.test(rest))
      unread.push(`${each.name}: a procedure that does more than grant models in its owner's name`);
  }

  /** A user with a key pair has its key in the team's secret for that. */
  function userOf(each: Resource): SnowflakeUser {
    const name = nameIn(each);
    const scope = scopes.find(({ names }) => Object.values(names.snowflake.users).includes(name));
    const workload = Object.entries(scope?.names.snowflake.users ?? {}).find(
      ([, user]) => user === name,
    )?.[0];
    const secret = `snowflake_${workload}_private_key`;
    return {
      name,
      owner: read.owner(each),
      ...(scope && scope.names.secrets[secret] !== undefined && { secretArn: secretArn(scope, secret) }),
    };
  }
}

function ownersOf(
  scopes: readonly Scope[],
  read: Reader,
  of: (type: string) => Resource[],
): Record<string, string> {
  const registered = ["Database", "Warehouse", "StorageIntegration", "ResourceMonitor"].flatMap((type) =>
    of(type).map((each) => [nameIn(each), read.owner(each)] as const),
  );
  return Object.fromEntries([
    ...registered.filter(([, owner]) => owner !== platformOwner),
    ...Object.entries(ownersNamed(scopes)),
  ]);
}

/** Whose things of an account are, by the names that teams have for them. */
export function ownersNamed(scopes: readonly Scope[]): Record<string, string> {
  return Object.fromEntries(
    scopes.flatMap(({ team, names: { snowflake } }) =>
      [
        ...[snowflake.database, snowflake.monitor, snowflake.integration],
        ...Object.values(snowflake.warehouses),
      ].map((name) => [name, team.name] as const),
    ),
  );
}

/** A resource's grants, one a privilege and object. */
function grantsOf(each: Resource, privileges = privilegesIn(each), on: Fields = each.inputs): Grant[] {
  const role = unquoted(String(each.inputs.accountRoleName));
  return objectsOf(on).flatMap(({ on, scope }) =>
    privileges.map((privilege) => ({ role, privilege, on, ...(scope && { scope }) })),
  );
}

function privilegesIn({ inputs }: Resource): string[] {
  if (inputs.allPrivileges === true) return ["ALL"];
  return ((inputs.privileges ?? []) as string[]).map((each) => each.toUpperCase());
}

/** What a grant is on, in any of the ways the provider has. */
export function objectsOf(on: Fields): { on: ObjectName; scope?: "all" | "future" }[] {
  if (on.onAccount === true) return [{ on: { kind: "ACCOUNT", name: "ACCOUNT" } }];
  const found: { on: ObjectName; scope?: "all" | "future" }[] = [];
  const object = (on.onAccountObject ?? {}) as Fields;
  if (object.objectName !== undefined)
    found.push({ on: { kind: kindOf(object.objectType), name: unquoted(String(object.objectName)) } });
  const schema = (on.onSchema ?? {}) as Fields;
  if (schema.schemaName !== undefined) found.push({ on: parseName("SCHEMA", String(schema.schemaName)) });
  for (const [property, scope] of [
    ["allSchemasInDatabase", "all"],
    ["futureSchemasInDatabase", "future"],
  ] as const)
    if (schema[property] !== undefined)
      found.push({ on: { kind: "SCHEMA", name: unquoted(String(schema[property])), schema: "*" }, scope });
  const within = (on.onSchemaObject ?? on) as Fields;
  if (within.objectName !== undefined)
    found.push({ on: parseName(kindOf(within.objectType), String(within.objectName)) });
  for (const scope of ["all", "future"] as const) {
    const set = within[scope] as Fields | undefined;
    if (!set) continue;
    const kind = kindOf(set.objectTypePlural);
    const [name = "", of = "*"] = parts(String(set.inSchema ?? set.inDatabase ?? ""));
    found.push({
      on: kind === "SCHEMA" ? { kind, name, schema: "*" } : { kind, name, schema: of, object: "*" },
      scope,
    });
  }
  return found;
}

function kindOf(type: unknown): string {
  const kind = String(type ?? "").toUpperCase();
  return kind.endsWith("POLICIES") ? kind.replace(/IES$/, "Y") : kind.replace(/S$/, "");
}

function nameIn({ inputs, name }: Resource): string {
  return unquoted(String(inputs.name ?? name));
}

/** What the first administrator runs once in Snowflake, as ACCOUNTADMIN. Pure. */
import type { Team } from "#firn";
import { baseName, deployerRole, platformOwner, type Site, snowflakeName } from "../names.ts";
import { roleArn } from "../scope.ts";
import { quoted } from "../snowflake/sql.ts";

/** The role of previews: it signs in, and may do nothing. A preview compares with Pulumi's state, not with Snowflake. */
export const previewerRole = "FIRN_PREVIEWER";

/**
 * What Snowflake asks of whoever makes each kind of resource, where owning what it lies in is not enough. A type
 * that is not here cannot be deployed, and a test refuses a program that has one.
 *
 * Nobody but ACCOUNTADMIN makes a resource monitor or puts a warehouse under one, and no privilege for it can be
 * granted: those types are made as ACCOUNTADMIN, by a provider of their own.
 *
 * @see https://docs.snowflake.com/en/user-guide/security-access-control-privileges
 * @see https://docs.snowflake.com/en/user-guide/resource-monitors
 */
export const accountPrivileges: Readonly<Record<string, readonly string[] | "ACCOUNTADMIN">> = {
  "snowflake:index/resourceMonitor:ResourceMonitor": "ACCOUNTADMIN",
  "snowflake:index/warehouse:Warehouse": "ACCOUNTADMIN",
  "snowflake:index/database:Database": ["CREATE DATABASE"],
  // What lies in a database belongs to who made that.
  "snowflake:index/schema:Schema": [],
  "snowflake:index/stage:Stage": [],
  "snowflake:index/maskingPolicy:MaskingPolicy": [],
  "snowflake:index/procedureSql:ProcedureSql": [],
  "snowflake:index/tag:Tag": [],
  "snowflake:index/tagAssociation:TagAssociation": ["APPLY TAG"],
  "snowflake:index/accountRole:AccountRole": ["CREATE ROLE"],
  "snowflake:index/serviceUser:ServiceUser": ["CREATE USER"],
  // CREATE USER with a workload identity, which the provider's own resource does not know.
  "snowflake:index/execute:Execute": ["CREATE USER"],
  "snowflake:index/storageIntegration:StorageIntegration": ["CREATE INTEGRATION"],
  "snowflake:index/networkPolicy:NetworkPolicy": ["CREATE NETWORK POLICY"],
  // Future grants in a database, and grants on what a team's owner role owns.
  "snowflake:index/grantPrivilegesToAccountRole:GrantPrivilegesToAccountRole": ["MANAGE GRANTS"],
  "snowflake:index/grantOwnership:GrantOwnership": ["MANAGE GRANTS"],
  // A role is granted by its owner, who made it; a team's goes to SYSADMIN, and to the deployer itself.
  "snowflake:index/grantAccountRole:GrantAccountRole": [],
};

/**
 * What the deployer needs on a database that a team adopts, which it does not own: to make schemas there, and to set
 * its comment and its Time Travel. It may not drop it. An adopted warehouse is ACCOUNTADMIN's business, as all are.
 */
export const adoptedDatabasePrivileges = ["CREATE SCHEMA", "MODIFY", "MONITOR", "USAGE"] as const;

/** The user that a workflow signs in as. */
export function serviceUser(site: Site, role: "deploy" | "preview"): string {
  return snowflakeName(site, platformOwner, role);
}

/**
 * Statements to run in one go; running them again mends what differs.
 *
 * The users have no password: each signs in as the AWS role of the workflow that bears its name. Every part of a
 * statement is a constant, made of letters, digits, hyphens and `_`, or quoted.
 */
export function planSnowflakeStatements(site: Site, teams: readonly Team[]): string[] {
  const privileges = [
    ...new Set(Object.values(accountPrivileges).flatMap((each) => (each === "ACCOUNTADMIN" ? [] : each))),
  ].sort();
  return [
    "USE ROLE ACCOUNTADMIN",
    role(deployerRole, "Makes and owns what the program of Firn declares"),
    `GRANT ROLE ${deployerRole} TO ROLE SYSADMIN`,
    `GRANT ${privileges.join(", ")} ON ACCOUNT TO ROLE ${deployerRole}`,
    ...adoptedDatabases(site, teams).map(
      (name) =>
        `GRANT ${adoptedDatabasePrivileges.join(", ")} ON DATABASE ${quoted(name)} TO ROLE ${deployerRole}`,
    ),
    role(previewerRole, "Signs in for a preview and may do nothing"),
    `GRANT ROLE ${previewerRole} TO ROLE SYSADMIN`,
    ...user(site, "deploy", deployerRole),
    // For monitors and the warehouses they watch; the user's default stays the deploying role.
    `GRANT ROLE ACCOUNTADMIN TO USER ${serviceUser(site, "deploy")}`,
    ...user(site, "preview", previewerRole),
  ];
}

function adoptedDatabases({ environment }: Site, teams: readonly Team[]): string[] {
  return teams.flatMap(({ adopt }) => adopt?.[environment.name]?.database ?? []);
}

function role(name: string, comment: string): string {
  return `CREATE ROLE IF NOT EXISTS ${name} COMMENT = '${comment}'`;
}

/** @see https://docs.snowflake.com/en/user-guide/workload-identity-federation */
function user(site: Site, of: "deploy" | "preview", role: string): string[] {
  const name = serviceUser(site, of);
  const identity = `WORKLOAD_IDENTITY = (TYPE = AWS ARN = '${roleArn(site, baseName(site, of))}')`;
  return [
    `CREATE USER IF NOT EXISTS ${name} TYPE = SERVICE DEFAULT_ROLE = ${role} ${identity}`,
    `ALTER USER ${name} SET DEFAULT_ROLE = ${role} ${identity}`,
    `GRANT ROLE ${role} TO USER ${name}`,
  ];
}

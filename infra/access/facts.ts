/**
 * All that decides who can reach what, as plain data: what adapters make, and the checker reads.
 *
 * An owner is a team's name, `_platform`, or `outside`: of no one here. Data of a team is what it owns.
 */
import type { Kind } from "./actions.ts";
import type { Statement } from "./policy.ts";

export const outside = "outside";

export interface Facts {
  account: string;
  teams: readonly string[];
  roles: AwsRole[];
  /** What there is to reach in AWS, each with the policy of its own. */
  targets: AwsTarget[];
  /** What acts as a role once someone makes it run. */
  runs: { arn: string; kind: "function" | "machine"; owner: string; role: string }[];
  /** What AWS does for us because a resource says so: a rule's target, a mapping from queue to function. */
  wires: { from: string; owner: string; to: string; verb: "write" | "invoke" }[];
  snowflake: SnowflakeFacts;
  /** What gives access and could not be read. A proof needs none. */
  unread: string[];
}

export interface AwsRole {
  arn: string;
  owner: string;
  trust: Statement[];
  policies: Statement[];
}

export interface AwsTarget {
  kind: Kind;
  /** May hold `*` and `?`, where ARNs end in what AWS or the runtime chooses. The first is the resource itself. */
  arns: [string, ...string[]];
  owner: string;
  /** What people call it: `raw/ of commerce`. */
  label: string;
  /** Of a key. */
  alias?: string;
  /** Of objects: what their keys begin with. */
  prefix?: string;
  statements: Statement[];
  /** Looked at only for what no narrower target of the same bucket has: objects under no known prefix. */
  rest?: boolean;
}

export interface SnowflakeFacts {
  roles: { name: string; owner: string }[];
  users: SnowflakeUser[];
  grants: Grant[];
  /** `member` (a user or a role) may do what `role` may. */
  memberships: { role: string; member: { kind: "role" | "user"; name: string } }[];
  integrations: { name: string; owner: string; roleArn: string }[];
  stages: { name: ObjectName; owner: string; integration: string }[];
  /** Owners by database, warehouse, integration and monitor. */
  owners: Record<string, string>;
}

export interface SnowflakeUser {
  name: string;
  owner: string;
  /** The AWS role it signs in as. */
  roleArn?: string;
  /** ARN of the secret that holds its key. */
  secretArn?: string;
}

/** `DATABASE.SCHEMA.NAME`, as far as it goes; `*` where all there are or will be are meant. */
export interface ObjectName {
  /** TABLE, SCHEMA, WAREHOUSE ..., in the singular and upper case. */
  kind: string;
  /** A database, or a thing of the account. */
  name: string;
  schema?: string;
  object?: string;
}

export interface Grant {
  role: string;
  /** ALL for all there are. */
  privilege: string;
  on: ObjectName;
  /** Of what there is (`all`), of what will be (`future`); absent: of what is named. */
  scope?: "all" | "future";
}

/** One team's word that another may read a model of its gold. */
export interface DeclaredGrant {
  from: string;
  to: string;
  database: string;
  schema: string;
  model: string;
}

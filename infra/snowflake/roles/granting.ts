import * as pulumi from "@pulumi/pulumi";
import * as snowflake from "@pulumi/snowflake";
import type { Scope } from "../../scope.ts";
import type { SnowflakeGrant } from "./grants.ts";

const plural = {
  table: "TABLES",
  view: "VIEWS",
  "dynamic table": "DYNAMIC TABLES",
} as const;

export interface Granting {
  /** The team whose roles are granted to. */
  scope: Scope;
  grants: readonly SnowflakeGrant[];
  /** What has to stand before anything is granted on what a grant is about. */
  after: (grant: SnowflakeGrant) => pulumi.Resource[];
  /** Also grant on what the schemas hold already. A new database holds nothing. */
  existing: boolean;
}

/** Makes grants, one resource for each role and object. */
export class Grants extends pulumi.ComponentResource {
  constructor(
    name: string,
    { scope, grants, after, existing }: Granting,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("firn:infra:Grants", name, {}, options);
    const parent = this;
    for (const group of grouped(
      scope,
      grants.filter(({ by }) => by === undefined),
    )) {
      if (group.privileges.includes("OWNERSHIP")) own(group);
      else grant(group, objectOf(group.first), "");
      if (existing && group.first.future && !group.privileges.includes("OWNERSHIP"))
        grant(group, standing(group.first), "-standing");
    }
    this.registerOutputs({});

    function grant(
      { first, privileges, id }: Group,
      on: Partial<snowflake.GrantPrivilegesToAccountRoleArgs>,
      suffix: string,
    ): void {
      new snowflake.GrantPrivilegesToAccountRole(
        `${scope.team.name}-${id}${suffix}`,
        { accountRoleName: first.role, privileges, ...on },
        { parent, dependsOn: after(first) },
      );
    }

    /** Whoever makes a table in the schema, the role owns it. */
    function own({ first, id }: Group): void {
      new snowflake.GrantOwnership(
        `${scope.team.name}-${id}`,
        {
          accountRoleName: first.role,
          on: {
            future: {
              objectTypePlural: plural[first.on.kind as keyof typeof plural],
              inSchema: first.on.name,
            },
          },
        },
        { parent, dependsOn: after(first) },
      );
    }
  }
}

interface Group {
  first: SnowflakeGrant;
  privileges: string[];
  id: string;
}

function grouped(scope: Scope, grants: readonly SnowflakeGrant[]): Group[] {
  const groups = new Map<string, SnowflakeGrant[]>();
  for (const grant of grants) {
    // Ownership is a resource of its own kind.
    const key = [
      grant.role,
      grant.on.kind,
      grant.on.name,
      grant.future,
      grant.privilege === "OWNERSHIP",
    ].join(" ");
    groups.set(key, [...(groups.get(key) ?? []), grant]);
  }
  return [...groups.values()].map((each) => {
    const [first] = each as [SnowflakeGrant];
    const { on, future } = first;
    const what = `${future ? "future-" : ""}${on.kind.replaceAll(" ", "-")}`;
    const ending = first.privilege === "OWNERSHIP" ? "-owner" : "";
    return {
      first,
      privileges: each.map(({ privilege }) => privilege).sort(),
      id: `${roleLabel(scope, first)}-on-${what}-${objectLabel(scope, on.name)}${ending}`,
    };
  });
}

/** What a role and an object are called within the team, so that logical names stay when a name changes. */
function roleLabel({ names }: Scope, { role }: SnowflakeGrant): string {
  const roles = Object.entries(names.snowflake.roles);
  return roles.find(([, name]) => name === role)?.[0] ?? role.toLowerCase();
}

function objectLabel({ names }: Scope, name: string): string {
  const { database, warehouses } = names.snowflake;
  const workload = Object.entries(warehouses).find(([, each]) => each === name)?.[0];
  if (workload !== undefined) return workload;
  if (name === database) return "own";
  const parts = name
    .replace(/\(.*\)$/, "")
    .split(".")
    .map((part) => part.replaceAll('"', ""));
  return (parts[0] === database ? parts.slice(1) : parts).join("-").toLowerCase();
}

function objectOf({ on, future }: SnowflakeGrant): Partial<snowflake.GrantPrivilegesToAccountRoleArgs> {
  if (future)
    return {
      onSchemaObject: {
        future: { objectTypePlural: plural[on.kind as keyof typeof plural], inSchema: on.name },
      },
    };
  if (on.kind === "database" || on.kind === "warehouse")
    return { onAccountObject: { objectType: on.kind.toUpperCase(), objectName: on.name } };
  if (on.kind === "schema") return { onSchema: { schemaName: on.name } };
  return { onSchemaObject: { objectType: on.kind.toUpperCase(), objectName: on.name } };
}

function standing({ on }: SnowflakeGrant): Partial<snowflake.GrantPrivilegesToAccountRoleArgs> {
  return {
    onSchemaObject: { all: { objectTypePlural: plural[on.kind as keyof typeof plural], inSchema: on.name } },
  };
}

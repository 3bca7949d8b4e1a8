import * as pulumi from "@pulumi/pulumi";
import * as snowflake from "@pulumi/snowflake";
import type { Scope } from "../../scope.ts";
import { quoted } from "../sql.ts";
import { type DatabasePlan, type SchemaName, schemaNames } from "./plan.ts";

/** A team's database, its schemas, and their one owner. */
export class Database extends pulumi.ComponentResource {
  /** What must stand before anything can be made or granted in a schema. */
  readonly schemas: Record<SchemaName, pulumi.Resource[]>;

  constructor(
    name: string,
    { scope, plan, roles }: { scope: Scope; plan: DatabasePlan; roles: pulumi.Resource[] },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("firn:infra:Database", name, {}, options);
    const parent = this;
    const database = createDatabase();
    this.schemas = Object.fromEntries(
      schemaNames.map((schema): [SchemaName, pulumi.Resource[]] => {
        const made = createSchema(schema);
        return [schema, [made, own(schema, made)]];
      }),
    ) as Record<SchemaName, pulumi.Resource[]>;
    this.registerOutputs({});

    function createDatabase(): snowflake.Database {
      return new snowflake.Database(
        `${scope.team.name}-database`,
        {
          name: plan.name,
          comment: plan.comment,
          dataRetentionTimeInDays: plan.timeTravelDays,
          dropPublicSchemaOnCreation: !plan.adopted,
        },
        {
          parent,
          ...plan.databaseKeeping,
          dependsOn: roles,
          ...(plan.adopted && { import: quoted(plan.name) }),
        },
      );
    }

    function createSchema(schema: SchemaName): snowflake.Schema {
      const { transient, timeTravelDays, comment, name: schemaName } = plan.schemas[schema];
      return new snowflake.Schema(
        `${scope.team.name}-schema-${schema}`,
        {
          name: schemaName,
          database: plan.name,
          comment,
          isTransient: String(transient),
          withManagedAccess: "true",
          dataRetentionTimeInDays: timeTravelDays,
        },
        { parent, ...plan.keeping, dependsOn: [database, ...roles] },
      );
    }

    function own(schema: SchemaName, made: pulumi.Resource): snowflake.GrantOwnership {
      return new snowflake.GrantOwnership(
        `${scope.team.name}-schema-${schema}-owner`,
        {
          accountRoleName: scope.names.snowflake.roles.owner,
          on: { objectType: "SCHEMA", objectName: quoted(plan.name, plan.schemas[schema].name) },
          outboundPrivileges: "COPY",
        },
        { parent, dependsOn: [made, ...roles] },
      );
    }
  }
}

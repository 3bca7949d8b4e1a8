import * as pulumi from "@pulumi/pulumi";
import type * as snowflake from "@pulumi/snowflake";
import type { Scope } from "../scope.ts";
import { Database } from "./database/component.ts";
import { schemaNames, schemaOf } from "./database/plan.ts";
import { LakeIntegration } from "./integration/component.ts";
import { Masks } from "./masking/component.ts";
import type { SnowflakePlan } from "./plan.ts";
import { Roles } from "./roles/component.ts";
import { Grants } from "./roles/granting.ts";
import type { SnowflakeGrant } from "./roles/grants.ts";
import { ShareProcedure } from "./sharing/component.ts";
import { quoted } from "./sql.ts";
import { Tags } from "./tags/component.ts";
import { Users } from "./users/component.ts";
import { planSessions } from "./users/plan.ts";
import { Warehouses } from "./warehouses/component.ts";

/** All that a team has in Snowflake: database, warehouses, roles and grants, users, and the way into its lake. */
export class SnowflakeTeam extends pulumi.ComponentResource {
  /** What signs in, as what, and where files and rows lie. */
  readonly outputs: {
    database: string;
    stage: string;
    sessions: ReturnType<typeof planSessions>;
  };

  constructor(
    name: string,
    { scope, plan, admin }: { scope: Scope; plan: SnowflakePlan; admin: snowflake.Provider },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("firn:infra:SnowflakeTeam", name, {}, options);
    const parent = this;
    const prefix = `${scope.team.name}-snowflake`;
    const roles = new Roles(`${prefix}-roles`, { scope, plan: plan.roles }, { parent });
    const warehouses = new Warehouses(
      `${prefix}-warehouses`,
      { scope, plan: plan.warehouses, admin },
      { parent },
    );
    // The deployer holds the owner's role before it gives that anything: it works on in the schemas.
    const database = new Database(
      `${prefix}-database`,
      { scope, plan: plan.database, roles: [roles.byKey.owner, ...roles.held] },
      { parent },
    );
    const lake = new LakeIntegration(
      `${prefix}-lake`,
      { scope, plan: plan.integration, schema: database.schemas.raw },
      { parent },
    );
    const masks = new Masks(
      `${prefix}-masks`,
      { scope, plan: plan.masks, schema: database.schemas.ledger },
      { parent },
    );
    const share = shareGold();
    grant();
    const users = new Users(
      `${prefix}-users`,
      {
        scope,
        plan: plan.users,
        roles: new Map(plan.roles.map((role) => [role.name, roles.byKey[role.key]])),
      },
      { parent },
    );
    tag();
    this.outputs = {
      database: plan.database.name,
      stage: quoted(plan.database.name, schemaOf("raw"), plan.integration.stage),
      sessions: planSessions(scope),
    };
    this.registerOutputs(this.outputs);

    function shareGold(): pulumi.Resource[] {
      if (!plan.shares) return [];
      const after = [...database.schemas.ledger, ...database.schemas.gold];
      return [new ShareProcedure(`${prefix}-share`, { scope, plan: plan.shares, after }, { parent }).ready];
    }

    function grant(): void {
      const grants = plan.grants.filter((each) => isOwn(each));
      new Grants(`${prefix}-grants`, { scope, grants, after, existing: plan.database.adopted }, { parent });
    }

    /** What a grant needs: its role, and what it is about. */
    function after({ role, on }: SnowflakeGrant): pulumi.Resource[] {
      const key = plan.roles.find((each) => each.name === role)?.key;
      return [
        ...(key ? [roles.byKey[key]] : []),
        ...(on.kind === "warehouse" ? Object.values(warehouses.byWorkload) : []),
        ...(on.kind === "stage" ? [lake.stage] : []),
        ...(on.kind === "procedure" ? share : []),
        ...(masks.byName.has(on.name) ? [masks.byName.get(on.name) as pulumi.Resource] : []),
        ...(on.kind === "database"
          ? Object.values(database.schemas).flat()
          : schemaNames
              .filter((schema) => on.name.startsWith(quoted(plan.database.name, schemaOf(schema))))
              .flatMap((schema) => database.schemas[schema])),
      ];
    }

    /** Grants on other teams' gold come after all teams. */
    function isOwn({ on }: SnowflakeGrant): boolean {
      const { name: own } = plan.database;
      return on.kind === "warehouse" || on.name === own || on.name.startsWith(`${quoted(own)}.`);
    }

    function tag(): void {
      const tagged = [...Object.values(warehouses.byWorkload), ...users.all];
      new Tags(
        `${prefix}-tags`,
        { scope, plan: plan.tags, schema: database.schemas.ledger, tagged },
        { parent },
      );
    }
  }
}

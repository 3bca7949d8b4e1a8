import * as pulumi from "@pulumi/pulumi";
import type * as snowflake from "@pulumi/snowflake";
import { Identities } from "./identities/component.ts";
import { planIdentities } from "./identities/plan.ts";
import { Lake } from "./lake/component.ts";
import { planLake } from "./lake/plan.ts";
import { ReleaseObject } from "./release/component.ts";
import { planReleaseObject } from "./release/plan.ts";
import type { Scope } from "./scope.ts";
import { Secrets } from "./secrets/component.ts";
import { planSecrets } from "./secrets/plan.ts";
import { SnowflakeTeam } from "./snowflake/component.ts";
import { planSnowflake } from "./snowflake/plan.ts";

/** All a team has in an environment: its lake, its database and warehouses, its runtime and its watch. */
export class TeamPlatform extends pulumi.ComponentResource {
  readonly name: string;
  readonly outputs: Record<string, pulumi.Input<unknown>>;

  constructor(
    name: string,
    { scope, snowflakeAdmin }: { scope: Scope; snowflakeAdmin: snowflake.Provider },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("firn:infra:TeamPlatform", name, {}, options);
    const lake = new Lake(`${name}-lake`, { scope, plan: planLake(scope) }, { parent: this });
    const { key, zones } = lake;
    new Secrets(`${name}-secrets`, { scope, plan: planSecrets(scope), key }, { parent: this });
    new ReleaseObject(
      `${name}-release-of-declarations`,
      { scope, plan: planReleaseObject(scope), raw: zones.raw },
      { parent: this },
    );
    this.name = name;
    new Identities(`${name}-identities`, { scope, plan: planIdentities(scope) }, { parent: this });
    const snowflakeTeam = new SnowflakeTeam(
      `${name}-snowflake`,
      { scope, plan: planSnowflake(scope), admin: snowflakeAdmin },
      { parent: this },
    );
    this.outputs = { release: scope.release.hash, snowflake: snowflakeTeam.outputs };
    this.registerOutputs(this.outputs);
  }
}

import * as pulumi from "@pulumi/pulumi";
import type * as snowflake from "@pulumi/snowflake";
import type { Archives } from "./functions/plan.ts";
import { Identities } from "./identities/component.ts";
import { planIdentities } from "./identities/plan.ts";
import { Lake } from "./lake/component.ts";
import { planLake } from "./lake/plan.ts";
import { ReleaseObject } from "./release/component.ts";
import { planReleaseObject } from "./release/plan.ts";
import { TeamRuntime } from "./runtime.ts";
import type { Scope } from "./scope.ts";
import { Secrets } from "./secrets/component.ts";
import { planSecrets } from "./secrets/plan.ts";
import { SnowflakeTeam } from "./snowflake/component.ts";
import { planSnowflake } from "./snowflake/plan.ts";
import { Watch } from "./watch/component.ts";
import { planWatch } from "./watch/plan.ts";

export interface TeamPlatformArgs {
  scope: Scope;
  archives: Archives;
  /** For resource monitors and the warehouses they watch alone. */
  snowflakeAdmin: snowflake.Provider;
}

/** All a team has in an environment: its lake, its database and warehouses, its runtime and its watch. */
export class TeamPlatform extends pulumi.ComponentResource {
  readonly name: string;
  readonly outputs: Record<string, pulumi.Input<unknown>>;

  constructor(
    name: string,
    { scope, archives, snowflakeAdmin }: TeamPlatformArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("firn:infra:TeamPlatform", name, declared(scope), options);
    const parent = this;
    const lake = new Lake(`${name}-lake`, { scope, plan: planLake(scope) }, { parent });
    const { key, zones } = lake;
    new Secrets(`${name}-secrets`, { scope, plan: planSecrets(scope), key }, { parent });
    new ReleaseObject(
      `${name}-release-of-declarations`,
      { scope, plan: planReleaseObject(scope), raw: zones.raw },
      { parent },
    );
    new Identities(`${name}-identities`, { scope, plan: planIdentities(scope) }, { parent });
    const warehouse = new SnowflakeTeam(
      `${name}-snowflake`,
      { scope, plan: planSnowflake(scope), admin: snowflakeAdmin },
      { parent },
    );
    const runtime = new TeamRuntime(`${name}-runtime`, { scope, archives }, { parent });
    new Watch(`${name}-watch`, { scope, plan: planWatch(scope) }, { parent });
    this.name = name;
    this.outputs = {
      release: scope.release.hash,
      machines: runtime.machines,
      topic: runtime.topicArn,
      snowflake: warehouse.outputs,
    };
    this.registerOutputs(this.outputs);
  }
}

/** What a team declares that policies hold its resources to; registered, so that a preview shows it. */
function declared({ team }: Scope): pulumi.Inputs {
  return {
    pipelines: team.pipelines.map(({ name }) => name),
    grants: team.grants ?? [],
    retired: team.retired ?? false,
  };
}

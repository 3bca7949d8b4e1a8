import * as pulumi from "@pulumi/pulumi";
import { Lake } from "./lake/component.ts";
import { planLake } from "./lake/plan.ts";
import { ReleaseObject } from "./release/component.ts";
import { planReleaseObject } from "./release/plan.ts";
import type { Scope } from "./scope.ts";
import { Secrets } from "./secrets/component.ts";
import { planSecrets } from "./secrets/plan.ts";
import { Watch } from "./watch/component.ts";
import { planWatch } from "./watch/plan.ts";

/** All a team has in an environment: its lake, its database and warehouses, its runtime and its watch. */
export class TeamPlatform extends pulumi.ComponentResource {
  readonly name: string;
  readonly outputs: Record<string, pulumi.Input<unknown>>;

  constructor(name: string, { scope }: { scope: Scope }, options?: pulumi.ComponentResourceOptions) {
    super("firn:infra:TeamPlatform", name, declared(scope), options);
    const lake = new Lake(`${name}-lake`, { scope, plan: planLake(scope) }, { parent: this });
    const { key, zones } = lake;
    new Secrets(`${name}-secrets`, { scope, plan: planSecrets(scope), key }, { parent: this });
    new ReleaseObject(
      `${name}-release-of-declarations`,
      { scope, plan: planReleaseObject(scope), raw: zones.raw },
      { parent: this },
    );
    this.name = name;
    new Watch(`${name}-watch`, { scope, plan: planWatch(scope) }, { parent: this });
    this.outputs = { release: scope.release.hash };
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

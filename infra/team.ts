import * as pulumi from "@pulumi/pulumi";
import type { Scope } from "./scope.ts";
import { Watch } from "./watch/component.ts";
import { planWatch } from "./watch/plan.ts";

/** All a team has in an environment: its lake, its database and warehouses, its runtime and its watch. */
export class TeamPlatform extends pulumi.ComponentResource {
  readonly name: string;
  readonly outputs: Record<string, pulumi.Input<unknown>>;

  constructor(name: string, { scope }: { scope: Scope }, options?: pulumi.ComponentResourceOptions) {
    super("firn:infra:TeamPlatform", name, {}, options);
    this.name = name;
    new Watch(`${name}-watch`, { scope, plan: planWatch(scope) }, { parent: this });
    this.outputs = { release: scope.release.hash };
    this.registerOutputs(this.outputs);
  }
}

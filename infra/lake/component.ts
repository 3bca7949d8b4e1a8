import * as pulumi from "@pulumi/pulumi";
import { CustomerKey } from "../keys/component.ts";
import type { Scope, Zone } from "../scope.ts";
import type { LakePlan } from "./plan.ts";
import { LakeZone } from "./zone.ts";

/** A team's key and its buckets. */
export class Lake extends pulumi.ComponentResource {
  readonly key: CustomerKey;
  readonly zones: Record<Zone, LakeZone>;

  constructor(
    name: string,
    { scope, plan }: { scope: Scope; plan: LakePlan },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("firn:infra:Lake", name, {}, options);
    const team = scope.team.name;
    const key = new CustomerKey(`${team}-key`, { plan: plan.key }, { parent: this });
    const zone = (each: Zone) =>
      new LakeZone(`${team}-${each}`, { plan: plan.zones[each], key }, { parent: this });
    this.key = key;
    this.zones = { inbox: zone("inbox"), raw: zone("raw"), curated: zone("curated") };
    this.registerOutputs({ keyArn: key.arn });
  }
}

import * as pulumi from "@pulumi/pulumi";
import { CustomerKey } from "../keys/component.ts";
import type { PlatformPlan } from "./plan.ts";

/** What the teams of an environment share. */
export class Platform extends pulumi.ComponentResource {
  readonly key: CustomerKey;

  constructor(name: string, { plan }: { plan: PlatformPlan }, options?: pulumi.ComponentResourceOptions) {
    super("firn:infra:Platform", name, {}, options);
    this.key = new CustomerKey(`${name}-key`, { plan: plan.key }, { parent: this });
    this.registerOutputs({ keyArn: this.key.arn });
  }
}

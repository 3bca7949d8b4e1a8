import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { LakeZone } from "../lake/zone.ts";
import type { Scope } from "../scope.ts";
import type { ReleasePlan } from "./plan.ts";

/**
 * Puts the team's release into its lake. A new one replaces the one before in Pulumi's eyes alone: that one stays
 * in the bucket, so that its rules can be run again.
 */
export class ReleaseObject extends pulumi.ComponentResource {
  constructor(
    name: string,
    { scope, plan, raw }: { scope: Scope; plan: ReleasePlan; raw: LakeZone },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("firn:infra:ReleaseObject", name, {}, options);
    new aws.s3.BucketObjectv2(
      `${scope.team.name}-release`,
      {
        bucket: raw.bucket,
        key: plan.key,
        // An asset, of which the state keeps the hash alone.
        source: new pulumi.asset.StringAsset(plan.body),
        contentType: "application/json",
        tags: scope.tags,
      },
      // The bucket encrypts it, with the team's key.
      { parent: this, dependsOn: raw.ready, retainOnDelete: true },
    );
    this.registerOutputs();
  }
}

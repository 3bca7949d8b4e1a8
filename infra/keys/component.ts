import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { policyJson } from "../iam.ts";
import type { KeyPlan } from "./plan.ts";

/** A customer-managed key and its alias; AWS makes new key material once a year. */
export class CustomerKey extends pulumi.ComponentResource {
  /** Known once it is made; policies name the key by its alias. */
  readonly arn: pulumi.Output<string>;
  readonly alias: aws.kms.Alias;

  constructor(name: string, { plan }: { plan: KeyPlan }, options?: pulumi.ComponentResourceOptions) {
    super("firn:infra:CustomerKey", name, {}, options);
    const key = new aws.kms.Key(
      name,
      {
        description: plan.description,
        enableKeyRotation: true,
        deletionWindowInDays: plan.deletionDays,
        policy: policyJson(plan.policy),
        ...(plan.tags && { tags: plan.tags }),
      },
      { parent: this, ...plan.keeping },
    );
    this.alias = new aws.kms.Alias(
      `${name}-alias`,
      { name: plan.alias, targetKeyId: key.keyId },
      { parent: this, ...plan.keeping },
    );
    this.arn = key.arn;
    this.registerOutputs({ arn: this.arn });
  }
}

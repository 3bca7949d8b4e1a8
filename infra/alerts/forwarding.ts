import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { LambdaFunction } from "../functions/component.ts";
import { policyJson } from "../iam.ts";
import type { CustomerKey } from "../keys/component.ts";
import type { ForwardingPlan } from "./plan.ts";

/** The function that forwards alerts of all teams, its secrets, and what it could not forward. */
export class Forwarding extends pulumi.ComponentResource {
  constructor(
    name: string,
    { plan, key }: { plan: ForwardingPlan; key: CustomerKey },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("firn:infra:Forwarding", name, {}, options);
    for (const { secret, ...args } of plan.secrets) {
      new aws.secretsmanager.Secret(
        `${name}-${secret}`,
        {
          name: args.name,
          description: args.description,
          kmsKeyId: key.arn,
          recoveryWindowInDays: args.recoveryDays,
        },
        { parent: this, protect: args.protect },
      );
    }
    const deadLetters = new aws.sqs.Queue(
      `${name}-dead-letters`,
      {
        name: plan.deadLetters.name,
        messageRetentionSeconds: plan.deadLetters.keepSeconds,
        kmsMasterKeyId: plan.keyAlias,
      },
      { parent: this },
    );
    new aws.sqs.QueuePolicy(
      `${name}-dead-letters-policy`,
      { queueUrl: deadLetters.id, policy: policyJson(plan.deadLetters.policy) },
      { parent: this },
    );
    new LambdaFunction(
      plan.function.resource,
      { plan: plan.function },
      { parent: this, dependsOn: [deadLetters] },
    );
    this.registerOutputs({});
  }
}

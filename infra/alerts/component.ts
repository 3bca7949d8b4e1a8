import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { policyJson } from "../iam.ts";
import type { AlertsPlan } from "./plan.ts";

/** A team's topic and those it tells. */
export class Alerts extends pulumi.ComponentResource {
  readonly topicArn: pulumi.Output<string>;

  constructor(name: string, { plan }: { plan: AlertsPlan }, options?: pulumi.ComponentResourceOptions) {
    super("firn:infra:Alerts", name, {}, options);
    const topic = new aws.sns.Topic(
      `${plan.resource}-topic`,
      { name: plan.topic, kmsMasterKeyId: plan.keyAlias, tags: plan.tags },
      { parent: this },
    );
    new aws.sns.TopicPolicy(
      `${plan.resource}-policy`,
      { arn: topic.arn, policy: policyJson(plan.policy) },
      { parent: this },
    );
    for (const email of plan.emails) {
      new aws.sns.TopicSubscription(
        `${plan.resource}-to-${email}`,
        { topic: topic.arn, protocol: "email", endpoint: email },
        { parent: this },
      );
    }
    if (plan.forward) {
      const { functionName, alias, functionArn, deadLettersArn } = plan.forward;
      const permission = new aws.lambda.Permission(
        `${plan.resource}-may-forward`,
        {
          action: "lambda:InvokeFunction",
          function: functionName,
          qualifier: alias,
          principal: "sns.amazonaws.com",
          sourceArn: topic.arn,
        },
        { parent: this },
      );
      new aws.sns.TopicSubscription(
        `${plan.resource}-forwarded`,
        {
          topic: topic.arn,
          protocol: "lambda",
          endpoint: functionArn,
          redrivePolicy: JSON.stringify({ deadLetterTargetArn: deadLettersArn }),
        },
        { parent: this, dependsOn: [permission] },
      );
    }
    this.topicArn = topic.arn;
    this.registerOutputs({ topicArn: this.topicArn });
  }
}

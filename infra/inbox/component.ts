import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { policyJson } from "../iam.ts";
import type { Scope } from "../scope.ts";
import type { InboxPlan, QueuePlan, RulePlan } from "./plan.ts";

/** A team's queue of wake-ups and its dead letters, what fills it, and the waker that empties it. */
export class Inbox extends pulumi.ComponentResource {
  constructor(
    name: string,
    { scope, plan, waker }: { scope: Scope; plan: InboxPlan; waker: aws.lambda.Alias },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("firn:infra:Inbox", name, {}, options);
    const parent = this;
    const { tags } = scope;
    const deadLetters = open(plan.deadLetters);
    const queue = open(plan.queue, {
      redrivePolicy: pulumi.jsonStringify({
        deadLetterTargetArn: deadLetters.arn,
        maxReceiveCount: plan.triesMax,
      }),
    });
    for (const each of plan.rules) rule(each);
    const { batchSize, batchSeconds, concurrencyMax, enabled } = plan.waker;
    new aws.lambda.EventSourceMapping(
      `${name}-waking`,
      {
        eventSourceArn: queue.arn,
        functionName: waker.arn,
        batchSize,
        maximumBatchingWindowInSeconds: batchSeconds,
        scalingConfig: { maximumConcurrency: concurrencyMax },
        functionResponseTypes: ["ReportBatchItemFailures"],
        enabled,
        tags,
      },
      { parent },
    );
    this.registerOutputs({ queue: queue.url, deadLetters: deadLetters.url });

    function open(of: QueuePlan, redrive: Pick<aws.sqs.QueueArgs, "redrivePolicy"> = {}): aws.sqs.Queue {
      const made = new aws.sqs.Queue(
        of.resource,
        {
          name: of.name,
          messageRetentionSeconds: of.keepSeconds,
          visibilityTimeoutSeconds: of.hiddenSeconds,
          kmsMasterKeyId: plan.keyAlias,
          ...redrive,
          tags,
        },
        { parent },
      );
      new aws.sqs.QueuePolicy(
        `${of.resource}-policy`,
        { queueUrl: made.id, policy: policyJson(of.policy) },
        { parent },
      );
      return made;
    }

    function rule(each: RulePlan): void {
      const made = new aws.cloudwatch.EventRule(
        each.resource,
        {
          name: each.name,
          description: each.description,
          eventPattern: JSON.stringify(each.pattern),
          state: each.state,
          tags,
        },
        { parent },
      );
      new aws.cloudwatch.EventTarget(
        `${each.resource}-target`,
        {
          rule: made.name,
          arn: queue.arn,
          deadLetterConfig: { arn: deadLetters.arn },
          retryPolicy: { maximumEventAgeInSeconds: 3_600, maximumRetryAttempts: 20 },
        },
        { parent },
      );
    }
  }
}

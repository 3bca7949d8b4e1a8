import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { policyJson } from "../iam.ts";
import type { Scope } from "../scope.ts";
import type { SchedulePlan, SchedulesPlan } from "./plan.ts";

/** The schedules of a team, and the role that sends what they fire. */
export class Schedules extends pulumi.ComponentResource {
  constructor(
    name: string,
    { scope, plan }: { scope: Scope; plan: SchedulesPlan },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("firn:infra:Schedules", name, {}, options);
    const parent = this;
    const { tags } = scope;
    const role = new aws.iam.Role(
      `${name}-role`,
      {
        name: plan.role.name,
        assumeRolePolicy: policyJson(plan.role.trust),
        permissionsBoundary: plan.role.boundary,
        tags,
      },
      { parent },
    );
    const policy = new aws.iam.RolePolicy(
      `${name}-policy`,
      { role: role.name, policy: policyJson(plan.role.policy) },
      { parent },
    );
    const group = new aws.scheduler.ScheduleGroup(`${name}-group`, { name: plan.group, tags }, { parent });
    for (const each of plan.schedules) schedule(each);
    this.registerOutputs({});

    function schedule(each: SchedulePlan): void {
      new aws.scheduler.Schedule(
        each.resource,
        {
          name: each.name,
          groupName: group.name,
          scheduleExpression: each.expression,
          scheduleExpressionTimezone: each.timeZone,
          state: each.state,
          // Starts are aligned, so that a team's pipelines share one waking of the warehouse.
          flexibleTimeWindow: { mode: "OFF" },
          target: {
            arn: each.targetArn,
            roleArn: role.arn,
            input: each.input,
            retryPolicy: {
              maximumRetryAttempts: each.retriesMax,
              maximumEventAgeInSeconds: each.ageSecondsMax,
            },
            deadLetterConfig: { arn: plan.deadLettersArn },
          },
        },
        // Scheduler tries the role's rights only when it fires; by then they are to be there.
        { parent, dependsOn: [policy] },
      );
    }
  }
}

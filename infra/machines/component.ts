import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { policyJson } from "../iam.ts";
import { permissionsBoundary } from "../names.ts";
import type { Scope } from "../scope.ts";
import type { MachinePlan, MachinesPlan } from "./plan.ts";

/** A team's state machines, their log groups and the role they share. */
export class Machines extends pulumi.ComponentResource {
  /** ARNs by pipeline, and of gold by `_gold`. */
  readonly arns: Record<string, pulumi.Output<string>>;

  constructor(
    name: string,
    { scope, plan }: { scope: Scope; plan: MachinesPlan },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("firn:infra:Machines", name, {}, options);
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
    this.arns = Object.fromEntries(plan.machines.map((each) => [each.of, make(each).arn]));
    this.registerOutputs({ arns: this.arns });

    function make(each: MachinePlan): aws.sfn.StateMachine {
      const logs = new aws.cloudwatch.LogGroup(
        `${each.resource}-logs`,
        { name: each.logGroup, retentionInDays: plan.logDays, tags: each.tags },
        { parent },
      );
      return new aws.sfn.StateMachine(
        each.resource,
        {
          name: each.name,
          type: "STANDARD",
          roleArn: role.arn,
          definition: each.definition,
          loggingConfiguration: {
            level: "ERROR",
            // A state holds names alone; still, what a stage was given is no log's business.
            includeExecutionData: false,
            logDestination: pulumi.interpolate`${logs.arn}:*`,
          },
          tags: each.tags,
        },
        // Step Functions tries the role when the machine is made.
        { parent, dependsOn: [policy] },
      );
    }
  }
}

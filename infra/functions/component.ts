import { relative } from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { policyJson } from "../iam.ts";
import type { FunctionPlan } from "./plan.ts";

/** A function with its role, its log group, and the alias of its code. */
export class LambdaFunction extends pulumi.ComponentResource {
  /** The alias: what is called by it runs this code, also after the next deployment. */
  readonly alias: aws.lambda.Alias;

  constructor(name: string, { plan }: { plan: FunctionPlan }, options?: pulumi.ComponentResourceOptions) {
    super("firn:infra:LambdaFunction", name, {}, options);
    const { role, tags } = plan;
    const taken = new aws.iam.Role(
      `${name}-role`,
      {
        name: role.name,
        assumeRolePolicy: policyJson(role.trust),
        permissionsBoundary: role.boundary,
        tags,
      },
      { parent: this },
    );
    const policy = new aws.iam.RolePolicy(
      `${name}-policy`,
      { role: taken.name, policy: policyJson(role.policy) },
      { parent: this },
    );
    const logs = new aws.cloudwatch.LogGroup(
      `${name}-logs`,
      { name: plan.logGroup, retentionInDays: plan.logDays, tags },
      { parent: this },
    );
    const made = new aws.lambda.Function(
      `${name}-function`,
      {
        name: plan.name,
        description: plan.description,
        runtime: "nodejs24.x",
        architectures: ["arm64"],
        handler: plan.size.handler,
        // Relative, so that the state does not hold where somebody keeps the project.
        code: new pulumi.asset.FileArchive(`./${relative(process.cwd(), plan.archive.folder)}`),
        memorySize: plan.size.memoryMegabytes,
        timeout: plan.size.timeoutSeconds,
        ephemeralStorage: { size: plan.size.diskMegabytes },
        environment: { variables: plan.variables },
        role: taken.arn,
        publish: true,
        loggingConfig: {
          logFormat: "JSON",
          logGroup: logs.name,
          applicationLogLevel: "INFO",
          systemLogLevel: "WARN",
        },
        tracingConfig: { mode: "PassThrough" },
        ...(plan.concurrencyMax !== undefined && { reservedConcurrentExecutions: plan.concurrencyMax }),
        tags,
      },
      { parent: this, dependsOn: [policy] },
    );
    // Named after the code: a new one is another alias, and the old one stays for executions under way.
    this.alias = new aws.lambda.Alias(
      `${name}-alias`,
      { name: plan.alias, functionName: made.name, functionVersion: made.version },
      { parent: this, retainOnDelete: true },
    );
    if (plan.failuresArn !== undefined) {
      new aws.lambda.FunctionEventInvokeConfig(
        `${name}-failures`,
        {
          functionName: made.name,
          qualifier: this.alias.name,
          maximumRetryAttempts: 2,
          maximumEventAgeInSeconds: 3_600,
          destinationConfig: { onFailure: { destination: plan.failuresArn } },
        },
        { parent: this },
      );
    }
    this.registerOutputs({ alias: this.alias.arn });
  }
}

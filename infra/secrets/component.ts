import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { CustomerKey } from "../keys/component.ts";
import type { Scope } from "../scope.ts";
import type { SecretPlan } from "./plan.ts";

/** The team's empty secrets. Never a version: a value that Pulumi sets lies in its state. */
export class Secrets extends pulumi.ComponentResource {
  constructor(
    name: string,
    { scope, plan, key }: { scope: Scope; plan: SecretPlan[]; key: CustomerKey },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("firn:infra:Secrets", name, {}, options);
    for (const secret of plan) {
      new aws.secretsmanager.Secret(
        `${scope.team.name}-secret-${secret.secret}`,
        {
          name: secret.name,
          description: secret.description,
          kmsKeyId: key.arn,
          recoveryWindowInDays: secret.recoveryDays,
          tags: secret.tags,
        },
        { parent: this, ...secret.keeping },
      );
    }
    this.registerOutputs();
  }
}

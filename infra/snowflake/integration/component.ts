import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as snowflake from "@pulumi/snowflake";
import { policyJson } from "../../iam.ts";
import type { Scope } from "../../scope.ts";
import { schemaOf } from "../database/plan.ts";
import { type IntegrationPlan, trustSnowflake } from "./plan.ts";

/** Snowflake's way into a team's raw bucket, made in one go: integration, role, stage. */
export class LakeIntegration extends pulumi.ComponentResource {
  readonly stage: pulumi.Resource;

  constructor(
    name: string,
    { scope, plan, schema }: { scope: Scope; plan: IntegrationPlan; schema: pulumi.Resource[] },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("firn:infra:LakeIntegration", name, {}, options);
    const parent = this;
    const integration = createIntegration();
    const role = createRole();
    const policy = allowReading();
    this.stage = createStage();
    this.registerOutputs({});

    /** Another one in its place would have another external id, and leave its stages without a way. */
    function createIntegration(): snowflake.StorageIntegration {
      return new snowflake.StorageIntegration(
        `${scope.team.name}-lake`,
        {
          name: plan.integration,
          comment: plan.comment,
          storageProvider: "S3",
          storageAwsRoleArn: plan.roleArn,
          storageAllowedLocations: [plan.url],
          enabled: true,
        },
        { parent, protect: plan.keep, retainOnDelete: plan.keep },
      );
    }

    function createRole(): aws.iam.Role {
      return new aws.iam.Role(
        `${scope.team.name}-lake-reader`,
        {
          name: plan.role,
          description: plan.comment,
          permissionsBoundary: plan.boundary,
          assumeRolePolicy: pulumi
            .all([integration.storageAwsIamUserArn, integration.storageAwsExternalId])
            .apply(([user, externalId]) => policyJson(trustSnowflake(user, externalId))),
          tags: scope.tags,
        },
        { parent },
      );
    }

    function allowReading(): aws.iam.RolePolicy {
      return new aws.iam.RolePolicy(
        `${scope.team.name}-lake-reader`,
        { name: "read-raw", role: role.name, policy: policyJson(plan.policy) },
        { parent },
      );
    }

    function createStage(): snowflake.Stage {
      return new snowflake.Stage(
        `${scope.team.name}-stage`,
        {
          name: plan.stage,
          database: scope.names.snowflake.database,
          schema: schemaOf("raw"),
          url: plan.url,
          storageIntegration: integration.name,
          comment: plan.comment,
        },
        { parent, dependsOn: [...schema, policy] },
      );
    }
  }
}

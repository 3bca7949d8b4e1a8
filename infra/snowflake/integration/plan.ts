/** How Snowflake reads a team's bronze: an integration, the AWS role it takes, and a stage. Pure. */
import { allow, allowKey, type PolicyDocument, policyOf } from "../../iam.ts";
import { permissionsBoundary } from "../../names.ts";
import { bucketArn, keepsData, roleArn, type Scope } from "../../scope.ts";

/** The stage's name, in raw. */
export const stageName = "LAKE";

/** All that Snowflake may see of the raw bucket; `state/` is not its business. */
const folder = "raw/";

export interface IntegrationPlan {
  integration: string;
  stage: string;
  /** Where the stage and all it may ever show begins; it ends in `raw/`. */
  url: string;
  role: string;
  boundary: string;
  /** Rendered from the role's name: the integration comes first, since the role's trust needs what it says. */
  roleArn: string;
  policy: PolicyDocument;
  comment: string;
  keep: boolean;
}

/** @see https://docs.snowflake.com/en/user-guide/data-load-s3-config-storage-integration */
export function planIntegration(scope: Scope): IntegrationPlan {
  const { environment, team, names } = scope;
  const bucket = bucketArn(scope, "raw");
  return {
    integration: names.snowflake.integration,
    stage: stageName,
    url: `s3://${names.buckets.raw}/${folder}`,
    role: names.snowflake.integrationRole,
    boundary: permissionsBoundary(scope),
    roleArn: roleArn(scope, names.snowflake.integrationRole),
    policy: policyOf(
      allow("ReadParts", ["s3:GetObject", "s3:GetObjectVersion"], [`${bucket}/${folder}*`]),
      allow("ListParts", ["s3:ListBucket"], [bucket], { StringLike: { "s3:prefix": `${folder}*` } }),
      allow("FindBucket", ["s3:GetBucketLocation"], [bucket]),
      allowKey(scope, names.keyAlias, "read", ["s3"]),
    ),
    comment: `Firn: team ${team.name} in ${environment.name}, read only`,
    keep: keepsData(scope),
  };
}

/**
 * Lets exactly one user of Snowflake's take the role, and only for this integration: the external id is what
 * keeps another customer of Snowflake's from naming the role as theirs.
 */
export function trustSnowflake(userArn: string, externalId: string): PolicyDocument {
  return policyOf({
    Sid: "TrustIntegration",
    Effect: "Allow",
    Principal: { AWS: userArn },
    Action: ["sts:AssumeRole"],
    Condition: { StringEquals: { "sts:ExternalId": externalId } },
  });
}

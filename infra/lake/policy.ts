import { denyPlainHttp, type PolicyDocument, policyOf, type Statement } from "../iam.ts";
import { bucketArn, roleArn, type Scope, type Zone } from "../scope.ts";

/**
 * What nobody may do with a bucket, whatever IAM allows them. It allows nothing: that is IAM's.
 *
 * A put says nothing of encryption, and the bucket encrypts with the team's key. A header that names the
 * algorithm alone would mean AWS's own key, and one that names a key could mean any: both are refused, and so are
 * keys that the caller keeps.
 */
export function planBucketPolicy(scope: Scope, zone: Zone): PolicyDocument {
  const bucket = bucketArn(scope, zone);
  return policyOf(
    denyPlainHttp("s3", [bucket, `${bucket}/*`]),
    denyPut("DenyOtherEncryption", bucket, "s3:x-amz-server-side-encryption"),
    denyPut("DenyOtherKeys", bucket, "s3:x-amz-server-side-encryption-aws-kms-key-id"),
    denyPut("DenyCallersKeys", bucket, "s3:x-amz-server-side-encryption-customer-algorithm"),
    ...(zone === "raw" ? [denyOverwriting(bucket), denyDeleting(scope, bucket)] : []),
  );
}

/** Refuses a put that sets a header. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html */
function denyPut(Sid: string, bucket: string, header: string): Statement {
  return {
    Sid,
    Effect: "Deny",
    Principal: "*",
    Action: ["s3:PutObject"],
    Resource: [`${bucket}/*`],
    Condition: { Null: { [header]: "false" } },
  };
}

/**
 * Under `raw/` an object is made and never replaced, by anybody: a put must ask that there be none. The calls of a
 * multipart upload that make no object cannot ask, and need not; the one that ends it does.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
 */
function denyOverwriting(bucket: string): Statement {
  return {
    Sid: "DenyOverwriting",
    Effect: "Deny",
    Principal: "*",
    Action: ["s3:PutObject"],
    Resource: [`${bucket}/raw/*`],
    Condition: { Null: { "s3:if-none-match": "true" }, Bool: { "s3:ObjectCreationOperation": "true" } },
  };
}

/**
 * No role of the runtime deletes under `raw/`, nor shortens what Object Lock keeps. The roles stand in a condition,
 * since a bucket's policy takes no principal that does not exist yet.
 */
function denyDeleting(scope: Scope, bucket: string): Statement {
  return {
    Sid: "DenyDeleting",
    Effect: "Deny",
    Principal: "*",
    Action: ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"],
    Resource: [`${bucket}/raw/*`],
    Condition: { ArnEquals: { "aws:PrincipalArn": runtimeRoles(scope).map((role) => roleArn(scope, role)) } },
  };
}

/** Every role of a team that AWS or Snowflake takes while it runs. */
export function runtimeRoles({ names }: Pick<Scope, "names">): string[] {
  return [
    ...Object.values(names.roles),
    ...Object.values(names.identities),
    names.machineRole,
    names.schedulerRole,
    names.snowflake.integrationRole,
  ];
}

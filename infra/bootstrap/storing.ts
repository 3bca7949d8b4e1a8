import type { Need } from "./actions.ts";

/** What AWS asks for what holds data, and for who may touch it: keys, buckets, releases, secret containers, roles. */
export const storing: Readonly<Record<string, readonly Need[]>> = {
  "aws:kms/key:Key": [
    // A key is given its tags as it is made.
    { on: "newKey", write: ["kms:CreateKey", "kms:TagResource"] },
    {
      on: "key",
      read: ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"],
      write: [
        ...["kms:EnableKeyRotation", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"],
        ...["kms:TagResource", "kms:UntagResource", "kms:UpdateKeyDescription"],
      ],
    },
  ],
  "aws:kms/alias:Alias": [
    { on: "alias", write: ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"] },
    // Both are asked for: on the alias, and on the key it shall name.
    { on: "key", write: ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"] },
    // AWS lists aliases only all together.
    { on: "anything", read: ["kms:ListAliases"] },
  ],
  "aws:s3/bucket:Bucket": [
    {
      on: "bucket",
      // The resource reads all that could ever be set inline.
      read: [
        ...["s3:GetAccelerateConfiguration", "s3:GetBucketAcl", "s3:GetBucketCORS", "s3:GetBucketLocation"],
        ...["s3:GetBucketLogging", "s3:GetBucketObjectLockConfiguration", "s3:GetBucketPolicy"],
        ...["s3:GetBucketRequestPayment", "s3:GetBucketTagging", "s3:GetBucketVersioning"],
        ...["s3:GetBucketWebsite", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration"],
        ...["s3:GetReplicationConfiguration", "s3:ListBucket", "s3:ListTagsForResource"],
      ],
      write: [
        ...["s3:CreateBucket", "s3:DeleteBucket", "s3:PutBucketObjectLockConfiguration"],
        ...["s3:PutBucketTagging", "s3:PutBucketVersioning", "s3:TagResource", "s3:UntagResource"],
      ],
    },
    // To empty a bucket that may be destroyed with what it holds: never one that is protected.
    { on: "object", write: ["s3:DeleteObject", "s3:DeleteObjectVersion"] },
    { on: "bucket", write: ["s3:ListBucketVersions"] },
  ],
  "aws:s3/bucketVersioning:BucketVersioning": [
    { on: "bucket", read: ["s3:GetBucketVersioning"], write: ["s3:PutBucketVersioning"] },
  ],
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": [
    { on: "bucket", read: ["s3:GetEncryptionConfiguration"], write: ["s3:PutEncryptionConfiguration"] },
  ],
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": [
    { on: "bucket", read: ["s3:GetBucketPublicAccessBlock"], write: ["s3:PutBucketPublicAccessBlock"] },
  ],
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": [
    { on: "bucket", read: ["s3:GetBucketOwnershipControls"], write: ["s3:PutBucketOwnershipControls"] },
  ],
  "aws:s3/bucketPolicy:BucketPolicy": [
    {
      on: "bucket",
      read: ["s3:GetBucketPolicy"],
      write: ["s3:DeleteBucketPolicy", "s3:PutBucketPolicy"],
    },
  ],
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": [
    { on: "bucket", read: ["s3:GetLifecycleConfiguration"], write: ["s3:PutLifecycleConfiguration"] },
  ],
  "aws:s3/bucketNotification:BucketNotification": [
    { on: "bucket", read: ["s3:GetBucketNotification"], write: ["s3:PutBucketNotification"] },
  ],
  // A release is named by its hash and kept for ever: it is never overwritten or deleted.
  "aws:s3/bucketObjectv2:BucketObjectv2": [
    {
      on: "release",
      read: ["s3:GetObject", "s3:GetObjectTagging"],
      write: ["s3:PutObject", "s3:PutObjectTagging"],
    },
    { on: "aliasedKey", write: ["kms:Decrypt", "kms:GenerateDataKey"] },
  ],
  // A container without a value; nothing here may read or write one.
  "aws:secretsmanager/secret:Secret": [
    {
      on: "secret",
      read: ["secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy"],
      write: [
        ...["secretsmanager:CreateSecret", "secretsmanager:DeleteSecret", "secretsmanager:TagResource"],
        ...["secretsmanager:UntagResource", "secretsmanager:UpdateSecret"],
      ],
    },
    { on: "aliasedKey", write: ["kms:Decrypt", "kms:GenerateDataKey"] },
  ],
  "aws:iam/role:Role": [
    { on: "newRole", write: ["iam:CreateRole", "iam:PutRolePermissionsBoundary"] },
    {
      on: "role",
      read: ["iam:GetRole", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "iam:ListRoleTags"],
      write: [
        ...["iam:DeleteRole", "iam:ListInstanceProfilesForRole", "iam:TagRole", "iam:UntagRole"],
        ...["iam:UpdateAssumeRolePolicy", "iam:UpdateRole", "iam:UpdateRoleDescription"],
      ],
    },
  ],
  "aws:iam/rolePolicy:RolePolicy": [
    { on: "newRole", write: ["iam:PutRolePolicy"] },
    { on: "role", read: ["iam:GetRolePolicy"], write: ["iam:DeleteRolePolicy"] },
  ],
};

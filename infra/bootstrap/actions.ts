/**
 * What AWS asks of whoever makes, reads, changes and removes each kind of resource of the program: the one source
 * of the deploying role's policy, and of the previewing role's, which may only read.
 *
 * The calls are those of Terraform's AWS provider, which Pulumi's bridges: `internal/service/<service>/<resource>.go`.
 * @see https://github.com/hashicorp/terraform-provider-aws
 * The actions that allow a call, and what they can be narrowed to:
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */

/** What actions are about; `policies.ts` says which ARNs and conditions each stands for. */
export type Target =
  | "bucket"
  | "release"
  | "object"
  | "newKey"
  | "key"
  | "aliasedKey"
  | "alias"
  | "secret"
  | "newRole"
  | "role"
  | "passedRole"
  | "function"
  | "newMapping"
  | "mapping"
  | "logGroup"
  | "stateMachine"
  | "schedule"
  | "queue"
  | "topic"
  | "rule"
  | "alarm"
  | "dashboard"
  | "anything";

export interface Need {
  on: Target;
  /** To preview it and to look whether it still is as it was made. */
  read?: readonly string[];
  /** To make, change and remove it. */
  write?: readonly string[];
}

const tagged = {
  read: ["cloudwatch:ListTagsForResource"],
  write: ["cloudwatch:TagResource", "cloudwatch:UntagResource"],
};
const passRole: Need = { on: "passedRole", write: ["iam:PassRole"] };

/** By Pulumi's type. A type that is not here cannot be deployed, and a test refuses a program that has one. */
export const needs: Readonly<Record<string, readonly Need[]>> = {
  "aws:kms/key:Key": [
    { on: "newKey", write: ["kms:CreateKey"] },
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
  "aws:s3/bucketObject:BucketObject": [
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
  "aws:lambda/function:Function": [
    {
      on: "function",
      read: [
        ...["lambda:GetFunction", "lambda:GetFunctionCodeSigningConfig", "lambda:GetFunctionConcurrency"],
        ...["lambda:GetFunctionConfiguration", "lambda:ListTags", "lambda:ListVersionsByFunction"],
      ],
      write: [
        ...["lambda:CreateFunction", "lambda:DeleteFunction", "lambda:DeleteFunctionConcurrency"],
        ...["lambda:PublishVersion", "lambda:PutFunctionConcurrency", "lambda:TagResource"],
        ...["lambda:UntagResource", "lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration"],
      ],
    },
    passRole,
  ],
  "aws:lambda/alias:Alias": [
    {
      on: "function",
      read: ["lambda:GetAlias"],
      write: ["lambda:CreateAlias", "lambda:DeleteAlias", "lambda:UpdateAlias"],
    },
  ],
  "aws:lambda/eventSourceMapping:EventSourceMapping": [
    { on: "newMapping", write: ["lambda:CreateEventSourceMapping"] },
    {
      on: "mapping",
      read: ["lambda:GetEventSourceMapping"],
      write: ["lambda:DeleteEventSourceMapping", "lambda:UpdateEventSourceMapping"],
    },
    // These know no condition on the function.
    {
      on: "anything",
      read: ["lambda:ListTags"],
      write: ["lambda:TagResource", "lambda:UntagResource"],
    },
  ],
  "aws:lambda/permission:Permission": [
    {
      on: "function",
      read: ["lambda:GetPolicy"],
      write: ["lambda:AddPermission", "lambda:RemovePermission"],
    },
  ],
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": [
    {
      on: "function",
      read: ["lambda:GetFunctionEventInvokeConfig"],
      write: ["lambda:DeleteFunctionEventInvokeConfig", "lambda:PutFunctionEventInvokeConfig"],
    },
  ],
  "aws:cloudwatch/logGroup:LogGroup": [
    {
      on: "logGroup",
      read: ["logs:ListTagsForResource"],
      write: [
        ...["logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:DisassociateKmsKey"],
        ...["logs:PutRetentionPolicy", "logs:TagResource", "logs:UntagResource"],
      ],
    },
    // AWS lists log groups only all together.
    { on: "anything", read: ["logs:DescribeLogGroups"] },
  ],
  "aws:sfn/stateMachine:StateMachine": [
    {
      on: "stateMachine",
      read: ["states:DescribeStateMachine", "states:ListStateMachineVersions", "states:ListTagsForResource"],
      write: [
        ...["states:CreateStateMachine", "states:DeleteStateMachine", "states:TagResource"],
        ...["states:UntagResource", "states:UpdateStateMachine"],
      ],
    },
    // A preview has AWS check the definition, which belongs to no machine yet.
    { on: "anything", read: ["states:ValidateStateMachineDefinition"] },
    passRole,
  ],
  "aws:scheduler/scheduleGroup:ScheduleGroup": [
    {
      on: "schedule",
      read: ["scheduler:GetScheduleGroup", "scheduler:ListTagsForResource"],
      write: [
        ...["scheduler:CreateScheduleGroup", "scheduler:DeleteScheduleGroup"],
        ...["scheduler:TagResource", "scheduler:UntagResource"],
      ],
    },
  ],
  "aws:scheduler/schedule:Schedule": [
    {
      on: "schedule",
      read: ["scheduler:GetSchedule"],
      write: ["scheduler:CreateSchedule", "scheduler:DeleteSchedule", "scheduler:UpdateSchedule"],
    },
    passRole,
  ],
  "aws:sqs/queue:Queue": [
    {
      on: "queue",
      read: ["sqs:GetQueueAttributes", "sqs:ListQueueTags"],
      write: [
        "sqs:CreateQueue",
        "sqs:DeleteQueue",
        "sqs:SetQueueAttributes",
        "sqs:TagQueue",
        "sqs:UntagQueue",
      ],
    },
  ],
  "aws:sqs/queuePolicy:QueuePolicy": [
    { on: "queue", read: ["sqs:GetQueueAttributes"], write: ["sqs:SetQueueAttributes"] },
  ],
  "aws:sns/topic:Topic": [
    {
      on: "topic",
      read: ["sns:GetTopicAttributes", "sns:ListTagsForResource"],
      write: [
        ...["sns:CreateTopic", "sns:DeleteTopic", "sns:SetTopicAttributes"],
        ...["sns:TagResource", "sns:UntagResource"],
      ],
    },
  ],
  "aws:sns/topicPolicy:TopicPolicy": [
    { on: "topic", read: ["sns:GetTopicAttributes"], write: ["sns:SetTopicAttributes"] },
  ],
  "aws:sns/topicSubscription:TopicSubscription": [
    { on: "topic", write: ["sns:Subscribe"] },
    // AWS cannot narrow these to a topic.
    {
      on: "anything",
      read: ["sns:GetSubscriptionAttributes"],
      write: ["sns:SetSubscriptionAttributes", "sns:Unsubscribe"],
    },
  ],
  "aws:cloudwatch/eventRule:EventRule": [
    {
      on: "rule",
      read: ["events:DescribeRule", "events:ListTagsForResource"],
      write: [
        ...["events:DeleteRule", "events:DisableRule", "events:EnableRule", "events:PutRule"],
        ...["events:TagResource", "events:UntagResource"],
      ],
    },
  ],
  "aws:cloudwatch/eventTarget:EventTarget": [
    {
      on: "rule",
      read: ["events:ListTargetsByRule"],
      write: ["events:PutTargets", "events:RemoveTargets"],
    },
  ],
  "aws:cloudwatch/metricAlarm:MetricAlarm": [
    {
      on: "alarm",
      read: ["cloudwatch:DescribeAlarms", ...tagged.read],
      write: ["cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm", ...tagged.write],
    },
  ],
  "aws:cloudwatch/dashboard:Dashboard": [
    {
      on: "dashboard",
      read: ["cloudwatch:GetDashboard"],
      write: ["cloudwatch:DeleteDashboards", "cloudwatch:PutDashboard"],
    },
  ],
};

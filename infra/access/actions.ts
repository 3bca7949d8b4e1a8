/**
 * What each AWS action does to a team's data. An action that is missing here counts as all there is to do
 * (`anything`), so that a new one is found and not overlooked.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */

export const verbs = [
  "list",
  "read",
  "create",
  "overwrite",
  "delete",
  "write",
  "invoke",
  "administer",
  "anything",
] as const;
/**
 * `create` puts what was not there, `overwrite` what may have been; `write` is to send, publish, encrypt, insert,
 * update or log.
 */
export type Verb = (typeof verbs)[number];

export type Kind =
  | "bucket"
  | "objects"
  | "key"
  | "secret"
  | "queue"
  | "topic"
  | "function"
  | "machine"
  | "logs";

/** Kinds by the service in an ARN and an action. */
export const serviceOf: Record<Kind, string> = {
  bucket: "s3",
  objects: "s3",
  key: "kms",
  secret: "secretsmanager",
  queue: "sqs",
  topic: "sns",
  function: "lambda",
  machine: "states",
  logs: "logs",
};

const each = (verb: Verb, service: string, ...actions: string[]) =>
  actions.map((action) => [`${service}:${action}`, verb] as const);

/** Verbs by action; PutObject is told apart by its condition. */
const known: Record<Kind, ReadonlyMap<string, Verb>> = {
  bucket: new Map([
    ...each("list", "s3", "ListBucket", "ListBucketVersions", "ListBucketMultipartUploads"),
    ...each(
      "list",
      "s3",
      "GetBucketLocation",
      "GetBucketVersioning",
      "GetBucketNotification",
      "GetBucketPolicy",
    ),
    ...each("list", "s3", "GetEncryptionConfiguration", "GetLifecycleConfiguration"),
    ...each("administer", "s3", "PutBucketPolicy", "DeleteBucketPolicy", "PutBucketAcl", "DeleteBucket"),
    ...each(
      "administer",
      "s3",
      "PutLifecycleConfiguration",
      "PutReplicationConfiguration",
      "PutBucketVersioning",
    ),
    ...each("administer", "s3", "PutEncryptionConfiguration", "PutBucketNotification"),
    ...each(
      "administer",
      "s3",
      "PutBucketPublicAccessBlock",
      "PutBucketOwnershipControls",
      "PutBucketLogging",
    ),
    ...each("administer", "s3", "PutBucketObjectLockConfiguration", "PutInventoryConfiguration"),
  ]),
  objects: new Map([
    ...each(
      "read",
      "s3",
      "GetObject",
      "GetObjectVersion",
      "GetObjectAttributes",
      "GetObjectVersionAttributes",
    ),
    ...each("list", "s3", "GetObjectTagging", "GetObjectVersionTagging", "GetObjectRetention"),
    ...each("list", "s3", "ListMultipartUploadParts"),
    ...each("create", "s3", "PutObject"),
    ...each("delete", "s3", "DeleteObject", "DeleteObjectVersion", "BypassGovernanceRetention"),
    // Retention can only be made longer without the right to bypass it.
    ...each(
      "write",
      "s3",
      "PutObjectTagging",
      "PutObjectVersionTagging",
      "PutObjectRetention",
      "RestoreObject",
    ),
    ...each("write", "s3", "AbortMultipartUpload", "PutObjectLegalHold"),
    ...each("administer", "s3", "PutObjectAcl", "PutObjectVersionAcl", "ReplicateObject"),
  ]),
  key: new Map([
    ...each("read", "kms", "Decrypt", "ReEncryptFrom"),
    ...each("write", "kms", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncryptTo"),
    ...each("list", "kms", "DescribeKey", "GetKeyPolicy", "GetKeyRotationStatus", "ListAliases"),
    ...each("administer", "kms", "PutKeyPolicy", "CreateGrant", "RetireGrant", "RevokeGrant", "UpdateAlias"),
    ...each("administer", "kms", "CreateAlias", "DeleteAlias", "TagResource", "UntagResource"),
    ...each("administer", "kms", "EnableKey", "EnableKeyRotation", "DisableKeyRotation"),
    ...each("delete", "kms", "ScheduleKeyDeletion", "DisableKey"),
  ]),
  secret: new Map([
    ...each("read", "secretsmanager", "GetSecretValue", "BatchGetSecretValue"),
    ...each("list", "secretsmanager", "DescribeSecret", "ListSecretVersionIds", "GetResourcePolicy"),
    ...each("overwrite", "secretsmanager", "PutSecretValue", "UpdateSecret", "UpdateSecretVersionStage"),
    ...each("delete", "secretsmanager", "DeleteSecret"),
    ...each("administer", "secretsmanager", "PutResourcePolicy", "DeleteResourcePolicy", "RotateSecret"),
  ]),
  queue: new Map([
    ...each("write", "sqs", "SendMessage", "SendMessageBatch"),
    ...each("read", "sqs", "ReceiveMessage"),
    ...each("delete", "sqs", "DeleteMessage", "DeleteMessageBatch", "PurgeQueue", "DeleteQueue"),
    ...each("list", "sqs", "GetQueueAttributes", "GetQueueUrl", "ListQueueTags"),
    ...each("write", "sqs", "ChangeMessageVisibility"),
    ...each("administer", "sqs", "SetQueueAttributes", "AddPermission", "RemovePermission"),
  ]),
  topic: new Map([
    ...each("write", "sns", "Publish"),
    ...each("read", "sns", "Subscribe"),
    ...each("list", "sns", "GetTopicAttributes", "ListSubscriptionsByTopic"),
    ...each("administer", "sns", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic"),
  ]),
  function: new Map([
    ...each("invoke", "lambda", "InvokeFunction", "InvokeAsync", "InvokeFunctionUrl"),
    ...each("list", "lambda", "GetFunctionConfiguration", "GetPolicy", "GetFunction"),
    ...each("administer", "lambda", "UpdateFunctionCode", "UpdateFunctionConfiguration", "AddPermission"),
    ...each("administer", "lambda", "DeleteFunction", "PublishVersion", "UpdateAlias", "CreateFunction"),
  ]),
  machine: new Map([
    ...each("invoke", "states", "StartExecution", "StartSyncExecution", "RedriveExecution"),
    ...each(
      "list",
      "states",
      "DescribeExecution",
      "DescribeStateMachine",
      "ListExecutions",
      "GetExecutionHistory",
    ),
    ...each("administer", "states", "UpdateStateMachine", "DeleteStateMachine", "CreateStateMachine"),
    ...each("delete", "states", "StopExecution"),
  ]),
  logs: new Map([
    ...each("write", "logs", "CreateLogStream", "PutLogEvents", "CreateLogGroup"),
    ...each("read", "logs", "GetLogEvents", "FilterLogEvents", "StartQuery", "GetLogRecord"),
    ...each("list", "logs", "DescribeLogStreams"),
    ...each("delete", "logs", "DeleteLogGroup", "DeleteLogStream", "PutRetentionPolicy"),
    ...each("administer", "logs", "PutSubscriptionFilter", "AssociateKmsKey"),
  ]),
};

/**
 * Actions that AWS can scope to no log group, and that Step Functions needs to write its log. They tell where logs
 * are delivered and give none of what is in them.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
 */
const unscoped = new Set(
  ["CreateLogDelivery", "GetLogDelivery", "UpdateLogDelivery", "DeleteLogDelivery", "ListLogDeliveries"]
    .concat("PutResourcePolicy", "DescribeResourcePolicies", "DescribeLogGroups")
    .map((action) => `logs:${action}`.toLowerCase()),
);

/** What a statement's action, with its wildcards, names of a kind: concrete actions with their verbs. */
export function actionsOf(written: string, kind: Kind): { action: string; verb: Verb }[] {
  const [service] = written.split(":");
  if (written !== "*" && service?.toLowerCase() !== serviceOf[kind]) return [];
  if (unscoped.has(written.toLowerCase())) return [];
  const pattern = new RegExp(
    `^${written
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".")}$`,
    "i",
  );
  const found = [...known[kind]].filter(([action]) => pattern.test(action));
  if (found.length > 0) return found.map(([action, verb]) => ({ action, verb }));
  // Of another kind of the same service, such as s3:GetObject of a bucket.
  const elsewhere = (Object.keys(known) as Kind[]).some(
    (other) =>
      serviceOf[other] === serviceOf[kind] && [...known[other].keys()].some((action) => pattern.test(action)),
  );
  return elsewhere ? [] : [{ action: written, verb: "anything" }];
}

/** All actions known of a kind: what a statement with NotAction may mean. */
export function allActions(kind: Kind): { action: string; verb: Verb }[] {
  return [...known[kind]].map(([action, verb]) => ({ action, verb }));
}

/** Actions with which one takes or gives a role, or changes what it may do. */
export const roleActions = {
  assume: ["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"],
  /** Whoever may hand a role to a service can have that service do what they like as the role. */
  pass: ["iam:PassRole"],
  change: [
    "iam:PutRolePolicy",
    "iam:AttachRolePolicy",
    "iam:UpdateAssumeRolePolicy",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:DeleteRolePermissionsBoundary",
    "iam:PutRolePermissionsBoundary",
  ],
} as const;

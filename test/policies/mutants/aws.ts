/** For each rule of AWS, how it is broken: one thing, and nothing that another rule is about. */
import type { Props } from "../../../policies/resource.ts";
import type { Plain } from "../registry.ts";
import { adding, allowing, type Mutant, setting, statements, without } from "./mutant.ts";

const bucket = "aws:s3/bucket:Bucket";
const bucketPolicy = "aws:s3/bucketPolicy:BucketPolicy";
const encryption = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration";
const lifecycle = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration";
const key = "aws:kms/key:Key";
const role = "aws:iam/role:Role";
const rolePolicy = "aws:iam/rolePolicy:RolePolicy";
const fn = "aws:lambda/function:Function";
const alarm = "aws:cloudwatch/metricAlarm:MetricAlarm";
const logGroup = "aws:cloudwatch/logGroup:LogGroup";
const queue = "aws:sqs/queue:Queue";
const topic = "aws:sns/topic:Topic";
const machine = "aws:sfn/stateMachine:StateMachine";
const secret = "aws:secretsmanager/secret:Secret";
const team = "firn:infra:TeamPlatform";

const isRaw = ({ name }: Plain) => /-raw(-|$)/.test(name);
const has = (part: string) => (all: Props[]) => JSON.stringify(all).includes(part);
const remove = (part: string) => (all: Props[]) => {
  all.splice(
    all.findIndex((each) => JSON.stringify(each).includes(part)),
    1,
  );
};
const trusted = (principal: Props, more: Props = {}) =>
  allowing(role, "assumeRolePolicy", { Principal: principal, Action: ["sts:AssumeRole"], ...more });
const onRules = (type: string, change: (rule: Props) => void): Mutant =>
  function changeRules(registry) {
    for (const rule of registry.find(type).props.rules as Props[]) change(rule);
  };
/** An asynchronous caller for the first function. */
const subscribed: Mutant = (registry) => {
  const called = registry.find(fn, ({ name }) => !name.includes("forward"));
  registry.add(called, "aws:sns/topicSubscription:TopicSubscription", "mutant", {
    protocol: "lambda",
    endpoint: `arn:aws:lambda:eu-west-1:333333333333:function:${String(called.props.name)}`,
    redrivePolicy: "{}",
  });
};

export const awsMutants: Record<string, Mutant[]> = {
  "bucket-encrypted": [
    without(encryption),
    onRules(encryption, (rule) => {
      rule.bucketKeyEnabled = false;
    }),
    onRules(encryption, (rule) => {
      rule.applyServerSideEncryptionByDefault = { sseAlgorithm: "AES256" };
    }),
  ],
  "bucket-private": [
    without("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"),
    setting("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "blockPublicPolicy", false),
  ],
  "bucket-without-acls": [
    without("aws:s3/bucketOwnershipControls:BucketOwnershipControls"),
    setting("aws:s3/bucketOwnershipControls:BucketOwnershipControls", "rule.objectOwnership", "ObjectWriter"),
    (registry) => {
      const found = registry.find(bucket);
      const acl = registry.add(found, "aws:s3/bucketAcl:BucketAcl", "mutant", { acl: "private" });
      acl.propertyDependencies = { bucket: [found.urn] };
    },
  ],
  "bucket-versioned": [
    without("aws:s3/bucketVersioning:BucketVersioning"),
    setting("aws:s3/bucketVersioning:BucketVersioning", "versioningConfiguration.status", "Suspended"),
  ],
  "bucket-expires": [
    without(lifecycle),
    onRules(lifecycle, (rule) => {
      delete rule.expiration;
    }),
    onRules(lifecycle, (rule) => {
      delete rule.noncurrentVersionExpiration;
    }),
  ],
  "bucket-readable": [
    onRules(lifecycle, (rule) => {
      rule.transitions = [{ days: 90, storageClass: "DEEP_ARCHIVE" }];
    }),
    onRules(lifecycle, (rule) => {
      rule.noncurrentVersionTransitions = [{ noncurrentDays: 30, storageClass: "GLACIER" }];
    }),
  ],
  "bucket-aborts-uploads": [
    onRules(lifecycle, (rule) => {
      delete rule.abortIncompleteMultipartUpload;
    }),
    onRules(lifecycle, (rule) => {
      if (rule.abortIncompleteMultipartUpload) {
        rule.abortIncompleteMultipartUpload = { daysAfterInitiation: 90 };
      }
    }),
  ],
  "bucket-tls-only": [
    statements(bucketPolicy, "policy", remove("SecureTransport"), has("SecureTransport")),
    statements(bucketPolicy, "policy", (all) => {
      const deny = all.find((each) => JSON.stringify(each).includes("SecureTransport"));
      if (deny) deny.Condition = { Bool: { "aws:SecureTransport": "true" } };
    }),
  ],
  "raw-immutable": [
    statements(bucketPolicy, "policy", remove("s3:DeleteObject"), has("s3:DeleteObject")),
    statements(bucketPolicy, "policy", remove("if-none-match"), has("if-none-match")),
  ],
  "events-from-inbox-only": [
    (registry) => {
      const events = registry.find("aws:s3/bucketNotification:BucketNotification");
      events.propertyDependencies = { bucket: [registry.find(bucket, isRaw).urn] };
    },
  ],
  "object-encrypted": [
    setting("aws:s3/bucketObjectv2:BucketObjectv2", "serverSideEncryption", "AES256"),
    setting("aws:s3/bucketObjectv2:BucketObjectv2", "acl", "public-read"),
  ],
  "key-rotates": [setting(key, "enableKeyRotation", false), setting(key, "rotationPeriodInDays", 2560)],
  "key-deletion-waits": [setting(key, "deletionWindowInDays", 7)],
  "iam-policy-well-formed": [
    (registry) => {
      registry.add(registry.find(bucket), "aws:sqs/queuePolicy:QueuePolicy", "mutant", { policy: "{" });
    },
    (registry) => {
      const policy = {
        Version: "2008-10-17",
        Statement: [{ Effect: "Deny", Principal: "*", Action: "sqs:*" }],
      };
      registry.add(registry.find(bucket), "aws:sqs/queuePolicy:QueuePolicy", "mutant", { policy });
    },
  ],
  "iam-no-wildcard-action": [
    allowing(rolePolicy, "policy", { Action: ["s3:Get*"], Resource: ["arn:aws:s3:::a/b"] }),
    allowing(rolePolicy, "policy", { Action: "*", Resource: ["arn:aws:s3:::a/b"] }),
    allowing(bucketPolicy, "policy", {
      Principal: { AWS: "arn:aws:iam::333333333333:role/a" },
      Action: ["s3:*"],
      Resource: ["arn:aws:s3:::a/b"],
    }),
  ],
  "iam-no-wildcard-resource": [
    ...[
      "*",
      "arn:aws:s3:::*",
      "arn:aws:s3:::firn-*/raw/x",
      "arn:aws:sqs:eu-west-1:333333333333:firn-*",
      "arn:aws:kms:eu-west-1:333333333333:key/*",
      "arn:aws:lambda:eu-west-1:333333333333:function:firn-*",
      "arn:aws:secretsmanager:eu-west-1:333333333333:secret:firn-*",
      "arn:aws:iam::333333333333:role/*",
    ].map((Resource) => allowing(rolePolicy, "policy", { Action: ["sqs:SendMessage"], Resource })),
    allowing(rolePolicy, "policy", { Action: ["cloudwatch:PutMetricData"], Resource: "*" }),
  ],
  "iam-no-negation": [
    allowing(rolePolicy, "policy", { NotAction: ["iam:CreateUser"], Resource: ["arn:aws:s3:::a/b"] }),
    allowing(rolePolicy, "policy", { Action: ["s3:GetObject"], NotResource: ["arn:aws:s3:::a/b"] }),
    allowing(bucketPolicy, "policy", {
      NotPrincipal: { AWS: "arn:aws:iam::333333333333:role/a" },
      Action: ["s3:GetObject"],
      Resource: ["arn:aws:s3:::a/b"],
    }),
  ],
  "iam-own-policies": [
    adding(role, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", {
      policyArn: "arn:aws:iam::aws:policy/AdministratorAccess",
    }),
    setting(role, "managedPolicyArns", ["arn:aws:iam::aws:policy/PowerUserAccess"]),
  ],
  "role-bounded": [setting(role, "permissionsBoundary", undefined)],
  "trust-named": [
    trusted({ AWS: "*" }),
    allowing(role, "assumeRolePolicy", {
      Principal: "*",
      Action: ["sts:AssumeRole"],
      Condition: { StringEquals: { "sts:ExternalId": "x" } },
    }),
  ],
  "trust-conditioned": [
    trusted({ Service: "scheduler.amazonaws.com" }),
    trusted({ AWS: "arn:aws:iam::999999999999:root" }),
    trusted({ Federated: "arn:aws:iam::333333333333:oidc-provider/token.actions.githubusercontent.com" }),
    trusted(
      { Federated: "arn:aws:iam::333333333333:oidc-provider/token.actions.githubusercontent.com" },
      { Condition: { StringLike: { "token.actions.githubusercontent.com:sub": "*" } } },
    ),
  ],
  "resource-policy-closed": [
    allowing(bucketPolicy, "policy", {
      Principal: "*",
      Action: ["s3:GetObject"],
      Resource: ["arn:aws:s3:::a/b"],
    }),
    allowing(key, "policy", {
      Principal: { Service: "logs.amazonaws.com" },
      Action: ["kms:Decrypt"],
      Resource: ["*"],
    }),
  ],
  "function-permission-scoped": [
    setting("aws:lambda/permission:Permission", "sourceArn", undefined),
    setting("aws:lambda/permission:Permission", "principal", "*"),
  ],
  "no-credential-resources": [
    adding(secret, "aws:secretsmanager/secretVersion:SecretVersion"),
    adding(bucket, "aws:iam/accessKey:AccessKey"),
    adding(bucket, "aws:iam/userLoginProfile:UserLoginProfile"),
  ],
  "secret-encrypted": [setting(secret, "kmsKeyId", undefined)],
  "logs-retained": [
    setting(logGroup, "retentionInDays", undefined),
    setting(logGroup, "retentionInDays", 1),
    setting(logGroup, "retentionInDays", 3653),
  ],
  "function-logs": [
    (registry) => {
      const { props } = registry.find(fn);
      registry.remove(
        registry.find(logGroup, (each) => String(each.props.name).endsWith(String(props.name))),
      );
    },
  ],
  "machine-logs": [
    setting(machine, "loggingConfiguration", undefined),
    setting(machine, "loggingConfiguration.level", "OFF"),
    setting(machine, "loggingConfiguration.includeExecutionData", true),
  ],
  "function-bounded": [
    setting(fn, "timeout", undefined),
    setting(fn, "timeout", 901),
    setting(fn, "memorySize", undefined),
    setting(fn, "memorySize", 10_240),
  ],
  "function-runtime": [setting(fn, "runtime", "nodejs18.x")],
  "function-environment": [
    setting(fn, "environment.variables", { FIRN_ENVIRONMENT: "prod", FIRN_API_TOKEN: "x" }),
    setting(fn, "environment.variables", { DEBUG: "1" }),
  ],
  "edge-dead-letters": [
    setting("aws:cloudwatch/eventTarget:EventTarget", "deadLetterConfig", undefined),
    setting("aws:scheduler/schedule:Schedule", "target.deadLetterConfig", undefined),
    setting(
      "aws:sns/topicSubscription:TopicSubscription",
      "redrivePolicy",
      undefined,
      ({ props }) => props.protocol !== "email",
    ),
    setting(queue, "redrivePolicy", undefined, ({ props }) => props.redrivePolicy !== undefined),
  ],
  "function-dead-letters": [
    setting(
      fn,
      "deadLetterConfig",
      { targetArn: "arn:aws:sqs:eu-west-1:333333333333:x" },
      ({ name }) => !name.includes("forward"),
    ),
    subscribed,
  ],
  "queue-encrypted": [setting(queue, "kmsMasterKeyId", undefined)],
  "topic-encrypted": [setting(topic, "kmsMasterKeyId", undefined)],
  "topic-lets-alarms-through": [
    (registry) => {
      registry.find(topic);
      statements(
        key,
        "policy",
        remove("cloudwatch.amazonaws.com"),
        has("cloudwatch.amazonaws.com"),
      )(registry);
    },
    setting(topic, "kmsMasterKeyId", "alias/another"),
  ],
  "alarm-per-pipeline": [
    (registry) => {
      const isOf = ({ props }: Plain) => (props.tags as Props | undefined)?.Pipeline === "learner_activity";
      registry.find(alarm, isOf);
      for (const each of registry.all.filter((each) => each.type === alarm && isOf(each)))
        registry.remove(each);
    },
    setting(team, "pipelines", ["learner_activity", "unwatched"], ({ name }) => name === "learning"),
  ],
  "alarm-missing-data": [
    setting(alarm, "treatMissingData", undefined),
    setting(alarm, "treatMissingData", "missing"),
  ],
  "alarm-acts": [
    setting(alarm, "alarmActions", []),
    setting(alarm, "okActions", undefined),
    setting(alarm, "actionsEnabled", false),
  ],
  "alarm-runbook": [
    setting(alarm, "alarmDescription", "Something is wrong."),
    setting(alarm, "alarmDescription", "See https://example.com/RUNBOOK.md#lag."),
  ],
  "data-protected": [bucket, key].map((type) => (registry) => {
    registry.find(type, ({ parent, protect }) => parent !== "" && protect).protect = false;
  }),
  "data-not-forced": [setting(bucket, "forceDestroy", true)],
  "account-pinned": [setting("pulumi:providers:aws", "allowedAccountIds", undefined)],
  tagged: [setting("pulumi:providers:aws", "defaultTags", JSON.stringify({ tags: { Environment: "prod" } }))],
  "tagged-with-team": [
    setting(bucket, "tags", { Owner: "data", CostCenter: "data" }),
    setting(bucket, "tags", { Team: "commerce2", Owner: "data", CostCenter: "data" }),
    setting(bucket, "tags.CostCenter", undefined),
  ],
};

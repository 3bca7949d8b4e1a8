/**
 * A small stack in which every rule holds, written by hand: for kinds of resources that the program does not make
 * in every environment.
 */
import type { Props } from "../../policies/resource.ts";
import type { Plain } from "./registry.ts";

const account = "333333333333";
const region = "eu-west-1";
const arn = (service: string, resource: string) => `arn:aws:${service}:${region}:${account}:${resource}`;
const roleArn = (name: string) => `arn:aws:iam::${account}:role/${name}`;
const urnOf = (type: string, name: string) => `urn:pulumi:prod::firn::${type}::${name}`;
const awsProvider = urnOf("pulumi:providers:aws", "aws-prod");
const tags = { Team: "learning", Owner: "data", CostCenter: "data" };
const pipelineTags = { ...tags, Pipeline: "learner_activity" };
const policy = (...statements: Props[]) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: statements.map((each, index) => ({ Sid: `S${index}`, Effect: "Allow", ...each })),
  });
const ours = { StringEquals: { "aws:SourceAccount": account } };
const trusted = (service: string) =>
  policy({ Principal: { Service: service }, Action: ["sts:AssumeRole"], Condition: ours });
const useOfKey = (service: string) => ({
  Principal: { Service: service },
  Action: ["kms:Decrypt", "kms:GenerateDataKey"],
  Resource: ["*"],
  Condition: ours,
});
const delegation = {
  Principal: { AWS: `arn:aws:iam::${account}:root` },
  Action: ["kms:*"],
  Resource: ["*"],
};
const snowflake = (type: string) => `snowflake:index/${type[0]?.toLowerCase()}${type.slice(1)}:${type}`;
const aws = (module: string, type: string) =>
  `aws:${module}/${type[0]?.toLowerCase()}${type.slice(1)}:${type}`;

const team = "firn:infra:TeamPlatform";
const key = aws("kms", "Key");
const bucketType = aws("s3", "Bucket");
const plain: Plain[] = [];

put("pulumi:providers:aws", "aws-prod", {
  allowedAccountIds: JSON.stringify([account]),
  defaultTags: JSON.stringify({
    tags: { Environment: "prod", Platform: "firn", Owner: "data", CostCenter: "data" },
  }),
});
put(team, "learning", {
  pipelines: ["learner_activity"],
  grants: [{ to: "commerce", models: ["daily_activity"] }],
  retired: false,
});
put(team, "commerce", { pipelines: [], grants: [], retired: false });
putAws();
putSnowflake();

export const sample: readonly Plain[] = plain;

function putAws(): void {
  put(key, "platform-key", {
    enableKeyRotation: true,
    deletionWindowInDays: 30,
    policy: policy(delegation, useOfKey("cloudwatch.amazonaws.com"), {
      ...useOfKey("events.amazonaws.com"),
      Condition: undefined,
    }),
  });
  put(aws("kms", "Alias"), "platform-alias", { name: "alias/firn-prod-platform" }, "", {
    targetKeyId: [urnOf(key, "platform-key")],
  });
  of("learning", key, "learning-key", {
    enableKeyRotation: true,
    deletionWindowInDays: 30,
    policy: policy(delegation),
    tags,
  });
  for (const zone of ["raw", "inbox"]) putBucket(zone);
  of(
    "learning",
    aws("s3", "BucketNotification"),
    "learning-inbox-events",
    { bucket: "x", eventbridge: true },
    {
      bucket: [urnOf(bucketType, "learning-inbox")],
    },
  );
  of("learning", aws("s3", "BucketObjectv2"), "learning-release", {
    bucket: "firn-prod-learning-raw",
    key: "releases/1.json",
    kmsKeyId: arn("kms", "key/1"),
    tags,
  });
  of("learning", aws("secretsmanager", "Secret"), "learning-secret", {
    name: "firn-prod-learning-api",
    kmsKeyId: arn("kms", "key/1"),
    tags,
  });
  putRuntime();
  putEdges();
}

function putBucket(zone: string): void {
  const name = `learning-${zone}`;
  const bucket = `firn-prod-${name}-${account}-${region}`;
  const about = { bucket: [urnOf(bucketType, name)] };
  const part = (type: string, suffix: string, props: Props) =>
    of("learning", aws("s3", type), `${name}-${suffix}`, { bucket, ...props }, about);
  of("learning", bucketType, name, { bucket, forceDestroy: false, tags });
  part("BucketVersioning", "versioning", { versioningConfiguration: { status: "Enabled" } });
  part("BucketServerSideEncryptionConfiguration", "encryption", {
    rules: [
      {
        applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: arn("kms", "key/1") },
        bucketKeyEnabled: true,
      },
    ],
  });
  part("BucketPublicAccessBlock", "block", {
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  });
  part("BucketOwnershipControls", "ownership", { rule: { objectOwnership: "BucketOwnerEnforced" } });
  part("BucketLifecycleConfiguration", "lifecycle", {
    rules: [
      {
        id: "all",
        status: "Enabled",
        filter: {},
        transitions: [{ days: 90, storageClass: "GLACIER_IR" }],
        expiration: { days: 2555 },
        noncurrentVersionExpiration: { noncurrentDays: 30 },
        abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
      },
    ],
  });
  const all = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`];
  const landed = [`arn:aws:s3:::${bucket}/raw/*`];
  part("BucketPolicy", "policy", {
    policy: policy(
      {
        Effect: "Deny",
        Principal: "*",
        Action: ["s3:*"],
        Resource: all,
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
      {
        Effect: "Deny",
        Principal: "*",
        Action: ["s3:DeleteObject", "s3:DeleteObjectVersion"],
        Resource: landed,
      },
      {
        Effect: "Deny",
        Principal: "*",
        Action: ["s3:PutObject"],
        Resource: landed,
        Condition: { Null: { "s3:if-none-match": "true" } },
      },
    ),
  });
}

function putRuntime(): void {
  const permissionsBoundary = `arn:aws:iam::${account}:policy/firn-prod-boundary`;
  of("learning", aws("iam", "Role"), "learning-load-role", {
    name: "firn-prod-learning-load",
    permissionsBoundary,
    assumeRolePolicy: policy({
      Principal: { Service: "lambda.amazonaws.com" },
      Action: ["sts:AssumeRole"],
    }),
    tags,
  });
  of("learning", aws("iam", "Role"), "learning-schedules-role", {
    name: "firn-prod-learning-schedules",
    permissionsBoundary,
    assumeRolePolicy: trusted("scheduler.amazonaws.com"),
    tags,
  });
  of("learning", aws("iam", "Role"), "learning-snowflake-role", {
    name: "firn-prod-learning-snowflake",
    permissionsBoundary,
    assumeRolePolicy: policy({
      Principal: { AWS: "arn:aws:iam::999999999999:user/snowflake" },
      Action: ["sts:AssumeRole"],
      Condition: { StringEquals: { "sts:ExternalId": "EXAMPLE" } },
    }),
    tags,
  });
  of("learning", aws("iam", "RolePolicy"), "learning-load-policy", {
    role: "firn-prod-learning-load",
    policy: policy(
      { Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::firn-prod-learning-raw/raw/*"] },
      {
        Action: ["kms:Decrypt"],
        Resource: [arn("kms", "key/*")],
        Condition: { "ForAnyValue:StringEquals": { "kms:ResourceAliases": "alias/firn-prod-learning" } },
      },
      {
        Action: ["secretsmanager:GetSecretValue"],
        Resource: [arn("secretsmanager", "secret:firn-prod-learning-api-??????")],
      },
      { Action: ["logs:CreateLogDelivery"], Resource: ["*"] },
      {
        Action: ["cloudwatch:PutMetricData"],
        Resource: ["*"],
        Condition: { StringEquals: { "cloudwatch:namespace": "Firn" } },
      },
    ),
  });
  of("learning", aws("lambda", "Function"), "learning-load", {
    name: "firn-prod-learning-load",
    runtime: "nodejs24.x",
    timeout: 900,
    memorySize: 512,
    environment: { variables: { FIRN_ENVIRONMENT: "prod", FIRN_TEAM: "learning", TZ: "UTC" } },
    tags,
  });
  of("learning", aws("cloudwatch", "LogGroup"), "learning-load-logs", {
    name: "/aws/lambda/firn-prod-learning-load",
    retentionInDays: 90,
    tags,
  });
  of("learning", aws("sfn", "StateMachine"), "learning-machine", {
    name: "firn-prod-learning-pipeline-learner-activity",
    definition: "{}",
    loggingConfiguration: {
      level: "ERROR",
      includeExecutionData: false,
      logDestination: arn("logs", "log-group:/aws/vendedlogs/states/firn:*"),
    },
    tags: pipelineTags,
  });
  of("learning", aws("lambda", "Permission"), "learning-permission", {
    function: "firn-prod-learning-load",
    principal: "sns.amazonaws.com",
    action: "lambda:InvokeFunction",
    sourceArn: arn("sns", "firn-prod-learning-alerts"),
  });
}

function putEdges(): void {
  const queue = (name: string, props: Props) =>
    of("learning", aws("sqs", "Queue"), `learning-${name}`, {
      name: `firn-prod-learning-${name}`,
      kmsMasterKeyId: "alias/firn-prod-learning",
      tags,
      ...props,
    });
  const deadLetters = arn("sqs", "firn-prod-learning-dead-letters");
  queue("dead-letters", {});
  queue("wakeups", {
    redrivePolicy: JSON.stringify({ deadLetterTargetArn: deadLetters, maxReceiveCount: 5 }),
  });
  of("learning", aws("sqs", "QueuePolicy"), "learning-queue-policy", {
    queueUrl: "x",
    policy: policy({
      Principal: { Service: "events.amazonaws.com" },
      Action: ["sqs:SendMessage"],
      Resource: [arn("sqs", "firn-prod-learning-wakeups")],
      Condition: { ArnEquals: { "aws:SourceArn": arn("events", "rule/firn-prod-learning") } },
    }),
  });
  of("learning", aws("sns", "Topic"), "learning-alerts", {
    name: "firn-prod-learning-alerts",
    kmsMasterKeyId: "alias/firn-prod-platform",
    tags,
  });
  of("learning", aws("sns", "TopicSubscription"), "learning-forward", {
    topic: arn("sns", "firn-prod-learning-alerts"),
    protocol: "sqs",
    endpoint: arn("sqs", "elsewhere"),
    redrivePolicy: JSON.stringify({ deadLetterTargetArn: deadLetters }),
  });
  of("learning", aws("cloudwatch", "EventTarget"), "learning-target", {
    rule: "firn-prod-learning-inbox",
    arn: arn("sqs", "firn-prod-learning-wakeups"),
    deadLetterConfig: { arn: deadLetters },
  });
  of("learning", aws("scheduler", "Schedule"), "learning-schedule", {
    scheduleExpression: "rate(1 hour)",
    target: { arn: arn("sqs", "firn-prod-learning-wakeups"), deadLetterConfig: { arn: deadLetters } },
  });
  of("learning", aws("lambda", "EventSourceMapping"), "learning-mapping", {
    eventSourceArn: arn("sqs", "firn-prod-learning-wakeups"),
    functionName: "firn-prod-learning-waker",
    tags,
  });
  of("learning", aws("cloudwatch", "MetricAlarm"), "learning-lag", {
    alarmDescription: "See https://example.com/RUNBOOK.md#lag and run npx firn status learner_activity.",
    treatMissingData: "breaching",
    alarmActions: [arn("sns", "firn-prod-learning-alerts")],
    okActions: [arn("sns", "firn-prod-learning-alerts")],
    tags: pipelineTags,
  });
}

function putSnowflake(): void {
  const put = (type: string, name: string, props: Props) => of("learning", snowflake(type), name, props);
  put("Database", "learning-database", { name: "PROD_LEARNING", dataRetentionTimeInDays: 30 });
  put("Schema", "learning-schema-raw", {
    ...{ database: "PROD_LEARNING", name: "RAW", isTransient: "true" },
    ...{ withManagedAccess: "true", dataRetentionTimeInDays: 1 },
  });
  put("Schema", "learning-schema-gold", {
    ...{ database: "PROD_LEARNING", name: "GOLD" },
    ...{ withManagedAccess: "true", dataRetentionTimeInDays: 30 },
  });
  for (const workload of ["elt", "bi"]) {
    put("Warehouse", `learning-${workload}`, {
      name: `PROD_LEARNING_${workload.toUpperCase()}`,
      warehouseSize: "X-Small",
      autoSuspend: workload === "bi" ? 300 : 60,
      autoResume: "true",
      initiallySuspended: true,
      resourceMonitor: "PROD_LEARNING_MONITOR",
      statementTimeoutInSeconds: 3600,
      statementQueuedTimeoutInSeconds: 600,
      minClusterCount: 1,
      maxClusterCount: 1,
    });
  }
  put("ResourceMonitor", "learning-monitor", {
    ...{ name: "PROD_LEARNING_MONITOR", creditQuota: 100, frequency: "MONTHLY" },
    ...{ startTimestamp: "2026-01-01 00:00", suspendTrigger: 100, suspendImmediateTrigger: 110 },
  });
  for (const role of ["READER", "OWNER"]) {
    put("AccountRole", `learning-${role.toLowerCase()}`, { name: `PROD_LEARNING_${role}` });
  }
  of("commerce", snowflake("AccountRole"), "commerce-reader", { name: "PROD_COMMERCE_READER" });
  putGrants();
  const identity = `(TYPE = AWS ARN = '${roleArn("firn-prod-learning-as-elt")}')`;
  put("Execute", "learning-elt-user", {
    execute: `CREATE USER IF NOT EXISTS "PROD_LEARNING_ELT_SERVICE" TYPE = SERVICE WORKLOAD_IDENTITY = ${identity} DEFAULT_ROLE = 'PROD_LEARNING_READER'`,
    query: `SHOW USERS LIKE 'PROD_LEARNING_ELT_SERVICE'`,
    revert: `DROP USER IF EXISTS "PROD_LEARNING_ELT_SERVICE"`,
  });
  put("ServiceUser", "learning-bi-user", { name: "PROD_LEARNING_BI_SERVICE" });
  put("StorageIntegration", "learning-integration", {
    ...{ name: "PROD_LEARNING_LAKE", storageProvider: "S3" },
    storageAllowedLocations: ["s3://firn-prod-learning-raw/raw/"],
    storageAwsRoleArn: roleArn("firn-prod-learning-snowflake"),
  });
  put("Stage", "learning-stage", {
    ...{ database: "PROD_LEARNING", schema: "RAW", name: "LAKE" },
    ...{ url: "s3://firn-prod-learning-raw/raw/", storageIntegration: "PROD_LEARNING_LAKE" },
  });
  put("MaskingPolicy", "learning-mask-text", {
    ...{ database: "PROD_LEARNING", schema: "LEDGER", name: "MASK_TEXT", returnDataType: "VARCHAR" },
    arguments: [{ name: "val", type: "VARCHAR" }],
    body: `CASE WHEN IS_ROLE_IN_SESSION('PRIVACY') THEN val ELSE '***' END`,
  });
  put("ProcedureSql", "learning-share-gold", {
    ...{ name: "SHARE_MODEL", database: "PROD_LEARNING", schema: "LEDGER", executeAs: "OWNER" },
    procedureDefinition: [
      "BEGIN",
      "  IF (MODEL = 'DAILY_ACTIVITY') THEN",
      `    EXECUTE IMMEDIATE 'GRANT SELECT ON ' || kind || ' "PROD_LEARNING"."GOLD"."DAILY_ACTIVITY" TO ROLE "PROD_COMMERCE_WRITER"';`,
      "  END IF;",
      "END;",
    ].join("\n"),
  });
  put("NetworkPolicy", "learning-network", { name: "PROD_LEARNING", allowedIpLists: ["192.0.2.0/24"] });
}

function putGrants(): void {
  const grant = (name: string, props: Props) =>
    of("learning", snowflake("GrantPrivilegesToAccountRole"), `learning-grant-${name}`, props);
  grant("read", {
    accountRoleName: "PROD_LEARNING_READER",
    privileges: ["SELECT"],
    onSchemaObject: { future: { objectTypePlural: "TABLES", inSchema: '"PROD_LEARNING"."GOLD"' } },
  });
  grant("declared", {
    accountRoleName: "PROD_COMMERCE_READER",
    privileges: ["SELECT"],
    onSchemaObject: { objectType: "TABLE", objectName: '"PROD_LEARNING"."GOLD"."DAILY_ACTIVITY"' },
  });
  of("learning", snowflake("GrantAccountRole"), "learning-roles", {
    roleName: "PROD_LEARNING_READER",
    parentRoleName: "PROD_LEARNING_OWNER",
  });
  of("learning", snowflake("GrantOwnership"), "learning-owns-gold", {
    accountRoleName: "PROD_LEARNING_OWNER",
    on: { objectType: "SCHEMA", objectName: '"PROD_LEARNING"."GOLD"' },
  });
}

/** A resource of a team. What holds data is protected. */
function of(
  owner: string,
  type: string,
  name: string,
  props: Props,
  dependencies: Record<string, string[]> = {},
): void {
  put(type, name, props, urnOf(team, owner), dependencies);
}

function put(
  type: string,
  name: string,
  props: Props,
  parent = "",
  propertyDependencies: Record<string, string[]> = {},
): void {
  plain.push({
    type,
    name,
    props,
    parent,
    propertyDependencies,
    urn: urnOf(type, name),
    provider: type.startsWith("aws:") ? `${awsProvider}::id` : "",
    protect: [key, bucketType, snowflake("Database"), snowflake("StorageIntegration")].includes(type),
  });
}

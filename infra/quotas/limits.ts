/**
 * What AWS allows of a kind, in an account and region unless said otherwise, as it documents the defaults in
 * November 2026. The declared `cloud.quotas` raises (or, in a young account, lowers) those that can be.
 *
 * Not here: alarms and dashboards, of which AWS sets no number; the code storage of Lambda (75 GB), whose use
 * only the archives tell; and rates of calls, which make an `up` slower and no worse.
 */
import type { Planned } from "../inventory.ts";

export interface Quota {
  /** What the table says. */
  what: string;
  /** Null: the vendor publishes none, and only what `cloud.quotas` declares is held to. */
  limit: number | null;
  /** False: nobody raises it. */
  adjustable: boolean;
  source: string;
  /** What a resource takes of it, and with which others it shares one limit; null: nothing. */
  taken: (of: Planned) => { amount: number; shares: string } | null;
}

const iam = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html";
const cloudwatch = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html";
const states = "https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html";

export const quotas = {
  buckets: {
    what: "buckets of the account",
    limit: 10_000,
    adjustable: true,
    source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/BucketRestrictions.html",
    taken: counted("aws:s3/bucket:Bucket"),
  },
  bucketPolicyBytes: {
    what: "bytes of a bucket's policy",
    limit: 20 * 1_024,
    adjustable: false,
    source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html",
    taken: sized("aws:s3/bucketPolicy:BucketPolicy", "policy"),
  },
  roles: {
    what: "IAM roles of the account",
    limit: 1_000,
    adjustable: true,
    source: iam,
    taken: counted("aws:iam/role:Role"),
  },
  rolePolicyCharacters: {
    what: "characters of a role's inline policies, without white space",
    limit: 10_240,
    adjustable: false,
    source: iam,
    taken: ({ type, name, inputs }) =>
      type === "aws:iam/rolePolicy:RolePolicy" && typeof inputs.policy === "string"
        ? { amount: inputs.policy.replace(/\s/g, "").length, shares: String(inputs.role ?? name) }
        : null,
  },
  trustPolicyCharacters: {
    what: "characters of a role's trust policy",
    limit: 2_048,
    adjustable: true,
    source: iam,
    taken: sized("aws:iam/role:Role", "assumeRolePolicy"),
  },
  keys: {
    what: "KMS keys",
    limit: 100_000,
    adjustable: true,
    source: "https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html",
    taken: counted("aws:kms/key:Key"),
  },
  keyPolicyBytes: {
    what: "bytes of a key's policy",
    limit: 32 * 1_024,
    adjustable: true,
    source: "https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html",
    taken: sized("aws:kms/key:Key", "policy"),
  },
  secrets: {
    what: "secrets",
    limit: 500_000,
    adjustable: false,
    source: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html",
    taken: counted("aws:secretsmanager/secret:Secret"),
  },
  // Functions without a reservation keep at least 100 of what the account has.
  lambdaConcurrency: {
    what: "Lambda executions at once: those reserved, and 100 that must stay free",
    limit: 1_000,
    adjustable: true,
    source: "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
    taken: ({ type, inputs }) => {
      const reserved = Number(inputs.reservedConcurrentExecutions ?? -1);
      return type === "aws:lambda/function:Function" && reserved >= 0
        ? { amount: reserved, shares: "reserved" }
        : null;
    },
  },
  functionEnvironmentBytes: {
    what: "bytes of a function's environment",
    limit: 4 * 1_024,
    adjustable: false,
    source: "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
    taken: ({ type, name, inputs }) => {
      const { variables } = (inputs.environment ?? {}) as { variables?: Record<string, string> };
      return type === "aws:lambda/function:Function" && variables
        ? { amount: bytes(JSON.stringify(variables)), shares: name }
        : null;
    },
  },
  stateMachines: {
    what: "state machines",
    limit: 100_000,
    adjustable: true,
    source: states,
    taken: counted("aws:sfn/stateMachine:StateMachine"),
  },
  definitionBytes: {
    what: "bytes of a state machine's definition",
    limit: 1_024 * 1_024,
    adjustable: false,
    source: states,
    taken: sized("aws:sfn/stateMachine:StateMachine", "definition"),
  },
  schedules: {
    what: "schedules",
    limit: 10_000_000,
    adjustable: true,
    source: "https://docs.aws.amazon.com/scheduler/latest/UserGuide/scheduler-quotas.html",
    taken: counted("aws:scheduler/schedule:Schedule"),
  },
  scheduleGroups: {
    what: "schedule groups",
    limit: 500,
    adjustable: true,
    source: "https://docs.aws.amazon.com/scheduler/latest/UserGuide/scheduler-quotas.html",
    taken: counted("aws:scheduler/scheduleGroup:ScheduleGroup"),
  },
  eventRules: {
    what: "EventBridge rules of a bus",
    limit: 300,
    adjustable: true,
    source: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html",
    taken: ({ type, inputs }) =>
      type === "aws:cloudwatch/eventRule:EventRule"
        ? { amount: 1, shares: String(inputs.eventBusName ?? "default") }
        : null,
  },
  topics: {
    what: "SNS topics",
    limit: 100_000,
    adjustable: true,
    source: "https://aws.amazon.com/sns/features/",
    taken: counted("aws:sns/topic:Topic"),
  },
  queuePolicyBytes: {
    what: "bytes of a queue's policy",
    limit: 8_192,
    adjustable: false,
    source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html",
    taken: sized("aws:sqs/queuePolicy:QueuePolicy", "policy"),
  },
  logGroups: {
    what: "log groups",
    limit: 1_000_000,
    adjustable: true,
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html",
    taken: counted("aws:cloudwatch/logGroup:LogGroup"),
  },
  alarmDescriptionCharacters: {
    what: "characters of an alarm's description",
    limit: 1_024,
    adjustable: false,
    source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html",
    taken: sized("aws:cloudwatch/metricAlarm:MetricAlarm", "alarmDescription"),
  },
  dashboardWidgets: {
    what: "widgets of a dashboard",
    limit: 500,
    adjustable: false,
    source: cloudwatch,
    taken: drawn((widgets) => widgets.length),
  },
  dashboardMetrics: {
    what: "metrics of a dashboard",
    limit: 2_500,
    adjustable: false,
    source: cloudwatch,
    taken: drawn((widgets) =>
      widgets.reduce((sum, { properties }) => sum + (properties?.metrics?.length ?? 0), 0),
    ),
  },
  snowflakeWarehouses: {
    what: "Snowflake warehouses",
    limit: null,
    adjustable: true,
    source: "https://docs.snowflake.com/en/sql-reference/ddl-virtual-warehouse",
    taken: counted("snowflake:index/warehouse:Warehouse"),
  },
  snowflakeMonitors: {
    what: "Snowflake resource monitors",
    limit: null,
    adjustable: true,
    source: "https://docs.snowflake.com/en/user-guide/resource-monitors",
    taken: counted("snowflake:index/resourceMonitor:ResourceMonitor"),
  },
} as const satisfies Record<string, Quota>;
export type QuotaName = keyof typeof quotas;

/** Where a person asks for more. */
export const raiseAt =
  "https://docs.aws.amazon.com/servicequotas/latest/userguide/request-quota-increase.html";

/** Each resource of the type is one, of one limit for all. */
function counted(counts: string): Quota["taken"] {
  return ({ type }) => (type === counts ? { amount: 1, shares: "all" } : null);
}

/** The length of a text each resource of the type has for itself; nothing where it is not known yet. */
function sized(type: string, input: string): Quota["taken"] {
  return (of) => {
    const text = of.inputs[input];
    return of.type === type && typeof text === "string" ? { amount: bytes(text), shares: of.name } : null;
  };
}

interface Drawn {
  properties?: { metrics?: unknown[] };
}

function drawn(amount: (widgets: Drawn[]) => number): Quota["taken"] {
  return ({ type, name, inputs }) =>
    type === "aws:cloudwatch/dashboard:Dashboard" && typeof inputs.dashboardBody === "string"
      ? { amount: amount((JSON.parse(inputs.dashboardBody) as { widgets: Drawn[] }).widgets), shares: name }
      : null;
}

function bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}

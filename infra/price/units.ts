/** A month, as AWS bills by the hour. */
export const hoursPerMonth = 730;

/** What one of a kind costs. */
export interface Unit {
  /** Of the resource's type. */
  type: string;
  /** What the table calls it. */
  what: string;
  dollars: number;
  source: string;
}

/**
 * What AWS asks for what merely exists, in dollars a month: list prices of US East (N. Virginia), read in
 * November 2026. Other regions ask the same or up to a third more (a scheduler's million costs 1.25 in Tokyo);
 * allowances that an account has free (10 alarms, 3 dashboards, 10 metrics, a million SQS requests) are not taken
 * off, since environments share them.
 *
 * A Snowflake account costs nothing while its warehouses are suspended, but for what it stores.
 */
export const units = {
  key: {
    type: "aws:kms/key:Key",
    what: "KMS key",
    dollars: 1,
    source: "https://aws.amazon.com/kms/pricing/",
  },
  secret: {
    type: "aws:secretsmanager/secret:Secret",
    what: "secret",
    dollars: 0.4,
    source: "https://aws.amazon.com/secrets-manager/pricing/",
  },
  /** Of each metric it looks at, with a period of a minute or more. */
  alarm: {
    type: "aws:cloudwatch/metricAlarm:MetricAlarm",
    what: "alarm",
    dollars: 0.1,
    source: "https://aws.amazon.com/cloudwatch/pricing/",
  },
  compositeAlarm: {
    type: "aws:cloudwatch/compositeAlarm:CompositeAlarm",
    what: "composite alarm",
    dollars: 0.5,
    source: "https://aws.amazon.com/cloudwatch/pricing/",
  },
  dashboard: {
    type: "aws:cloudwatch/dashboard:Dashboard",
    what: "dashboard",
    dollars: 3,
    source: "https://aws.amazon.com/cloudwatch/pricing/",
  },
  /** Of all 730 hours of a month; billed are those in which it was published. */
  metric: {
    type: "firn:watch:Metric",
    what: "metric",
    dollars: 0.3,
    source: "https://aws.amazon.com/cloudwatch/pricing/",
  },
  /** Of a queue that a function reads: Lambda asks it all the time, 5 times every 20 seconds. */
  polling: {
    type: "aws:lambda/eventSourceMapping:EventSourceMapping",
    what: "queue that is polled",
    dollars: (((5 * 3_600) / 20) * hoursPerMonth * 0.4) / 1_000_000,
    source: "https://aws.amazon.com/sqs/pricing/",
  },
  /** Of a single start. */
  start: {
    type: "aws:scheduler/schedule:Schedule",
    what: "schedule",
    dollars: 1 / 1_000_000,
    source: "https://aws.amazon.com/eventbridge/pricing/",
  },
} as const satisfies Record<string, Unit>;

/**
 * How the types begin that cost nothing while nothing runs and nothing is stored. A type that is neither here nor
 * above is told of, so that no new thing is free by oversight.
 */
export const free = [
  "aws:s3/",
  "aws:iam/",
  "aws:lambda/function:",
  "aws:lambda/permission:",
  "aws:lambda/functionEventInvokeConfig:",
  "aws:lambda/alias:",
  "aws:sfn/stateMachine:",
  "aws:sns/",
  "aws:sqs/",
  "aws:scheduler/scheduleGroup:",
  "aws:kms/alias:",
  "aws:cloudwatch/logGroup:",
  "aws:cloudwatch/logResourcePolicy:",
  "aws:cloudwatch/eventRule:",
  "aws:cloudwatch/eventTarget:",
  "aws:secretsmanager/secretPolicy:",
  "snowflake:index/",
  "firn:infra:",
  "pulumi:",
] as const;

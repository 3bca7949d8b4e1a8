/**
 * What Firn tells CloudWatch, named once: what the runtime publishes, and the alarms and dashboards look for.
 *
 * Dimensions must match to the letter, or an alarm waits for ever. A metric is billed by the hours in which it
 * was published, for each combination of dimensions; so there is none per model (a model is named in the alert
 * and in the log line instead), none for what AWS counts free of charge (failed executions, dead letters), and
 * none published while nothing happens.
 *
 * @see https://aws.amazon.com/cloudwatch/pricing/
 */

export const metricsNamespace = "Firn";

/** `Pipeline` is missing where a metric is of the whole team. */
export type Dimensions = { Environment: string; Team: string; Pipeline?: string };

export interface Metric {
  of: "pipeline" | "team";
  /** Of a metric's unit as CloudWatch knows it. Shares are 0 to 1, and have none. */
  unit: "Seconds" | "None" | "Count";
  /** Which of several values in one period counts. */
  statistic: "Maximum" | "Sum";
  /** When the runtime publishes it: the whole contract of the publishing side. */
  published: string;
}

export const metrics = {
  /** Seconds that a pipeline's watermark is behind now. Of sources read by time or date alone. */
  LagSeconds: {
    of: "pipeline",
    unit: "Seconds",
    statistic: "Maximum",
    published: "when a run ends, also one that found nothing; and by each heartbeat that finds it too late",
  },
  /** The share of a batch's rows that went to quarantine; the largest of the batches of a run. */
  QuarantinedShare: {
    of: "pipeline",
    unit: "None",
    statistic: "Maximum",
    published: "when a run that promoted a batch ends, 0 included",
  },
  /**
   * 1 where data was due by schedule, and within `dueSecondsMax` none came: of delivered files, no new one; of
   * any other source, no run that ended, with rows or without.
   */
  HeartbeatMissed: {
    of: "pipeline",
    unit: "Count",
    statistic: "Maximum",
    published: "by each heartbeat that misses one; never otherwise",
  },
  /** 1 for each time that the heartbeat came to its end: it proves that silence means all is well. */
  Heartbeats: {
    of: "team",
    unit: "Count",
    statistic: "Sum",
    published: "by each heartbeat, as its last act",
  },
  /**
   * The bytes a model scanned, over those of the last build it can be compared with: the greatest of the models
   * that the canary told of in a run, else 0. What it is silent of (a declared backfill, a delta that grew with
   * its rows) does not count.
   */
  ScanRatioMax: {
    of: "team",
    unit: "None",
    statistic: "Maximum",
    published: "by the watch stage of each model run",
  },
  /** The credits spent this month over the month's budget. 1 is all of it. */
  CreditsOfBudget: {
    of: "team",
    unit: "None",
    statistic: "Maximum",
    published: "by the watch stage of each model run, where a budget is declared",
  },
  /** The credits that will be spent by the month's end at the pace of the last days, over the month's budget. */
  CreditsForecastOfBudget: {
    of: "team",
    unit: "None",
    statistic: "Maximum",
    published: "by the watch stage of each model run, where a budget is declared",
  },
} as const satisfies Record<string, Metric>;
export type MetricName = keyof typeof metrics;

/** The dimensions a metric is published with, in the order that dashboards write them. */
export function dimensionsOf(
  name: MetricName,
  { environment, team, pipeline }: { environment: string; team: string; pipeline: string },
): Dimensions {
  const of = { Environment: environment, Team: team };
  return metrics[name].of === "pipeline" ? { ...of, Pipeline: pipeline } : of;
}

/** How often the heartbeat looks. */
export const heartbeatMinutes = 60;

/** What makes a pipeline late: how often it is due, and how long a run may take. */
export interface Pace {
  everyMinutes: number;
  /** How far behind now its windows end. */
  lagSeconds: number;
  /** Its windows are whole days, which end up to a day behind now. */
  wholeDays: boolean;
  /** How long a stage may take before it counts as failed. */
  stageSecondsMax: number;
}

/**
 * Beyond so many seconds behind now a pipeline is late.
 *
 * Just before a run ends well, the watermark is behind by its lag (and a day, by date), the interval since the
 * run before, and the time of the run itself; one start may be missed, or fail, without anybody being called.
 * A run is given what one stage may take: longer ones are worth a call.
 */
export function lagSecondsMax({ everyMinutes, lagSeconds, wholeDays, stageSecondsMax }: Pace): number {
  return lagSeconds + (wholeDays ? 86_400 : 0) + 2 * everyMinutes * 60 + stageSecondsMax;
}

/**
 * How many seconds after a start was due a run must have ended: what a stage may take, and two heartbeats, since
 * the first may look while the run is still at work.
 */
export function dueSecondsMax({ stageSecondsMax }: Pick<Pace, "stageSecondsMax">): number {
  return stageSecondsMax + 2 * heartbeatMinutes * 60;
}

/**
 * A line of the watch stage's log: what one model's build in one run scanned and cost.
 *
 * Written to stdout as one JSON object, which Lambda does not wrap again, so that Logs Insights knows its fields
 * by these names. One line a model and run costs nothing to speak of; a query is paid when a panel is opened.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
 */
export interface ScanLine {
  kind: typeof scanLineKind;
  environment: string;
  team: string;
  run: string;
  model: string;
  /** Null where the warehouse did not tell. */
  bytesScanned: number | null;
  credits: number;
  seconds: number;
  /** Over the last build it can be compared with, where the canary told of it. */
  scanRatio?: number;
  /** Why, in the canary's words: `lost filter`, `full refresh`. */
  cause?: string;
}
export const scanLineKind = "firn.scan";

/** The code of the alert that names the model where the canary tells of one. */
export const scanAlert = "watch.scan_doubled";

/**
 * Which alarms a team has, as data.
 *
 * One alarm costs ten cents a month, so each says something no other does, and watches what AWS counts free of
 * charge where it can. None is per model: an alarm on a query over all models (Metrics Insights) is billed by
 * each metric it looks at, sees three hours at most, and needs a metric per model, thirty cents each; a rule of
 * contributors in the log costs fifty cents a month and its events. So the canary's alarm tells that a model of
 * the team scanned too much, and the alert that the watch stage sends to the same topic names the model, its
 * run and the likely cause, as does its line in the log, which the dashboard shows.
 *
 * @see https://aws.amazon.com/cloudwatch/pricing/
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html
 */
import { heartbeatMinutes, scanAlert } from "#core/metrics";
import { goldFence } from "#core/names";
import type { Pipeline } from "#firn";
import { hasModels } from "../functions/sizes.ts";
import { arn } from "../names.ts";
import type { Scope } from "../scope.ts";
import { type AlarmPlan, ours, planAlarm, wholeTeam } from "./alarm.ts";
import { lagSecondsMaxOf, quarantinedShareMax, scanRatioMax } from "./limits.ts";

/** Seconds of a period in which every pipeline that runs hourly or more often says something. */
const hourSeconds = 3_600;

/**
 * The alarms of a team: of each pipeline, of its gold where it builds any, and of the team. None where the
 * environment declares none, and none for a team that is retired, of which nothing runs.
 */
export function planAlarms(scope: Scope): AlarmPlan[] {
  const { environment, team } = scope;
  if (!environment.cloud.alarms || team.retired) return [];
  return [
    ...team.pipelines.flatMap((pipeline) => [
      ...planFailures(scope, pipeline.name, scope.names.machines[pipeline.name] ?? ""),
      planQuarantine(scope, pipeline),
      ...planLag(scope, pipeline),
      ...planHeartbeatMissed(scope, pipeline),
    ]),
    ...(hasModels(scope)
      ? [...planFailures(scope, goldFence, scope.names.gold), planCanary(scope), ...planCredits(scope)]
      : []),
    planDeadLetters(scope),
    ...(team.pipelines.some(({ schedule }) => schedule) ? [planHeartbeats(scope)] : []),
  ];
}

/**
 * One alarm for each way an execution can end badly: three metrics in one alarm cost the same, and would not
 * say which. Missing: nothing ran, so nothing failed.
 */
function planFailures(scope: Scope, pipeline: string, machine: string): AlarmPlan[] {
  const gold = pipeline === goldFence;
  const ends = [
    ["ExecutionsFailed", "failed", "failed"],
    ["ExecutionsTimedOut", "timed-out", "timed out"],
    ["ExecutionsAborted", "aborted", "was aborted"],
  ] as const;
  const left = gold ? "What was built stands" : "The watermark is where it was";
  return ends.map(([metricName, thing, ended]) =>
    planAlarm(scope, "failures", pipeline, {
      thing,
      says: `An execution of ${machine} ${ended}. ${left}, and running again is safe.`,
      command: gold ? `build ${scope.team.name}` : `status ${label(scope, pipeline)}`,
      namespace: "AWS/States",
      metricName,
      dimensions: { StateMachineArn: arn(scope, "states", `stateMachine:${machine}`) },
      statistic: "Sum",
      periodSeconds: 300,
      comparison: "GreaterThanThreshold",
      threshold: 0,
      treatMissingData: "notBreaching",
    }),
  );
}

/** Missing: no batch came since, so what the last one said still holds. */
function planQuarantine(scope: Scope, pipeline: Pipeline): AlarmPlan {
  const threshold = quarantinedShareMax(pipeline);
  return planAlarm(scope, "quarantine", pipeline.name, {
    says: `More than ${percent(threshold)} of a batch's rows went to quarantine.`,
    command: `quarantine list ${label(scope, pipeline.name)}`,
    ...ours(scope, "QuarantinedShare", pipeline.name),
    periodSeconds: hourSeconds,
    comparison: "GreaterThanThreshold",
    threshold,
    treatMissingData: "ignore",
  });
}

/** Missing: it was not late when it was last looked at, or it still is; a run that ends in time says so. */
function planLag(scope: Scope, pipeline: Pipeline): AlarmPlan[] {
  const threshold = lagSecondsMaxOf(pipeline, scope.environment);
  if (threshold === null) return [];
  return [
    planAlarm(scope, "lag", pipeline.name, {
      says: `The watermark of ${label(scope, pipeline.name)} is more than ${hours(threshold)} behind now.`,
      command: `status ${label(scope, pipeline.name)}`,
      ...ours(scope, "LagSeconds", pipeline.name),
      periodSeconds: hourSeconds,
      comparison: "GreaterThanThreshold",
      threshold,
      treatMissingData: "ignore",
    }),
  ];
}

/**
 * Two heartbeats are one period, so that a late one is no gap. Missing: none was missed, since a heartbeat that
 * misses says so each time; that the heartbeat itself is there, the team's own alarm tells.
 */
function planHeartbeatMissed(scope: Scope, { name, schedule, source }: Pipeline): AlarmPlan[] {
  if (!schedule) return [];
  return [
    planAlarm(scope, "heartbeat", name, {
      says: `Data of ${label(scope, name)} was due, and ${source.kind === "files" ? "no file came" : "no run ended"} in time.`,
      command: `plan ${label(scope, name)}`,
      ...ours(scope, "HeartbeatMissed", name),
      periodSeconds: 2 * heartbeatMinutes * 60,
      comparison: "GreaterThanThreshold",
      threshold: 0,
      treatMissingData: "notBreaching",
    }),
  ];
}

/** Missing: the heartbeat is dead, or may not publish, and then no other silence can be trusted. */
function planHeartbeats(scope: Scope): AlarmPlan {
  return planAlarm(scope, "heartbeat", wholeTeam, {
    says: `The heartbeat of ${scope.team.name}, which looks whether data that was due came, has not ended well for three hours.`,
    command: "status",
    ...ours(scope, "Heartbeats", wholeTeam),
    periodSeconds: 3 * heartbeatMinutes * 60,
    comparison: "LessThanThreshold",
    threshold: 1,
    treatMissingData: "breaching",
  });
}

/** Missing: no model was built since, so what the last run said still holds. */
function planCanary(scope: Scope): AlarmPlan {
  return planAlarm(scope, "canary", goldFence, {
    says: `A model of ${scope.team.name} scanned more than ${scanRatioMax} times what it did before. The alert ${scanAlert} to the same topic names the model and the likely cause.`,
    command: `cost ${scope.team.name}`,
    ...ours(scope, "ScanRatioMax", goldFence),
    periodSeconds: hourSeconds,
    comparison: "GreaterThanThreshold",
    threshold: scanRatioMax,
    treatMissingData: "ignore",
  });
}

/**
 * The month's budget is watched where gold is built: its watch stage is what bills the team's warehouse.
 * Missing: nothing was built since, so the month stands where it stood.
 */
function planCredits(scope: Scope): AlarmPlan[] {
  const { budget } = scope;
  if (!budget) return [];
  const shared = {
    command: `cost ${scope.team.name} --days 31`,
    periodSeconds: hourSeconds,
    comparison: "GreaterThanOrEqualToThreshold",
    treatMissingData: "ignore",
  } as const;
  return [
    ...[...new Set(budget.alertAtShares ?? [0.5, 0.8, 1])].map((share) =>
      planAlarm(scope, "credits", wholeTeam, {
        ...shared,
        thing: `credits-${String(share).replace(".", "-")}`,
        says: `${scope.team.name} has spent ${percent(share)} of the month's ${budget.creditsPerMonth} credits.`,
        ...ours(scope, "CreditsOfBudget", wholeTeam),
        threshold: share,
      }),
    ),
    planAlarm(scope, "credits-forecast", wholeTeam, {
      ...shared,
      says: `${scope.team.name} will have spent the month's ${budget.creditsPerMonth} credits before it ends, at the pace of the last days.`,
      ...ours(scope, "CreditsForecastOfBudget", wholeTeam),
      threshold: 1,
    }),
  ];
}

/** Missing: SQS says nothing of a queue that nobody touches, and what lies in it lies there still. */
function planDeadLetters(scope: Scope): AlarmPlan {
  return planAlarm(scope, "dead-letters", wholeTeam, {
    says: `Messages of ${scope.team.name} were given up and lie in ${scope.names.deadLetters}: a start, or an alert, was lost.`,
    command: "status",
    namespace: "AWS/SQS",
    metricName: "ApproximateNumberOfMessagesVisible",
    dimensions: { QueueName: scope.names.deadLetters },
    statistic: "Maximum",
    periodSeconds: 300,
    comparison: "GreaterThanThreshold",
    threshold: 0,
    treatMissingData: "ignore",
  });
}

function label({ team }: Scope, pipeline: string): string {
  return `${team.name}.${pipeline}`;
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`;
}

function hours(seconds: number): string {
  return `${Number((seconds / 3_600).toFixed(1))} h`;
}

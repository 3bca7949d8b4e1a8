/** What every alarm has: a name, a runbook, a command, a topic and tags. */
import { type Dimensions, dimensionsOf, type MetricName, metrics, metricsNamespace } from "#core/metrics";
import { arn, nameOf } from "../names.ts";
import type { Scope } from "../scope.ts";

/** Kinds of alarms; each is an anchor in infra/RUNBOOK.md. */
export const alarmKinds = [
  "canary",
  "credits",
  "credits-forecast",
  "lag",
  "failures",
  "quarantine",
  "dead-letters",
  "heartbeat",
] as const;
export type AlarmKind = (typeof alarmKinds)[number];

export interface AlarmPlan {
  kind: AlarmKind;
  /** The resource's name in Pulumi; it begins with the team's. */
  resource: string;
  name: string;
  /** What holds, the runbook's link, and the command to run. */
  description: string;
  namespace: string;
  metricName: string;
  dimensions: Record<string, string>;
  statistic: "Maximum" | "Sum";
  periodSeconds: number;
  comparison: "GreaterThanThreshold" | "GreaterThanOrEqualToThreshold" | "LessThanThreshold";
  threshold: number;
  treatMissingData: "breaching" | "notBreaching" | "ignore";
  /** The team's topic, for the alarm and for its end. */
  topic: string;
  tags: Record<string, string>;
}

/** In the tag `Pipeline`: alarms of the team as a whole. No pipeline can be named so; nor as `goldFence`. */
export const wholeTeam = "_team";

/** What tells one alarm from another. */
export type Own = Omit<AlarmPlan, "kind" | "resource" | "name" | "description" | "topic" | "tags"> & {
  says: string;
  command: string;
  /** What tells it from others of its kind; default: its kind. */
  thing?: string;
};

/**
 * What the names of a team's alarms begin with, and of no other team's: a slash ends the team's own name, in which
 * there can be none, so that `shop` does not have the alarms of `shop_eu`. The topic's policy lets in just these.
 */
export function alarmStem(scope: Scope): string {
  return `${nameOf(scope, "alarm", scope.team.name)}/`;
}

/** An alarm with its name, its description and its tags. */
export function planAlarm(
  scope: Scope,
  kind: AlarmKind,
  pipeline: string,
  { says, command, thing = kind, ...own }: Own,
): AlarmPlan {
  const { environment, team, names, tags } = scope;
  // A pipeline may be called "gold" or "team".
  const of = pipeline.startsWith("_") ? [pipeline.slice(1)] : ["pipeline", pipeline];
  const stem = alarmStem(scope);
  return {
    kind,
    resource: `${team.name}-${[...of, thing].join("-")}`,
    name: `${stem}${nameOf(scope, "alarm", team.name, ...of, thing).slice(stem.length)}`,
    description: `${says} Runbook: ${environment.cloud.runbook}#${kind} Run: npx firn ${command} --env ${environment.name}`,
    ...own,
    topic: arn(scope, "sns", names.topic),
    tags: { ...tags, Pipeline: pipeline, Alarm: kind },
  };
}

/** One of Firn's own metrics, of the pipeline or of the whole team, as it is published. */
export function ours(
  { environment, team }: Scope,
  metricName: MetricName,
  pipeline: string,
): Pick<AlarmPlan, "namespace" | "metricName" | "dimensions" | "statistic"> {
  const dimensions: Dimensions = dimensionsOf(metricName, {
    environment: environment.name,
    team: team.name,
    pipeline,
  });
  return {
    namespace: metricsNamespace,
    metricName,
    dimensions: { ...dimensions },
    statistic: metrics[metricName].statistic,
  };
}

/** What watches a team: its alarms, its dashboard, and the metrics that its runtime publishes for them. */
import type { MetricName } from "#core/metrics";
import { hasModels } from "../functions/sizes.ts";
import { hoursPerMonth } from "../price/units.ts";
import type { Scope } from "../scope.ts";
import type { AlarmPlan } from "./alarm.ts";
import { planAlarms } from "./alarms.ts";
import { type DashboardPlan, planDashboard } from "./dashboard.ts";
import { lagSecondsMaxOf } from "./limits.ts";

export interface WatchPlan {
  alarms: AlarmPlan[];
  /** Null where there are no alarms. */
  dashboard: DashboardPlan | null;
  metrics: PublishedMetric[];
}

/** A metric that CloudWatch bills, by the hours of a month (730) in which something was published. */
export interface PublishedMetric {
  name: MetricName;
  /** Empty for one of the whole team. */
  pipeline: string;
  hoursPerMonth: number;
}

export function planWatch(scope: Scope): WatchPlan {
  return { alarms: planAlarms(scope), dashboard: planDashboard(scope), metrics: planMetrics(scope) };
}

/**
 * What is published while all is well: by each run as often as its schedule starts one, and by each heartbeat.
 * Gold is built after a run that brought something, so about as often as the most frequent pipeline runs. What
 * is only run by hand is not counted, nor is what only trouble publishes. It is published without alarms, too.
 */
function planMetrics(scope: Scope): PublishedMetric[] {
  const { environment, team } = scope;
  if (team.retired) return [];
  const scheduled = team.pipelines.filter(({ schedule }) => schedule);
  const hours = scheduled.map(({ schedule }) =>
    Math.min(hoursPerMonth, (hoursPerMonth * 60) / (schedule?.everyMinutes ?? Number.POSITIVE_INFINITY)),
  );
  const often = Math.max(0, ...hours);
  const ofTeam: MetricName[] = [
    ...(hasModels(scope) ? (["ScanRatioMax"] as const) : []),
    ...(hasModels(scope) && scope.budget ? (["CreditsOfBudget", "CreditsForecastOfBudget"] as const) : []),
  ];
  return [
    ...scheduled.flatMap((pipeline, at): PublishedMetric[] => {
      const own = { pipeline: pipeline.name, hoursPerMonth: hours[at] ?? 0 };
      return [
        { name: "QuarantinedShare", ...own },
        ...(lagSecondsMaxOf(pipeline, environment) === null ? [] : [{ name: "LagSeconds", ...own } as const]),
      ];
    }),
    ...(often > 0 ? ofTeam.map((name) => ({ name, pipeline: "", hoursPerMonth: often })) : []),
    ...(scheduled.length > 0 ? [{ name: "Heartbeats", pipeline: "", hoursPerMonth } as const] : []),
  ];
}

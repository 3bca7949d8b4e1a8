import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Scope } from "../scope.ts";
import type { AlarmPlan } from "./alarm.ts";
import type { DashboardPlan } from "./dashboard.ts";
import type { WatchPlan } from "./plan.ts";

/** A team's alarms, which tell its topic when they begin and when they end, and its dashboard. */
export class Watch extends pulumi.ComponentResource {
  constructor(
    name: string,
    { plan }: { scope: Scope; plan: WatchPlan },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("firn:infra:Watch", name, {}, options);
    const parent = this;
    for (const alarm of plan.alarms) raise(alarm);
    if (plan.dashboard) show(plan.dashboard);
    this.registerOutputs({});

    function raise(alarm: AlarmPlan): void {
      new aws.cloudwatch.MetricAlarm(
        alarm.resource,
        {
          name: alarm.name,
          alarmDescription: alarm.description,
          namespace: alarm.namespace,
          metricName: alarm.metricName,
          dimensions: alarm.dimensions,
          statistic: alarm.statistic,
          period: alarm.periodSeconds,
          evaluationPeriods: 1,
          comparisonOperator: alarm.comparison,
          threshold: alarm.threshold,
          treatMissingData: alarm.treatMissingData,
          alarmActions: [alarm.topic],
          okActions: [alarm.topic],
          tags: alarm.tags,
        },
        { parent },
      );
    }

    function show(dashboard: DashboardPlan): void {
      new aws.cloudwatch.Dashboard(
        dashboard.resource,
        { dashboardName: dashboard.name, dashboardBody: JSON.stringify(dashboard.body) },
        { parent },
      );
    }
  }
}

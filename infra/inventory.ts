/**
 * What an environment will have, before anything is registered: for its price and its quotas.
 *
 * Counted from the names of its scopes and from what is planned, as resources of the types that the program
 * registers; inputs are those that price or quotas look at. A test holds the counts to the program's.
 */
import { heartbeatMinutes } from "#core/metrics";
import { functionNames, type Scope } from "./scope.ts";
import { buildsGold } from "./watch/alarms.ts";
import { planWatch } from "./watch/plan.ts";

/** A resource as the program registers it, as a preview prints it, or as it is foreseen. */
export interface Planned {
  type: string;
  name: string;
  inputs: Readonly<Record<string, unknown>>;
}

/** No resource, but billed as one: a metric that the runtime publishes. */
export const publishedMetric = "firn:watch:Metric";

/** All of an environment: what its teams share, and what each team has. */
export function planInventory(scopes: readonly Scope[]): Planned[] {
  const [site] = scopes;
  return site ? [...platform(site), ...scopes.flatMap((scope) => ofTeam.flatMap((part) => part(scope)))] : [];
}

/** A team's parts. A part that has a planner of its own is counted from its plan. */
const ofTeam: ((scope: Scope) => Planned[])[] = [lake, identities, runtime, alerts, snowflake, watch];

function platform({ environment }: Scope): Planned[] {
  const { slack, pagerDuty } = environment.cloud.alerts;
  return [
    ...each("aws:kms/key:Key", ["platform"]),
    ...each("aws:secretsmanager/secret:Secret", [
      ...(slack ? ["slack_webhook"] : []),
      ...(pagerDuty ? ["pagerduty_key"] : []),
    ]),
  ];
}

function lake({ names }: Scope): Planned[] {
  return [
    ...each("aws:kms/key:Key", [names.keyAlias]),
    ...each("aws:s3/bucket:Bucket", Object.values(names.buckets)),
    ...each("aws:secretsmanager/secret:Secret", Object.values(names.secrets)),
  ];
}

function identities({ names }: Scope): Planned[] {
  return each("aws:iam/role:Role", [
    ...Object.values(names.roles),
    ...Object.values(names.identities),
    names.machineRole,
    names.schedulerRole,
    names.snowflake.integrationRole,
  ]);
}

/** Of a team that is retired nothing starts any more; what it has stays until it is removed. */
function runtime(scope: Scope): Planned[] {
  const { names, team } = scope;
  const machines = [...Object.values(names.machines), ...(buildsGold(scope) ? [names.gold] : [])];
  const starts = team.retired
    ? []
    : team.pipelines.flatMap(({ name, schedule }) =>
        schedule ? [{ name, everyMinutes: schedule.everyMinutes }] : [],
      );
  return [
    ...functionNames.map((name) => ({
      type: "aws:lambda/function:Function",
      name: names.functions[name],
      // What starts the others, and looks whether they came, is never held up by them.
      inputs:
        team.concurrencyMax && name !== "waker" && name !== "heartbeat"
          ? { reservedConcurrentExecutions: team.concurrencyMax }
          : {},
    })),
    ...each("aws:sfn/stateMachine:StateMachine", machines),
    ...each("aws:cloudwatch/logGroup:LogGroup", [...Object.values(names.functions), ...machines]),
    ...each("aws:sqs/queue:Queue", [names.queue, names.deadLetters]),
    ...(team.retired
      ? []
      : each("aws:lambda/eventSourceMapping:EventSourceMapping", [names.functions.waker])),
    // Events of its inbox, on the bus that all teams share.
    ...(team.retired ? [] : each("aws:cloudwatch/eventRule:EventRule", [names.buckets.inbox])),
    ...each("aws:scheduler/scheduleGroup:ScheduleGroup", [names.scheduleGroup]),
    ...[...starts, ...(team.retired ? [] : [{ name: "heartbeat", everyMinutes: heartbeatMinutes }])].map(
      ({ name, everyMinutes }) => ({
        type: "aws:scheduler/schedule:Schedule",
        name: `${names.scheduleGroup}-${name}`,
        inputs: { scheduleExpression: `rate(${everyMinutes} minutes)` },
      }),
    ),
  ];
}

function alerts({ names }: Scope): Planned[] {
  return each("aws:sns/topic:Topic", [names.topic]);
}

function snowflake({ names, team, warehouses }: Scope): Planned[] {
  const own = Object.values(warehouses).filter(({ budgetShareMax }) => budgetShareMax !== undefined);
  return [
    ...each("snowflake:index/database:Database", [names.snowflake.database]),
    ...each("snowflake:index/warehouse:Warehouse", Object.values(names.snowflake.warehouses)),
    ...(team.budget
      ? each("snowflake:index/resourceMonitor:ResourceMonitor", [
          names.snowflake.monitor,
          ...own.map((_, at) => `${names.snowflake.monitor}_${at}`),
        ])
      : []),
  ];
}

function watch(scope: Scope): Planned[] {
  const { alarms, dashboard, metrics } = planWatch(scope);
  return [
    ...alarms.map(({ resource, description, periodSeconds }) => ({
      type: "aws:cloudwatch/metricAlarm:MetricAlarm",
      name: resource,
      inputs: { alarmDescription: description, period: periodSeconds },
    })),
    ...(dashboard
      ? [
          {
            type: "aws:cloudwatch/dashboard:Dashboard",
            name: dashboard.resource,
            inputs: { dashboardBody: JSON.stringify(dashboard.body) },
          },
        ]
      : []),
    ...metrics.map(({ name, pipeline, hoursPerMonth }) => ({
      type: publishedMetric,
      name: [scope.team.name, pipeline, name].filter((part) => part !== "").join(" "),
      inputs: { hoursPerMonth },
    })),
  ];
}

function each(type: string, names: readonly string[]): Planned[] {
  return names.map((name) => ({ type, name, inputs: {} }));
}

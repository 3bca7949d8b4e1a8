/**
 * What an environment will have, before anything is registered: for its price and its quotas.
 *
 * Counted from the names of its scopes and from what is planned, as resources of the types that the program
 * registers; inputs are those that price or quotas look at. A test holds the counts to the program's.
 */
import { heartbeatMinutes } from "#core/metrics";
import { platformSecrets } from "./alerts/plan.ts";
import { functionsOf, hasHeartbeat, hasModels } from "./functions/sizes.ts";
import { planIdentities } from "./identities/plan.ts";
import { planInbox } from "./inbox/plan.ts";
import type { Scope } from "./scope.ts";
import { planWarehouses } from "./snowflake/warehouses/plan.ts";
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

/** What teams share: a key, and, where alerts go to Slack or PagerDuty, a function that forwards them. */
function platform(site: Scope): Planned[] {
  const secrets = Object.keys(platformSecrets(site));
  const forward = secrets.length > 0 ? ["forward"] : [];
  return [
    ...each("aws:kms/key:Key", ["platform"]),
    ...each("aws:secretsmanager/secret:Secret", secrets),
    ...each("aws:iam/role:Role", forward),
    ...each("aws:lambda/function:Function", forward),
    ...each("aws:cloudwatch/logGroup:LogGroup", forward),
    ...each("aws:sqs/queue:Queue", forward),
  ];
}

function lake({ names }: Scope): Planned[] {
  return [
    ...each("aws:kms/key:Key", [names.keyAlias]),
    ...each("aws:s3/bucket:Bucket", Object.values(names.buckets)),
    ...each("aws:secretsmanager/secret:Secret", Object.values(names.secrets)),
  ];
}

function identities(scope: Scope): Planned[] {
  const { names } = scope;
  return each("aws:iam/role:Role", [
    ...functionsOf(scope).map((name) => names.roles[name]),
    ...planIdentities(scope).map(({ role }) => role),
    names.machineRole,
    names.schedulerRole,
    names.snowflake.integrationRole,
  ]);
}

function runtime(scope: Scope): Planned[] {
  const { names, team } = scope;
  const machines = [...Object.values(names.machines), ...(hasModels(scope) ? [names.gold] : [])];
  const functions = functionsOf(scope);
  const starts = team.pipelines.flatMap(({ name, schedule }) =>
    schedule ? [{ name, everyMinutes: schedule.everyMinutes }] : [],
  );
  return [
    ...functions.map((name) => ({
      type: "aws:lambda/function:Function",
      name: names.functions[name],
      // What starts the others, and looks whether they came, is never held up by them.
      inputs:
        team.concurrencyMax && name !== "waker" && name !== "heartbeat"
          ? { reservedConcurrentExecutions: team.concurrencyMax }
          : {},
    })),
    ...each("aws:sfn/stateMachine:StateMachine", machines),
    ...each("aws:cloudwatch/logGroup:LogGroup", [...functions, ...machines]),
    ...each("aws:sqs/queue:Queue", [names.queue, names.deadLetters]),
    ...each("aws:lambda/eventSourceMapping:EventSourceMapping", [names.functions.waker]),
    ...each(
      "aws:cloudwatch/eventRule:EventRule",
      planInbox(scope).rules.map(({ name }) => name),
    ),
    ...each("aws:scheduler/scheduleGroup:ScheduleGroup", [names.scheduleGroup]),
    ...[
      ...starts,
      ...(hasHeartbeat(scope) ? [{ name: "heartbeat", everyMinutes: heartbeatMinutes }] : []),
    ].map(({ name, everyMinutes }) => ({
      type: "aws:scheduler/schedule:Schedule",
      name: `${names.scheduleGroup}-${name}`,
      inputs: { scheduleExpression: `rate(${everyMinutes} minutes)` },
    })),
  ];
}

function alerts({ names }: Scope): Planned[] {
  return each("aws:sns/topic:Topic", [names.topic]);
}

function snowflake(scope: Scope): Planned[] {
  const { warehouses, monitors } = planWarehouses(scope);
  return [
    ...each("snowflake:index/database:Database", [scope.names.snowflake.database]),
    ...each(
      "snowflake:index/warehouse:Warehouse",
      warehouses.map(({ name }) => name),
    ),
    ...each(
      "snowflake:index/resourceMonitor:ResourceMonitor",
      monitors.map(({ name }) => name),
    ),
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

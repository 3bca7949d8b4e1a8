/**
 * A team's dashboard: what its models cost and scanned in the last week, and how its pipelines stand.
 *
 * It costs three dollars a month, however much is on it. Its two panels by model ask the watch stage's log, a
 * query each time the page is opened and nothing in between: metrics by model would cost thirty cents each.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
 */
import { dimensionsOf, type MetricName, metrics, metricsNamespace, scanLineKind } from "#core/metrics";
import { hasModels } from "../functions/sizes.ts";
import { arn } from "../names.ts";
import type { Scope } from "../scope.ts";
import { planAlarms } from "./alarms.ts";
import { lagSecondsMaxOf } from "./limits.ts";

export interface DashboardPlan {
  resource: string;
  name: string;
  body: DashboardBody;
}

export interface DashboardBody {
  /** Looks back so far, as an ISO 8601 duration. */
  start: string;
  periodOverride: "inherit";
  widgets: Widget[];
}

/** A place on a grid 24 wide, and what stands there. */
export interface Widget {
  type: "text" | "alarm" | "log" | "metric";
  x: number;
  y: number;
  width: number;
  height: number;
  properties: Record<string, unknown>;
}

type Panel = Omit<Widget, "x" | "y">;
type Series = [namespace: string, metricName: string, ...rest: (string | { label: string; stat?: string })[]];

/** Series that one graph can show and an eye can tell apart; CloudWatch takes 500. */
const seriesMax = 50;
/** Alarms that one panel shows at most. */
const alarmsMax = 100;

/** Null where the environment declares no alarms, and so no dashboards, and for a team that is retired. */
export function planDashboard(scope: Scope): DashboardPlan | null {
  const { environment, team, names } = scope;
  if (!environment.cloud.alarms || team.retired) return null;
  return {
    resource: `${team.name}-dashboard`,
    name: names.dashboard,
    body: {
      start: "-P7D",
      periodOverride: "inherit",
      widgets: placed([
        text(scope),
        ...alarms(scope),
        ...(hasModels(scope) ? byModel(scope) : []),
        ...byPipeline(scope),
      ]),
    },
  };
}

function text({ environment, team }: Scope): Panel {
  const markdown =
    `# ${team.name} in ${environment.name}\n` +
    `[What to do about an alarm](${environment.cloud.runbook}). ` +
    `Further: \`npx firn cost ${team.name} --env ${environment.name}\`, \`npx firn status --env ${environment.name}\`.`;
  return { type: "text", width: 24, height: 2, properties: { markdown } };
}

function alarms(scope: Scope): Panel[] {
  const arns = planAlarms(scope).map(({ name }) => arn(scope, "cloudwatch", `alarm:${name}`));
  return chunks(arns, alarmsMax).map((each) => ({
    type: "alarm",
    width: 24,
    height: 4,
    properties: { title: "Alarms", alarms: each },
  }));
}

/** Bars, one for each model, dearest first. */
function byModel(scope: Scope): Panel[] {
  const query = (sum: string, unit: string) =>
    `SOURCE '/aws/lambda/${scope.names.functions.watch}' | filter kind = '${scanLineKind}' ` +
    `| stats sum(${sum}) as ${unit} by model | sort ${unit} desc | limit 50`;
  const panel = (title: string, text: string): Panel => ({
    type: "log",
    width: 12,
    height: 8,
    properties: { title, region: scope.environment.cloud.region, view: "bar", query: text },
  });
  return [
    panel("Credits by model", query("credits", "credits_spent")),
    panel("Bytes scanned by model", query("bytesScanned", "bytes_scanned")),
  ];
}

function byPipeline(scope: Scope): Panel[] {
  const { environment, team, names } = scope;
  const own = (name: MetricName, pipeline: string, label: string): Series => [
    metricsNamespace,
    name,
    ...Object.entries(
      dimensionsOf(name, { environment: environment.name, team: team.name, pipeline }),
    ).flat(),
    { label, stat: metrics[name].statistic },
  ];
  const machines = { ...names.machines, ...(hasModels(scope) && { gold: names.gold }) };
  const late = team.pipelines.filter((pipeline) => lagSecondsMaxOf(pipeline, environment) !== null);
  const failures = Object.entries(machines).flatMap(([pipeline, machine]) =>
    ["ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"].map(
      (metricName): Series => [
        "AWS/States",
        metricName,
        "StateMachineArn",
        arn(scope, "states", `stateMachine:${machine}`),
        { label: `${pipeline} ${metricName.slice("Executions".length)}`, stat: "Sum" },
      ],
    ),
  );
  return [
    ...graphs(
      scope,
      "Lag, seconds",
      late.map(({ name }) => own("LagSeconds", name, name)),
    ),
    ...graphs(scope, "Failed executions", failures),
    ...graphs(
      scope,
      "Quarantined share of a batch",
      team.pipelines.map(({ name }) => own("QuarantinedShare", name, name)),
    ),
    ...(scope.budget && hasModels(scope)
      ? graphs(scope, "Credits, share of the month's budget", [
          own("CreditsOfBudget", "", "spent"),
          own("CreditsForecastOfBudget", "", "by the month's end"),
        ])
      : []),
  ];
}

function graphs({ environment }: Scope, title: string, series: Series[]): Panel[] {
  return chunks(series, seriesMax).map((each) => ({
    type: "metric",
    width: 12,
    height: 6,
    properties: {
      title,
      region: environment.cloud.region,
      view: "timeSeries",
      stacked: false,
      period: 3_600,
      metrics: each,
    },
  }));
}

/** Side by side while they fit in 24, then below all that stand there. */
function placed(panels: readonly Panel[]): Widget[] {
  let x = 0;
  let y = 0;
  let below = 0;
  return panels.map((panel) => {
    if (x + panel.width > 24) [x, y] = [0, below];
    const widget = { ...panel, x, y };
    x += panel.width;
    below = Math.max(below, y + panel.height);
    return widget;
  });
}

function chunks<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, at) =>
    all.slice(at * size, (at + 1) * size),
  );
}

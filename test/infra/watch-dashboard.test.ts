import assert from "node:assert/strict";
import fc from "fast-check";
import { z } from "zod";
import { metrics, metricsNamespace, type ScanLine, scanLineKind } from "#core/metrics";
import type { DashboardBody } from "#infra/watch/dashboard";
import { planWatch } from "#infra/watch/plan";
import { programOf } from "./program.ts";
import { scopesOf, scopesOfTeams, someTeams } from "./site.ts";

/**
 * The shapes of widgets that Firn uses, as CloudWatch documents them; it keeps what it does not know and shows
 * nothing for it.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
 */
const place = {
  x: z.number().int().min(0).max(23),
  y: z.number().int().min(0),
  width: z.number().int().min(1).max(24),
  height: z.number().int().min(1).max(1_000),
};
const region = z.string().regex(/^[a-z]{2}-[a-z]+-\d$/);
const series = z
  .array(z.unknown())
  .min(2)
  .refine(
    (each) => {
      const names = each.slice(0, -1);
      // Namespace, name, then dimensions in pairs, then what it looks like.
      return names.every((part) => typeof part === "string" && part !== "") && names.length % 2 === 0;
    },
    { error: "a dimension has no value" },
  )
  .refine(
    (each) =>
      z.strictObject({ label: z.string(), stat: z.enum(["Sum", "Maximum"]) }).safeParse(each.at(-1)).success,
  );
const shape = z.strictObject({
  start: z.string().regex(/^-PT?\d+[DHM]$/),
  periodOverride: z.enum(["inherit", "auto"]),
  widgets: z
    .array(
      z.discriminatedUnion("type", [
        z.strictObject({
          type: z.literal("text"),
          ...place,
          properties: z.strictObject({ markdown: z.string().min(1) }),
        }),
        z.strictObject({
          type: z.literal("alarm"),
          ...place,
          properties: z.strictObject({
            title: z.string(),
            alarms: z
              .array(z.string().regex(/^arn:aws:cloudwatch:[^:]+:\d{12}:alarm:./))
              .min(1)
              .max(100),
          }),
        }),
        z.strictObject({
          type: z.literal("log"),
          ...place,
          properties: z.strictObject({
            title: z.string(),
            region,
            view: z.enum(["table", "timeSeries", "bar", "pie"]),
            query: z.string().regex(/^SOURCE '[^']+' \| /),
          }),
        }),
        z.strictObject({
          type: z.literal("metric"),
          ...place,
          properties: z.strictObject({
            title: z.string(),
            region,
            view: z.literal("timeSeries"),
            stacked: z.boolean(),
            period: z.number().int().multipleOf(60),
            metrics: z.array(series).min(1).max(500),
          }),
        }),
      ]),
    )
    .max(500),
});

describe("the dashboard of a team", () => {
  it("is one that CloudWatch can draw, whatever the team declares", () => {
    fc.assert(
      fc.property(someTeams, (teams) => {
        for (const scope of scopesOfTeams("prod", teams)) {
          const { dashboard } = planWatch(scope);
          assert.equal(dashboard === null, scope.team.retired);
          if (!dashboard) continue;
          shape.parse(JSON.parse(JSON.stringify(dashboard.body)));
          assertApart(dashboard.body);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("shows credits and bytes by model over a week, from the watch stage's log", () => {
    const [commerce] = scopesOf("prod").map(bodyOf);
    assert.equal(commerce?.start, "-P7D");
    const queries = commerce?.widgets.flatMap(({ properties }) =>
      properties.query ? [String(properties.query)] : [],
    );
    assert.deepEqual(queries, [
      `SOURCE '/aws/lambda/firn-prod-commerce-watch' | filter kind = '${scanLineKind}' | stats sum(credits) as credits_spent by model | sort credits_spent desc | limit 50`,
      `SOURCE '/aws/lambda/firn-prod-commerce-watch' | filter kind = '${scanLineKind}' | stats sum(bytesScanned) as bytes_scanned by model | sort bytes_scanned desc | limit 50`,
    ]);
  });

  it("asks for fields that the log's line has", () => {
    const line: ScanLine = {
      kind: scanLineKind,
      environment: "prod",
      team: "commerce",
      run: "r",
      model: "m",
      bytesScanned: 1,
      credits: 1,
      seconds: 1,
    };
    const [body] = scopesOf("prod").map(bodyOf);
    const queries = body?.widgets.flatMap(({ properties }) =>
      properties.query ? [String(properties.query)] : [],
    );
    for (const query of queries ?? []) {
      const fields = [...query.matchAll(/filter (\w+)|sum\((\w+)\)|by (\w+)/g)].map(
        (each) => each[1] ?? each[2] ?? each[3],
      );
      assert.equal(fields.length, 3);
      for (const field of fields) assert.ok(Object.hasOwn(line, field ?? ""), field);
    }
  });

  it("draws the metrics that the runtime publishes, with all their dimensions", () => {
    const [body] = scopesOf("prod", () => ({ budget: { creditsPerMonth: 10 } }))
      .map(bodyOf)
      .slice(1);
    const drawn = body?.widgets.flatMap(({ properties }) => (properties.metrics ?? []) as string[][]);
    const own = drawn
      ?.filter(([namespace]) => namespace === metricsNamespace)
      .map((each) => each.slice(1, -1));
    const team = ["Environment", "prod", "Team", "learning"];
    const pipeline = [...team, "Pipeline", "learner_activity"];
    assert.deepEqual(own, [
      ["LagSeconds", ...pipeline],
      ["QuarantinedShare", ...pipeline],
      ["CreditsOfBudget", ...team],
      ["CreditsForecastOfBudget", ...team],
    ]);
    for (const [name = ""] of own ?? []) assert.ok(Object.hasOwn(metrics, name));
  });

  it("keeps graphs readable, and draws all of a team with 120 pipelines", () => {
    const pipelines = Array.from({ length: 120 }, (_, at) => ({
      name: `p${at}`,
      source: { kind: "files", connection: "orders_inbox" },
      columns: { id: { type: "integer" } },
      strategy: { kind: "append", ids: ["id"], rememberDays: 10 },
      schedule: { everyMinutes: 60 },
    }));
    const [body] = scopesOfTeams("prod", [{ name: "a", pipelines }]).map(bodyOf);
    shape.parse(body);
    const drawn = body?.widgets.flatMap(({ properties }) => (properties.metrics ?? []) as string[][]) ?? [];
    const of = (name: string) => drawn.filter((each) => each[1] === name).length;
    assert.deepEqual(
      [of("QuarantinedShare"), of("ExecutionsFailed"), of("ExecutionsAborted")],
      [120, 120, 120],
    );
  });

  it("is registered as JSON, once a team", async () => {
    const { resources } = await programOf("staging");
    const dashboards = resources.filter(({ type }) => type === "aws:cloudwatch/dashboard:Dashboard");
    assert.deepEqual(
      dashboards.map(({ name, inputs }) => [name, inputs.dashboardName]),
      [
        ["commerce-dashboard", "firn-staging-commerce"],
        ["learning-dashboard", "firn-staging-learning"],
      ],
    );
    for (const { inputs } of dashboards) shape.parse(JSON.parse(String(inputs.dashboardBody)));
  });
});

function bodyOf(scope: Parameters<typeof planWatch>[0]): DashboardBody {
  const { dashboard } = planWatch(scope);
  assert.ok(dashboard);
  return dashboard.body;
}

/** No widget covers another, or leaves the grid. */
function assertApart({ widgets }: DashboardBody): void {
  for (const [at, a] of widgets.entries()) {
    assert.ok(a.x + a.width <= 24);
    for (const b of widgets.slice(at + 1)) {
      const apart =
        a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
      assert.ok(apart, `${JSON.stringify(a.properties)} covers ${JSON.stringify(b.properties)}`);
    }
  }
}

import assert from "node:assert/strict";
import fc from "fast-check";
import { type Planned, planInventory } from "#infra/inventory";
import { planPrice, priceText, startsPerMonth } from "#infra/price/plan";
import { hoursPerMonth, units } from "#infra/price/units";
import { programOf } from "./program.ts";
import { inCloud, scopesOf, scopesOfTeams, someTeams } from "./site.ts";

describe("the idle price of an environment", () => {
  it("is the sum of what stands there: a key, a secret, an alarm, a dashboard, a queue's polling, a metric", () => {
    const price = planPrice([
      of("aws:kms/key:Key"),
      of("aws:secretsmanager/secret:Secret"),
      of("aws:cloudwatch/metricAlarm:MetricAlarm", { period: 300 }),
      of("aws:cloudwatch/dashboard:Dashboard"),
      of("aws:lambda/eventSourceMapping:EventSourceMapping"),
      of("firn:watch:Metric", { hoursPerMonth: 365 }),
    ]);
    assert.deepEqual(
      price.lines.map(({ what, dollars }) => [what, Number(dollars.toFixed(4))]),
      [
        ["dashboard", 3],
        ["KMS key", 1],
        ["secret", 0.4],
        ["queue that is polled", 0.2628],
        ["metric", 0.15],
        ["alarm", 0.1],
      ],
    );
    assert.equal(price.dollars.toFixed(2), "4.91");
  });

  it("of 5 teams with 10 hourly pipelines each, gold and a budget is 94 dollars: a third of it alarms, a third metrics", () => {
    const pipelines = Array.from({ length: 10 }, (_, at) => ({
      name: `p${at}`,
      source: {
        kind: "http",
        connection: "learning_platform",
        path: "/",
        window: { since: "s" },
        paging: { style: "link" },
      },
      columns: { id: { type: "integer" }, at: { type: "timestamp" } },
      strategy: { kind: "upsert", key: ["id"], version: ["at"] },
      watermark: { start: "2024-01-01T00:00:00Z" },
      schedule: { everyMinutes: 60 },
    }));
    const teams = ["a", "b", "c", "d", "e"].map((name) => ({
      name,
      pipelines,
      budget: { creditsPerMonth: 100 },
      models: { "models/a.sql": "SELECT 1" },
    }));
    const price = planPrice(planInventory(scopesOfTeams("prod", teams)));
    const dollars = Object.fromEntries(
      price.lines.map((line) => [line.what, Number(line.dollars.toFixed(2))]),
    );
    assert.deepEqual(dollars, {
      // Hourly, all 2 of 50 pipelines and 4 of 5 teams are billed the whole month; daily, a 24th of it.
      metric: 36,
      // 6 for each pipeline; of each team 3 of gold, 1 canary, 4 of credits, dead letters and the heartbeat.
      alarm: 35,
      dashboard: 15,
      "KMS key": 6,
      "queue that is polled": 1.31,
      secret: 0.8,
      schedule: 0.04,
    });
    assert.equal(price.dollarsAfterRotations - price.dollars, 12);
  });

  it("grows with what is added, never falls, and is the sum of its lines", () => {
    fc.assert(
      fc.property(someTeams, fc.constantFrom(...inCloud), (teams, stack) => {
        const all = planInventory(scopesOfTeams(stack, teams));
        const price = planPrice(all);
        const sum = price.lines.reduce((total, { dollars }) => total + dollars, 0);
        assert.ok(Math.abs(sum - price.dollars) < 1e-9);
        assert.ok(planPrice(all.slice(1)).dollars <= price.dollars);
        assert.deepEqual(price.unknown, []);
      }),
      { numRuns: 40 },
    );
  });

  it("is less in dev, where nothing alarms, than in prod", () => {
    const [dev, prod] = (["dev", "prod"] as const).map((stack) => planPrice(planInventory(scopesOf(stack))));
    assert.ok((dev?.dollars ?? 0) < (prod?.dollars ?? 0));
    assert.ok(!dev?.lines.some(({ what }) => what === "alarm" || what === "dashboard"));
  });

  it("asks three times for alarms finer than a minute, and for each metric of an expression", () => {
    const alarm = (inputs: object) =>
      planPrice([of("aws:cloudwatch/metricAlarm:MetricAlarm", inputs)]).dollars;
    assert.equal(alarm({ period: 10 }).toFixed(2), "0.30");
    const queries = [
      { id: "a", metric: {} },
      { id: "b", metric: {} },
      { id: "e", expression: "a + b" },
    ];
    assert.equal(alarm({ metricQueries: queries }).toFixed(2), "0.20");
  });

  it("does not take a key that is never rotated for one that gets dearer", () => {
    const price = planPrice([of("aws:kms/key:Key", { enableKeyRotation: false })]);
    assert.equal(price.dollarsAfterRotations, 1);
  });

  it("tells of a type it has no price for, and takes none for free by oversight", () => {
    const price = planPrice([of("aws:rds/instance:Instance"), of("aws:s3/bucket:Bucket")]);
    assert.deepEqual(price.unknown, ["aws:rds/instance:Instance"]);
    assert.match(priceText("prod", price), /Of unknown price: aws:rds\/instance:Instance\.$/);
  });

  it("knows the price of everything that the program registers", async () => {
    for (const stack of inCloud) {
      const { resources } = await programOf(stack);
      assert.deepEqual(planPrice(resources).unknown, [], stack);
    }
  });

  it("is told by each preview and up: a table with its sum, its region and what it leaves out", async () => {
    const { told } = await programOf("prod");
    const [text = ""] = told;
    assert.equal(text, priceText("prod", planPrice(planInventory(scopesOf("prod")))));
    assert.match(text, /^Idle, prod costs about \d+\.\d\d dollars a month:\n/);
    assert.match(text, /\nKMS key +3 +3\.00\n/);
    assert.match(text, /\nin all +\d+\.\d\d\n/);
    assert.match(text, /US East \(N\. Virginia\)/);
  });

  it("names where each price stands", () => {
    for (const { source } of Object.values(units))
      assert.match(source, /^https:\/\/aws\.amazon\.com\/[\w-]+\/pricing\/$/);
  });
});

describe("how often a schedule starts in a month", () => {
  for (const [expression, perDay] of [
    ["rate(1 day)", 1],
    ["rate(6 hours)", 4],
    ["rate(60 minutes)", 24],
    ["cron(0 3 * * ? *)", 1],
    ["cron(0/15 * * * ? *)", 96],
    ["cron(0 0/6 * * ? *)", 4],
    ["cron(10,40 8-17 * * ? *)", 20],
    ["cron(0 0 ? * MON *)", 1 / 7],
    ["cron(0 9 ? * MON-FRI *)", 5 / 7],
    ["at(2024-01-01T00:00:00)", 0],
  ] as const)
    it(`${expression} is ${Number(perDay.toFixed(3))} a day`, () => {
      assert.ok(Math.abs(startsPerMonth(expression) - (perDay * hoursPerMonth) / 24) < 1e-6);
    });
});

function of(type: string, inputs: object = {}): Planned {
  return { type, name: type, inputs: { ...inputs } };
}

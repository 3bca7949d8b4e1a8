import assert from "node:assert/strict";
import fc from "fast-check";
import { FirnError } from "#core/errors";
import { type Planned, planInventory } from "#infra/inventory";
import { type QuotaName, quotas } from "#infra/quotas/limits";
import { planQuotas, quotasText, requireQuotas } from "#infra/quotas/plan";
import { prod } from "../../stacks/environments/prod.ts";
import { programOf, type Registered, registeredBy } from "./program.ts";
import { inCloud, scopesOf, scopesOfTeams, someTeams } from "./site.ts";

const names = Object.keys(quotas) as QuotaName[];

describe("the quotas of an environment", () => {
  it("are kept by every shipped environment, foreseen and as registered, policies and descriptions included", async () => {
    for (const stack of inCloud) {
      requireQuotas(planQuotas(planInventory(scopesOf(stack))));
      requireQuotas(planQuotas((await programOf(stack)).resources));
    }
  });

  it("are counted from names as from the program: of each type that is foreseen, as many as are registered", async () => {
    for (const stack of inCloud) {
      const foreseen = countsOf(planInventory(scopesOf(stack)));
      const registered = countsOf((await programOf(stack)).resources);
      const both = [...foreseen.keys()].filter((type) => registered.has(type));
      assert.deepEqual(
        both.map((type) => [type, foreseen.get(type)]),
        both.map((type) => [type, registered.get(type)]),
        `${stack}: infra/inventory.ts counts otherwise than what is registered`,
      );
    }
    const watched = countsOf(planInventory(scopesOf("prod")));
    assert.equal(watched.get("aws:cloudwatch/metricAlarm:MetricAlarm"), 31);
  });

  it("refuse one too many of anything that is counted, and not the last that fits", () => {
    for (const [name, resource] of Object.entries(one) as [QuotaName, Planned][]) {
      if (!quotas[name].adjustable) continue;
      const two = planQuotas([resource, { ...resource, name: "another" }], { [name]: 2 });
      assert.doesNotThrow(() => requireQuotas(two), name);
      const three = planQuotas(
        [1, 2, 3].map((at) => ({ ...resource, name: String(at) })),
        { [name]: 2 },
      );
      assert.throws(() => requireQuotas(three), { code: "infra.quota" }, name);
    }
  });

  it("refuse a text that is a character too long, each for itself", () => {
    for (const [name, write] of Object.entries(texts) as [QuotaName, (text: string) => Planned][]) {
      const limit = quotas[name].limit ?? 0;
      const fits = planQuotas([write("x".repeat(limit)), { ...write("x".repeat(limit)), name: "b" }]);
      assert.doesNotThrow(() => requireQuotas(fits), name);
      const needs = planQuotas([write("x".repeat(limit + 1))]);
      assert.throws(() => requireQuotas(needs), { code: "infra.quota" }, name);
      assert.equal(needs.find((each) => each.name === name)?.of, "a");
    }
  });

  it("add up the policies of one role, without their white space", () => {
    const policy = (text: string, role: string, name: string) =>
      of("aws:iam/rolePolicy:RolePolicy", { policy: text, role }, name);
    const half = " x".repeat(6_000);
    const apart = planQuotas([policy(half, "a", "1"), policy(half, "b", "2")]);
    assert.equal(apart.find(({ name }) => name === "rolePolicyCharacters")?.needed, 6_000);
    assert.doesNotThrow(() => requireQuotas(apart));
    const together = planQuotas([policy(half, "a", "1"), policy(half, "a", "2")]);
    assert.throws(() => requireQuotas(together), /rolePolicyCharacters.*\(a\).*12,000.*10,240/s);
  });

  it("leave a hundred executions to functions that reserve none", () => {
    const reserving = (amount: number) =>
      planQuotas([of("aws:lambda/function:Function", { reservedConcurrentExecutions: amount })]);
    assert.doesNotThrow(() => requireQuotas(reserving(900)));
    assert.throws(() => requireQuotas(reserving(901)), /lambdaConcurrency.*1,001.*1,000/s);
    const [foreseen] = planQuotas(planInventory(scopesOf("prod", () => ({ concurrencyMax: 2 })))).filter(
      ({ name }) => name === "lambdaConcurrency",
    );
    // Two teams, nine tasks each; the waker and the heartbeat reserve none.
    assert.equal(foreseen?.needed, 2 * 9 * 2 + 100);
    const young = planQuotas(planInventory(scopesOf("dev", () => ({ concurrencyMax: 1 }))), {
      lambdaConcurrency: 10,
    });
    assert.throws(() => requireQuotas(young), { code: "infra.quota" }, "a new account may have 10 in all");
    assert.doesNotThrow(() =>
      requireQuotas(planQuotas(planInventory(scopesOf("dev")), { lambdaConcurrency: 10 })),
    );
  });

  it("count a bus's rules apart from another's", () => {
    const rules = (bus: string, amount: number) =>
      Array.from({ length: amount }, (_, at) =>
        of("aws:cloudwatch/eventRule:EventRule", { eventBusName: bus }, `${bus}${at}`),
      );
    assert.doesNotThrow(() => requireQuotas(planQuotas([...rules("a", 300), ...rules("b", 300)])));
    assert.throws(() => requireQuotas(planQuotas(rules("a", 301))), { code: "infra.quota" });
  });

  it("refuse with a table of what, needed and limit, and say how to go on", () => {
    const needs = planQuotas(planInventory(scopesOf("prod")), { roles: 10, buckets: 5 });
    assert.throws(
      () => requireQuotas(needs),
      (error: FirnError) => {
        assert.ok(error instanceof FirnError && error.code === "infra.quota");
        assert.match(error.what, /quota +what +needed +limit\n/);
        assert.match(error.what, /buckets +buckets of the account +6 +5\n/);
        assert.match(error.what, /roles +IAM roles of the account +31 +10\n/);
        assert.doesNotMatch(error.what, /topics/, "what is kept is not told");
        assert.match(error.fix, /cloud\.quotas .*\{ buckets: 6 \}/);
        return true;
      },
    );
  });

  it("refuse a declared limit that is no quota, and one that nobody can raise, before anything is counted", () => {
    assert.throws(
      () => planQuotas([], { bukets: 1 }),
      (error: FirnError) => {
        assert.equal(error.code, "infra.config");
        assert.match(error.what, /"bukets" is no quota/);
        assert.match(error.fix, /buckets, /);
        return true;
      },
    );
    assert.throws(
      () => planQuotas([], { alarmDescriptionCharacters: 2_000 }),
      /1,024, and nobody can raise it/,
    );
    assert.throws(() => planQuotas([], { toString: 1 }), { code: "infra.config" });
    assert.doesNotThrow(() => planQuotas([], { lambdaConcurrency: 10 }));
  });

  it("hold Snowflake to what is declared alone, since it publishes no number", () => {
    const inventory = planInventory(scopesOf("prod"));
    assert.doesNotThrow(() => requireQuotas(planQuotas(inventory)));
    assert.throws(() => requireQuotas(planQuotas(inventory, { snowflakeWarehouses: 3 })), {
      code: "infra.quota",
    });
  });

  it("grow with each team, and never need less for more", () => {
    fc.assert(
      fc.property(someTeams, fc.constantFrom(...inCloud), (teams, stack) => {
        const scopes = scopesOfTeams(stack, teams);
        const all = planQuotas(planInventory(scopes));
        const fewer = planQuotas(planInventory(scopes.slice(1)));
        assert.deepEqual(
          all.map(({ name }) => name),
          [...names].sort(),
        );
        for (const [at, { needed }] of fewer.entries()) assert.ok(needed <= (all[at]?.needed ?? 0));
      }),
      { numRuns: 40 },
    );
  });

  it("say where each limit is documented, and are printed in full", () => {
    const text = quotasText(planQuotas([]));
    for (const name of names) {
      assert.match(
        quotas[name].source,
        /^https:\/\/(docs\.aws\.amazon\.com|docs\.snowflake\.com|aws\.amazon\.com)\//,
      );
      assert.ok(text.includes(`\n${name} `));
    }
  });

  it("can each be exceeded by some resource: none is there for show", () => {
    const tried = new Set([...Object.keys(one), ...Object.keys(texts), "rolePolicyCharacters", ...drawn]);
    assert.deepEqual(
      names.filter((name) => !tried.has(name)),
      [],
    );
    const graph = { properties: { metrics: Array.from({ length: 251 }, () => []) } };
    const wide = of("aws:cloudwatch/dashboard:Dashboard", {
      dashboardBody: JSON.stringify({ widgets: Array.from({ length: 10 }, () => graph) }),
    });
    assert.throws(() => requireQuotas(planQuotas([wide])), /dashboardMetrics.*2,510/s);
    const many = of("aws:cloudwatch/dashboard:Dashboard", {
      dashboardBody: JSON.stringify({ widgets: Array.from({ length: 501 }, () => ({})) }),
    });
    assert.throws(() => requireQuotas(planQuotas([many])), /dashboardWidgets.*501/s);
  });

  it("refuse a runbook whose address makes descriptions longer than CloudWatch takes", () => {
    const [scope] = scopesOf("prod");
    const cloud = { ...scope!.environment.cloud, runbook: `https://example.com/${"x".repeat(1_100)}` };
    const long = { ...scope!, environment: { ...scope!.environment, cloud } };
    assert.throws(() => requireQuotas(planQuotas(planInventory([long]))), /alarmDescriptionCharacters/);
  });

  it("stop the program before it registers anything", async () => {
    const cloud = prod.cloud as { quotas?: Record<string, number> };
    cloud.quotas = { roles: 10 };
    try {
      const { resources } = await registeredBy("prod", () =>
        assert.rejects(import("../../infra/index.ts?run=exceeded" as string), { code: "infra.quota" }),
      );
      assert.deepEqual(resources, []);
    } finally {
      delete cloud.quotas;
    }
  });
});

/** A resource of each kind that is counted. */
const one: Partial<Record<QuotaName, Planned>> = {
  buckets: of("aws:s3/bucket:Bucket"),
  roles: of("aws:iam/role:Role"),
  keys: of("aws:kms/key:Key"),
  secrets: of("aws:secretsmanager/secret:Secret"),
  stateMachines: of("aws:sfn/stateMachine:StateMachine"),
  schedules: of("aws:scheduler/schedule:Schedule"),
  scheduleGroups: of("aws:scheduler/scheduleGroup:ScheduleGroup"),
  eventRules: of("aws:cloudwatch/eventRule:EventRule"),
  topics: of("aws:sns/topic:Topic"),
  logGroups: of("aws:cloudwatch/logGroup:LogGroup"),
  snowflakeWarehouses: of("snowflake:index/warehouse:Warehouse"),
  snowflakeMonitors: of("snowflake:index/resourceMonitor:ResourceMonitor"),
};

/** A resource with a text that has a length of its own. */
const texts: Partial<Record<QuotaName, (text: string) => Planned>> = {
  bucketPolicyBytes: (policy) => of("aws:s3/bucketPolicy:BucketPolicy", { policy }, "a"),
  trustPolicyCharacters: (assumeRolePolicy) => of("aws:iam/role:Role", { assumeRolePolicy }, "a"),
  keyPolicyBytes: (policy) => of("aws:kms/key:Key", { policy }, "a"),
  definitionBytes: (definition) => of("aws:sfn/stateMachine:StateMachine", { definition }, "a"),
  queuePolicyBytes: (policy) => of("aws:sqs/queuePolicy:QueuePolicy", { policy }, "a"),
  alarmDescriptionCharacters: (alarmDescription) =>
    of("aws:cloudwatch/metricAlarm:MetricAlarm", { alarmDescription }, "a"),
  // What JSON adds to the one variable is counted with it.
  functionEnvironmentBytes: (text) =>
    of(
      "aws:lambda/function:Function",
      { environment: { variables: { A: text.slice('{"A":""}'.length) } } },
      "a",
    ),
};

const drawn = ["dashboardWidgets", "dashboardMetrics", "lambdaConcurrency"];

function of(type: string, inputs: object = {}, name = type): Planned {
  return { type, name, inputs: { ...inputs } };
}

function countsOf(all: readonly (Planned | Registered)[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { type } of all) counts.set(type, (counts.get(type) ?? 0) + 1);
  return counts;
}

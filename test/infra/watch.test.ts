import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { metrics, metricsNamespace } from "#core/metrics";
import { goldFence } from "#core/names";
import { hasModels } from "#infra/functions/sizes";
import { requireDistinct } from "#infra/names";
import type { Scope } from "#infra/scope";
import { type AlarmPlan, alarmKinds, wholeTeam } from "#infra/watch/alarm";
import { lagSecondsMaxOf, quarantinedShareMax } from "#infra/watch/limits";
import { planWatch } from "#infra/watch/plan";
import { buildProgram } from "../../runtime/cli/program.ts";
import { programOf } from "./program.ts";
import { everyMinutes, inCloud, scopesOf, scopesOfTeams, someTeams } from "./site.ts";

const budgeted = () => ({ budget: { creditsPerMonth: 100, alertAtShares: [0.5, 1] } });
const runbook = readFileSync(new URL("../../infra/RUNBOOK.md", import.meta.url), "utf8");

describe("the alarms of a team", () => {
  it("watch each pipeline, its gold and its month: what is told is each thing once", () => {
    const [commerce, learning] = scopesOf("prod", budgeted).map(namesOf);
    assert.deepEqual(commerce, [
      "pipeline-orders-failed",
      "pipeline-orders-timed-out",
      "pipeline-orders-aborted",
      "pipeline-orders-quarantine",
      "pipeline-orders-heartbeat",
      "gold-failed",
      "gold-timed-out",
      "gold-aborted",
      "gold-canary",
      "team-credits-0-5",
      "team-credits-1",
      "team-credits-forecast",
      "team-dead-letters",
      "team-heartbeat",
    ]);
    assert.ok(learning?.includes("pipeline-learner_activity-lag"), "only this one is read by time");
  });

  it("are none where the environment declares none, and none of a retired team", () => {
    for (const scope of [...scopesOf("dev"), ...scopesOf("prod", () => ({ retired: true }))]) {
      const { alarms, dashboard } = planWatch(scope);
      assert.deepEqual([alarms, dashboard], [[], null]);
    }
  });

  it("are there for every pipeline that anybody declares, and each for one reason of its own", () => {
    forTeams((scope, alarms) => {
      for (const { name } of scope.team.pipelines) {
        const kinds = new Set(alarms.filter(({ tags }) => tags.Pipeline === name).map(({ kind }) => kind));
        assert.ok(kinds.has("failures") && kinds.has("quarantine"));
      }
      const asked = alarms.map(({ metricName, dimensions, threshold }) =>
        JSON.stringify([metricName, dimensions, threshold]),
      );
      assert.equal(new Set(asked).size, asked.length);
    });
  });

  it("have names of their own, whatever teams and pipelines are called", () => {
    const odd = (name: string) => ({ name, pipelines: [...pipelines(["gold", "team", "pipeline", "a_b"])] });
    const alarms = scopesOfTeams("prod", [odd("a"), odd("gold")]).flatMap((scope) => planWatch(scope).alarms);
    requireDistinct(alarms.map(({ name, resource }) => ({ kind: "alarm", name, of: resource })));
    assert.equal(new Set(alarms.map(({ resource }) => resource)).size, alarms.length);
  });

  it("name a command that there is, with arguments that it takes", async () => {
    const commands = new Set(
      scopesOf("prod", budgeted).flatMap((scope) =>
        planWatch(scope).alarms.map(({ description }) => description.split("Run: npx firn ")[1] ?? ""),
      ),
    );
    for (const command of commands) await parses(command);
    assert.ok(commands.size > 5);
  });

  it("link to a section of the runbook that says what it means, what to do and what not to do", () => {
    for (const kind of alarmKinds) {
      const section = runbook.split(/^## /m).find((each) => each.startsWith(`${kind}\n`)) ?? "";
      for (const part of ["**What it means.**", "**Look at**", "**Do", "**Do not**"])
        assert.ok(section.includes(part), `${kind}: ${part}`);
    }
    forTeams(({ environment }, alarms) => {
      for (const { description, kind } of alarms) {
        assert.ok(description.includes(` Runbook: ${environment.cloud.runbook}#${kind} Run: npx firn `));
        assert.ok(description.length <= 1_024);
      }
    });
  });

  it("the runbook's own commands are ones that there are", async () => {
    const commands = [...runbook.matchAll(/npx firn ([^`\n]+)/g)].map(([, command = ""]) => command);
    assert.ok(commands.length > 10);
    for (const command of commands) await parses(command);
  });

  it("look for what the runtime publishes, in its own words, or for what AWS counts", () => {
    forTeams((scope, alarms) => {
      for (const { namespace, metricName, dimensions, statistic } of alarms) {
        if (namespace !== metricsNamespace) {
          assert.match(namespace, /^AWS\/(States|SQS)$/);
          continue;
        }
        const metric = metrics[metricName as keyof typeof metrics];
        assert.equal(statistic, metric.statistic);
        assert.deepEqual(
          Object.keys(dimensions),
          metric.of === "pipeline" ? ["Environment", "Team", "Pipeline"] : ["Environment", "Team"],
        );
        assert.equal(dimensions.Environment, scope.environment.name);
        assert.equal(dimensions.Team, scope.team.name);
      }
    });
  });

  it("stay within what CloudWatch evaluates: a day for periods under an hour, whole minutes", () => {
    forTeams((_, alarms) => {
      for (const { periodSeconds } of alarms)
        assert.ok(periodSeconds % 60 === 0 && periodSeconds <= 86_400 && periodSeconds > 0);
    });
  });

  it("take silence for a fault of the heartbeat alone, and for good news where trouble speaks up", () => {
    forTeams((_, alarms) => {
      for (const { metricName, treatMissingData } of alarms) {
        const expected =
          metricName === "Heartbeats"
            ? "breaching"
            : metricName.startsWith("Executions") || metricName === "HeartbeatMissed"
              ? "notBreaching"
              : "ignore";
        assert.equal(treatMissingData, expected, metricName);
      }
    });
  });
});

describe("the limits of alarms", () => {
  const of = (everyMinutes: number, window: object, lagSeconds?: number) => {
    const [scope] = scopesOfTeams("prod", [
      { name: "a", pipelines: pipelines(["p"], { window, everyMinutes, lagSeconds }) },
    ]);
    return lagSecondsMaxOf(scope!.team.pipelines[0]!, { stageSecondsMax: 900 });
  };
  const time = { by: "time", since: "s" };

  it("a pipeline is late after its lag, two intervals, and what a stage may take", () => {
    assert.equal(of(60, time, 0), 2 * 3_600 + 900);
    assert.equal(of(60, time, 100), 100 + 2 * 3_600 + 900);
    assert.equal(of(60, time), 300 + 2 * 3_600 + 900, "a lag that is not declared is the window's default");
  });

  it("whole days may be a day later", () => {
    assert.equal(of(60, { by: "date", first: "f", last: "l" }, 0), 86_400 + 2 * 3_600 + 900);
  });

  it("no clock tells of what is read by id, as a whole, by file, or only by hand", () => {
    assert.equal(of(60, { by: "id", after: "a", field: "id" }), null);
    assert.equal(of(60, { by: "all" }), null);
    const [commerce] = scopesOf("prod");
    assert.equal(lagSecondsMaxOf(commerce!.team.pipelines[0]!, { stageSecondsMax: 900 }), null);
  });

  it("a pipeline that succeeds at each start in good time is never late", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...everyMinutes),
        fc.integer({ min: 0, max: 7_200 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (every, lagSeconds, share) => {
          // Seen last just before the next run ends: one interval and one run after the window's end.
          const worst = lagSeconds + every * 60 + share * 900;
          assert.ok(worst < (of(every, time, lagSeconds) ?? 0));
        },
      ),
      { numRuns: 50 },
    );
  });

  it("half of what would refuse the batch is worth a call, else one row in a hundred", () => {
    const accepted = (mostly: number) => ({ expectations: [{ kind: "accepted" as const, mostly }] });
    assert.equal(quarantinedShareMax({}), 0.01);
    assert.equal(quarantinedShareMax(accepted(0.95)), 0.025);
    assert.equal(quarantinedShareMax(accepted(1)), 0);
  });
});

describe("the watch component", () => {
  it("registers what is planned: alarms that tell the team's topic when they begin and end", async () => {
    const { resources } = await programOf("prod");
    const planned = scopesOf("prod").flatMap((scope) => planWatch(scope).alarms);
    const alarms = resources.filter(({ type }) => type === "aws:cloudwatch/metricAlarm:MetricAlarm");
    assert.deepEqual(alarms.map(({ name }) => name).sort(), planned.map(({ resource }) => resource).sort());
    for (const { name, inputs } of alarms) {
      const team = name.split("-")[0];
      const topic = `arn:aws:sns:eu-west-1:333333333333:firn-prod-${team}-alerts`;
      assert.deepEqual([inputs.alarmActions, inputs.okActions], [[topic], [topic]]);
      const tags = inputs.tags as Record<string, string>;
      assert.equal(tags.Team, team);
      assert.ok([goldFence, wholeTeam, "orders", "learner_activity"].includes(tags.Pipeline ?? ""));
      assert.ok(inputs.treatMissingData);
    }
  });

  it("registers neither alarm nor dashboard in dev", async () => {
    const { resources } = await programOf("dev");
    assert.deepEqual(
      resources.filter(
        ({ type }) => type.startsWith("aws:cloudwatch/metricAlarm") || type.includes("dashboard"),
      ),
      [],
    );
  });
});

function namesOf(scope: Scope): string[] {
  return planWatch(scope).alarms.map(({ resource }) => resource.slice(scope.team.name.length + 1));
}

/** Holds a claim for teams that anybody may declare, in each environment with alarms. */
function forTeams(claim: (scope: Scope, alarms: AlarmPlan[]) => void): void {
  fc.assert(
    fc.property(someTeams, fc.constantFrom(...inCloud), (teams, stack) => {
      for (const scope of scopesOfTeams(stack, teams)) {
        const { alarms } = planWatch(scope);
        if (!scope.environment.cloud.alarms || scope.team.retired) assert.deepEqual(alarms, []);
        else claim(scope, alarms);
        if (!hasModels(scope)) assert.ok(!alarms.some(({ kind }) => kind === "canary"));
      }
    }),
    { numRuns: 60 },
  );
}

/** The real command line takes it. */
async function parses(command: string): Promise<void> {
  const seen: string[] = [];
  const program = buildProgram(async (each) => void seen.push(each.name()));
  await program.parseAsync(command.trim().split(" "), { from: "user" });
  assert.equal(seen.length, 1, command);
}

function pipelines(
  names: string[],
  {
    window,
    everyMinutes = 60,
    lagSeconds,
  }: { window?: object; everyMinutes?: number; lagSeconds?: number | undefined } = {},
): unknown[] {
  const by = (window as { by?: string } | undefined)?.by;
  return names.map((name) => ({
    name,
    source: window
      ? { kind: "http", connection: "learning_platform", path: "/", window, paging: { style: "link" } }
      : { kind: "files", connection: "orders_inbox" },
    columns: { id: { type: "integer" }, at: { type: "timestamp" } },
    strategy: { kind: "upsert", key: ["id"], version: ["at"] },
    ...((by === "time" || by === "date") && {
      watermark: {
        start: "2024-01-01T00:00:00Z",
        ...(by === "time" && { overlapSeconds: 60 }),
        ...(lagSeconds !== undefined && { lagSeconds }),
      },
    }),
    schedule: { everyMinutes },
  }));
}

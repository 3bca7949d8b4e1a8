/** The functions' edges, with a folder for the lake: what they parse, start, tell and refuse. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openFolderStore } from "#adapters/stores/folder";
import type { MetricName } from "#core/metrics";
import { keys } from "#core/names";
import { encode } from "#ledger/lake";
import type { Store } from "#ports/store";
import { firstState, type StageState } from "#release";
import { stageHandler } from "#worlds/edge";
import { forwardHandler } from "../../runtime/watch/forward/handler.ts";
import { planForwarding } from "../../runtime/watch/forward/plan.ts";
import { heartbeatHandler } from "../../runtime/watch/heartbeat/handler.ts";
import { planBeat } from "../../runtime/watch/heartbeat/plan.ts";
import { wakeHandler } from "../../runtime/window/wake/handler.ts";
import { scopesOf } from "../infra/site.ts";

const [commerce, learning] = scopesOf("prod");
assert.ok(commerce && learning);

/** A lake that holds a team's release, and the variables of its functions. */
async function given(scope = commerce!) {
  const folder = await mkdtemp(join(tmpdir(), "firn-functions-"));
  let names = 0;
  const store: Store = await openFolderStore(folder, () => `n${++names}`);
  await store.put(keys.release(scope.release.hash), scope.release.body);
  return {
    store,
    adapters: { store: async () => store },
    variables: {
      FIRN_ENVIRONMENT: "prod",
      FIRN_TEAM: scope.team.name,
      FIRN_LAKE: scope.names.buckets.raw,
      FIRN_RELEASE: scope.release.hash,
    },
    remove: () => rm(folder, { recursive: true }),
  };
}

describe("the waker", () => {
  const record = (messageId: string, body: unknown) => ({
    messageId,
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const fired = { pipeline: "orders", scheduledAt: "2024-01-31T06:00:00Z" };
  const arrived = (key: string, sequencer: string) => ({
    source: "aws.s3",
    "detail-type": "Object Created",
    detail: { bucket: { name: "inbox" }, object: { key, "version-id": "v", sequencer } },
  });
  const ended = {
    "detail-type": "Step Functions Execution Status Change",
    detail: { status: "SUCCEEDED", executionArn: "arn:aws:states:eu-west-1:3:execution:m:x" },
  };

  async function woken(messages: unknown[], scope = commerce!, refuse = "") {
    const { variables, adapters, remove } = await given(scope);
    const started: { machine: string; name: string; input: unknown }[] = [];
    const handler = wakeHandler({
      variables,
      adapters,
      openExecutions: async () => ({
        async start(machine, name, input) {
          if (machine === refuse) throw new Error("throttled");
          started.push({ machine, name, input });
          return true;
        },
      }),
    });
    const answer = await handler({ Records: messages.map((body, at) => record(`m${at}`, body)) });
    await remove();
    return { started, failed: answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier) };
  }

  it("starts one execution for a burst of files, with the release and the state of a first stage", async () => {
    const { started } = await woken(
      Array.from({ length: 50 }, (_, n) => arrived(`orders/${n}.csv`, `${n}`)).concat(),
      commerce,
    );
    const ofPipeline = started.filter(({ machine }) => machine === "orders");
    assert.equal(ofPipeline.length, 1);
    const [{ name, input } = { name: "", input: null }] = ofPipeline;
    assert.deepEqual(
      input,
      firstState({ team: "commerce", pipeline: "orders", release: commerce!.release.hash, run: name }),
    );
    assert.match(name, /^[\w-]{1,80}$/);
  });

  it("gives an execution the same name for the same wake-up, and another for another", async () => {
    const nameOf = async (body: unknown) => (await woken([body])).started[0]?.name;
    assert.equal(await nameOf(fired), await nameOf(fired));
    assert.notEqual(await nameOf(fired), await nameOf({ ...fired, scheduledAt: "2024-02-01T06:00:00Z" }));
    assert.equal(await nameOf(arrived("orders/a.csv", "1")), await nameOf(arrived("orders/a.csv", "1")));
    assert.notEqual(await nameOf(arrived("orders/a.csv", "1")), await nameOf(arrived("orders/a.csv", "2")));
    assert.match((await nameOf(fired)) ?? "", /^orders-20240131T060000Z-/);
  });

  it("starts gold after a run that ended well, and nothing for what nobody declares", async () => {
    const { started } = await woken([ended, ended]);
    assert.deepEqual(
      started.map(({ machine }) => machine),
      ["_gold"],
    );
    assert.deepEqual(
      (await woken([arrived("elsewhere/a.csv", "1"), { ...fired, pipeline: "gone" }])).started,
      [],
    );
  });

  it("brings again what cannot be read or could not be started, and holds nothing else up", async () => {
    const { started, failed } = await woken(
      ["no JSON", fired, ended, { "detail-type": "Other" }],
      commerce,
      "orders",
    );
    assert.deepEqual(
      started.map(({ machine }) => machine),
      ["_gold"],
    );
    assert.deepEqual(failed, ["m0", "m3", "m1"]);
  });
});

describe("the heartbeat", () => {
  const pipeline = learning.team.pipelines[0]!;
  const of = { releasedAt: "2024-01-01T00:00:00.000Z", stageSecondsMax: 900 };
  const ran = (endedAt: string | null) => ({ ran: true, endedAt, intervals: null });

  it("misses a run that was due and has not ended, and none that was on time", () => {
    // Due every six hours; a run is given two heartbeats and a stage's time.
    assert.equal(
      planBeat(pipeline, ran("2024-01-31T06:10:00.000Z"), { ...of, now: "2024-01-31T11:59:00.000Z" }).missed,
      false,
    );
    assert.equal(
      planBeat(pipeline, ran("2024-01-31T06:10:00.000Z"), { ...of, now: "2024-01-31T14:00:00.000Z" }).missed,
      false,
    );
    assert.equal(
      planBeat(pipeline, ran("2024-01-31T06:10:00.000Z"), { ...of, now: "2024-01-31T14:16:00.000Z" }).missed,
      true,
    );
    assert.equal(planBeat(pipeline, ran(null), { ...of, now: "2024-01-31T14:16:00.000Z" }).missed, true);
  });

  it("misses nothing of what was deployed after the last start, until the next is due", () => {
    const never = { ran: false, endedAt: null, intervals: null };
    const released = { ...of, releasedAt: "2024-01-31T07:00:00.000Z" };
    assert.equal(planBeat(pipeline, never, { ...released, now: "2024-01-31T11:00:00.000Z" }).missed, false);
    assert.equal(planBeat(pipeline, never, { ...released, now: "2024-01-31T15:00:00.000Z" }).missed, true);
  });

  it("says how late a watermark is, where it is too late", () => {
    const standing = (to: string) => ({
      ...ran("2024-01-31T12:01:00.000Z"),
      intervals: [{ from: "2013-01-01T00:00:00.000000Z", to }],
    });
    const now = "2024-01-31T13:00:00.000Z";
    assert.equal(
      planBeat(pipeline, standing("2024-01-31T12:00:00.000000Z"), { ...of, now }).lateSeconds,
      null,
    );
    const late = planBeat(pipeline, standing("2024-01-30T12:00:00.000000Z"), { ...of, now }).lateSeconds;
    assert.equal(late, 25 * 3_600);
  });

  it("publishes what it misses, and that it looked, from the lake alone", async () => {
    const { variables, adapters, store, remove } = await given(learning);
    await store.put(
      keys.lease("learner_activity", 1),
      encode({ owner: "o", run: "r", at: "2024-01-01T00:00:00.000Z" }),
    );
    const published: [MetricName, number, string | undefined][] = [];
    const handler = heartbeatHandler({
      variables,
      adapters,
      openGauges: async () => ({
        async publish(name, value, { pipeline }) {
          published.push([name, value, pipeline]);
        },
      }),
    });
    await handler({});
    await remove();
    assert.deepEqual(published, [
      ["HeartbeatMissed", 1, "learner_activity"],
      ["Heartbeats", 1, undefined],
    ]);
  });
});

describe("the function that forwards alerts", () => {
  const alarm = {
    AlarmName: "firn-prod-commerce-lag",
    NewStateValue: "ALARM",
    NewStateReason: "Threshold Crossed",
    AlarmDescription: "Runbook: https://example.com/#lag",
  };
  const secrets: Record<string, string> = {
    slack_webhook: "https://hooks.example.com/T/canary-1",
    pagerduty_key: "canary-2",
  };

  async function forwarded(message: unknown, status: (url: string) => number = () => 200) {
    const posts: { url: string; body: Record<string, unknown> }[] = [];
    const handler = forwardHandler({
      variables: { FIRN_ENVIRONMENT: "prod", FIRN_TARGETS: "slack,pagerDuty" },
      openSecrets: () => ({ get: async (name) => secrets[name] ?? "" }),
      openPost: async () => async (url, body) => {
        posts.push({ url, body: body as Record<string, unknown> });
        return status(url);
      },
    });
    const Message = typeof message === "string" ? message : JSON.stringify(message);
    const failure = await handler({ Records: [{ Sns: { Subject: null, Message } }] }).then(
      () => null,
      (error: Error) => error,
    );
    return { posts, failure };
  }

  it("tells Slack of everything, and wakes people for alarms and errors alone", async () => {
    assert.equal((await forwarded(alarm)).posts.length, 2);
    const alert = {
      severity: "error",
      team: "t",
      pipeline: "p",
      code: "run.failed",
      detail: "d",
      at: "2024-01-01",
    };
    assert.equal((await forwarded(alert)).posts.length, 2);
    assert.equal((await forwarded({ ...alert, severity: "warning" })).posts.length, 1);
    assert.equal((await forwarded("hello")).posts.length, 1);
  });

  it("ends the incident that an alarm began once it is over", async () => {
    const [, began] = (await forwarded(alarm)).posts;
    const [, ended] = (await forwarded({ ...alarm, NewStateValue: "OK" })).posts;
    assert.deepEqual([began?.body.event_action, ended?.body.event_action], ["trigger", "resolve"]);
    assert.equal(began?.body.dedup_key, ended?.body.dedup_key);
  });

  it("tells the others where one target refuses, comes again, and names no secret", async () => {
    const { posts, failure } = await forwarded(alarm, (url) => (url.includes("hooks") ? 404 : 202));
    assert.equal(posts.length, 2);
    assert.match(failure?.message ?? "", /slack \(404\)/);
    assert.ok(!/canary/.test(`${failure?.message}${failure?.stack}`));
  });

  it("lets no text of a source call a whole channel", () => {
    const [slack] = planForwarding({ kind: "text", subject: "s", text: "<!channel> & more" }, ["slack"]);
    assert.deepEqual(slack?.body("x"), { text: "s\n&lt;!channel&gt; &amp; more" });
  });
});

describe("a stage's function", () => {
  const state = (scope = commerce!): StageState =>
    firstState({ team: scope.team.name, pipeline: "orders", release: scope.release.hash, run: "x" });

  it("runs its stage with the ports of its release: its environment, its addresses, its lake", async () => {
    const { variables, adapters, remove } = await given();
    const seen: unknown[] = [];
    const handler = stageHandler(
      "load",
      async (of, ports) => {
        seen.push(ports.environment.name, ports.address("orders_inbox"), ports.environment.leaseSeconds);
        assert.throws(() => ports.address("unknown"), { code: "connection.missing" });
        assert.match(ports.attemptId(), /^\d{17}-[0-9a-f]{12}$/);
        await ports.store(of.team);
        return { ...of, next: "check" };
      },
      { variables, adapters: { ...adapters } },
    );
    assert.equal((await handler(state())).next, "check");
    assert.deepEqual(seen, ["prod", "inbox:orders/", 300]);
    await remove();
  });

  for (const [code, name] of [
    ["source.unreachable", "Firn.transient"],
    ["secret.missing", "Firn.config"],
    ["check.refused", "Firn.data"],
    ["lease.lost", "Firn.lease.lost"],
  ] as const) {
    it(`fails as Step Functions is to decide by: ${code} is ${name}`, async () => {
      const { FirnError } = await import("#core/errors");
      const { variables, adapters, remove } = await given();
      const fails = async () => Promise.reject(new FirnError(code, { what: "a.", why: "b.", fix: "c." }));
      await assert.rejects(stageHandler("load", fails, { variables, adapters })(state()), { name });
      await remove();
    });
  }

  it("refuses another team's release, a release that is not there, and an event that is none", async () => {
    const { variables, adapters, store, remove } = await given();
    await store.put(keys.release(learning!.release.hash), learning!.release.body);
    const handler = stageHandler("load", async (of) => of, { variables, adapters });
    await assert.rejects(handler(state(learning)), {
      name: "Firn.config",
      message: /environment\.invalid.*learning/s,
    });
    await assert.rejects(handler({ ...state(), release: "0".repeat(64) }), { message: /release\.missing/ });
    await assert.rejects(handler({ hello: 1 }), { name: "Firn.bug" });
    await remove();
  });

  it("refuses a port that its handler does not name, and opens each of the others once", async () => {
    const { variables, store, remove } = await given();
    let opened = 0;
    const adapters = {
      async store() {
        opened++;
        return store;
      },
    };
    const handler = stageHandler(
      "notify",
      async (of, ports) => {
        await ports.store(of.team);
        await assert.rejects(ports.warehouse(of.team), /names no warehouse/);
        await assert.rejects(ports.packer(), /names no packer/);
        await assert.rejects(ports.store("another"), /asked for what team another has/);
        return of;
      },
      { variables, adapters },
    );
    await handler(state());
    await handler(state());
    // Once to read the release, once for the stages.
    assert.equal(opened, 2);
    await remove();
  });
});

describe("the parts of the cloud's world that are not built yet", () => {
  it("say so by name, with their own code", async () => {
    const { openBucket, openSnowflake, openExecutions, openGauges, openInbox, openSecrets, openTopic } =
      await import("#worlds/aws");
    const clock = { now: () => "", sleep: async () => undefined };
    for (const [adapter, open] of [
      ["stores/s3", () => openBucket("b")],
      ["warehouses/snowflake", () => openSnowflake(commerce!.release.release, [])],
      ["executions/stepfunctions", openExecutions],
      ["gauges/cloudwatch", openGauges],
      ["sources/inbox", () => openInbox("files", { secrets: openSecrets(), clock })],
      ["secrets/secretsmanager", () => openSecrets().get("x")],
      [
        "alerts/sns",
        () => openTopic().send({ severity: "error", team: "", pipeline: "", code: "", detail: "", at: "" }),
      ],
    ] as const)
      await assert.rejects(open, { code: "adapter.missing", message: new RegExp(adapter) });
  });
});

import assert from "node:assert/strict";
import fc from "fast-check";
import type { BatchPlan, PlannedFile } from "#core/batch";
import { type Interval, later, secondsBetween, uncovered, union } from "#core/interval";
import type { Pipeline } from "#firn";
import { planWindow } from "#window/plan";
import type { WindowRequest } from "#window/reading";
import { declared, planOf } from "../sql/support.ts";

const start = "2024-01-01T00:00:00.000Z";
const columns = { id: { type: "integer" }, changed_at: { type: "timestamp" } };
const strategy = { kind: "upsert", key: ["id"], version: ["changed_at"] };

function polled(watermark: Record<string, unknown> = {}, source: Record<string, unknown> = {}): Pipeline {
  return declared({
    name: "members",
    columns,
    strategy,
    source: {
      kind: "http",
      connection: "api",
      path: "/m",
      window: { since: "s", before: "b" },
      paging: { style: "link" },
      ...source,
    },
    watermark: { start: "2024-01-01T00:00:00Z", ...watermark },
  });
}

function dropped(filesPerBatch?: number): Pipeline {
  return declared({
    name: "files",
    columns,
    strategy,
    source: { kind: "files", connection: "inbox", ...(filesPerBatch && { filesPerBatch }) },
  });
}

function request(pipeline: Pipeline, now: string, of: Partial<WindowRequest> = {}): WindowRequest {
  return {
    team: "shop",
    pipeline,
    release: "r1",
    now,
    known: { intervals: [], files: {} },
    open: [],
    nextSeq: 1,
    ...of,
  };
}

const file = (path: string, etag = "1"): PlannedFile => ({
  path,
  etag,
  bytes: 1,
  modifiedAt: start,
});

describe("deciding what to read next", () => {
  const seed = Date.now() % 1e9;
  before(() => console.log(`      seed ${seed}`));

  it("reads on from the watermark, whatever the lag, overlap and length: no gap, nothing counted twice", () =>
    fc.assert(
      fc.property(
        fc.record({
          lagSeconds: fc.integer({ min: 0, max: 900 }),
          overlapSeconds: fc.integer({ min: 0, max: 3600 }),
          batchDaysMax: fc.double({ min: 0.01, max: 2, noNaN: true }),
        }),
        fc.array(fc.integer({ min: 0, max: 90_000 }), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 9 }),
        (declaredWindow, pauses, shards) => {
          const pipeline = polled(declaredWindow, { shards });
          let now = start;
          let counted: Interval[] = [];
          for (const [at, pause] of pauses.entries()) {
            now = later(now, pause);
            const decision = planWindow(
              request(pipeline, now, { known: { intervals: counted, files: {} }, nextSeq: at + 1 }),
            );
            if (decision.kind !== "new") {
              assert.equal(decision.kind, "idle");
              continue;
            }
            const { window, shards: pieces } = decision.plan;
            assert.ok(window && window.from < window.to);
            assert.equal(
              window.from,
              counted.at(-1)?.to ?? start,
              "a window begins where the last one ended",
            );
            assert.ok(
              window.to <= later(now, -declaredWindow.lagSeconds),
              "no row younger than the lag is counted as read",
            );
            assert.ok(secondsBetween(window.from, window.to) <= declaredWindow.batchDaysMax * 86_400 + 0.001);
            const read = pieces.map((piece) => piece.window as Interval);
            assert.equal(union(read).length, 1, "shards touch");
            assert.ok(read.length <= shards);
            const [whole] = union(read);
            assert.equal(whole?.to, window.to);
            const overlapped = later(window.from, -declaredWindow.overlapSeconds);
            assert.equal(whole?.from, overlapped < start ? start : overlapped);
            counted = union([...counted, window]);
            assert.ok(counted.length === 1);
          }
        },
      ),
      { seed, numRuns: 300 },
    ));

  it("waits where the history begins later than now, as on a clock that was set back", () => {
    const decision = planWindow(request(polled(), "2013-11-15T00:00:00.000Z"));
    assert.ok(decision.kind === "idle");
    assert.match(decision.why, /its history begins at 2024-01-01.*, and here it is 2013-11-15/);
  });

  it("fills a gap that a backfill left before it reads on", () => {
    const intervals = [
      { from: start, to: "2024-01-02T00:00:00.000Z" },
      { from: "2024-01-03T00:00:00.000Z", to: "2024-01-04T00:00:00.000Z" },
    ];
    const decision = planWindow(
      request(polled({ batchDaysMax: 1 }), "2024-01-10T00:00:00.000Z", { known: { intervals, files: {} } }),
    );
    assert.ok(decision.kind === "new");
    assert.deepEqual(decision.plan.window, {
      from: "2024-01-02T00:00:00.000Z",
      to: "2024-01-03T00:00:00.000Z",
    });
    assert.deepEqual(
      uncovered({ from: start, to: "2024-01-04T00:00:00.000Z" }, [
        ...intervals,
        decision.plan.window as Interval,
      ]),
      [],
    );
  });

  it("resumes the open plan planned first, as it was frozen, before anything new", () => {
    const pipeline = polled();
    const open: BatchPlan[] = [planOf(pipeline, "old", { seq: 5 }), planOf(pipeline, "old", { seq: 4 })];
    const decision = planWindow(request(pipeline, "2024-02-01T00:00:00.000Z", { open, nextSeq: 6 }));
    assert.ok(decision.kind === "resume");
    assert.equal(decision.plan, open[1]);
    assert.equal(decision.plan.release, "old");
  });

  it("is idle while every row could still be moving, and says so", () => {
    const decision = planWindow(request(polled({ lagSeconds: 300 }), "2024-01-01T00:05:00.000Z"));
    assert.equal(decision.kind, "idle");
    assert.match(
      decision.kind === "idle" ? decision.why : "",
      /rows younger than 2024-01-01T00:00:00.000Z may still be moving/,
    );
  });

  it("refuses to go on from a watermark that is later than now, and bears a minute between clocks", () => {
    const known = {
      intervals: [{ from: "2024-01-01T00:00:00.000Z", to: "2024-01-02T00:00:00.000Z" }],
      files: {},
    };
    const at = (now: string) => planWindow(request(polled(), now, { known, nextSeq: 2 }));
    assert.equal(at("2024-01-01T23:59:00.000Z").kind, "idle");
    assert.throws(() => at("2024-01-01T23:58:59.000Z"), {
      code: "window.ahead",
      message:
        /up to 2024-01-02T00:00:00.000Z are planned or count as read, but here it is 2024-01-01T23:58:59/,
    });
  });

  it("does not cut a window where the source takes no end", () => {
    const decision = planWindow(
      request(polled({}, { window: { since: "s" }, shards: 8 }), "2024-01-02T00:00:00.000Z"),
    );
    assert.ok(decision.kind === "new");
    assert.equal(decision.plan.shards.length, 1);
  });

  it("names the batch, its release and its instant, for every row to carry", () => {
    const decision = planWindow(request(polled(), "2024-01-02T00:00:00.000Z", { nextSeq: 42 }));
    assert.ok(decision.kind === "new");
    const { batchId, seq, release, ingestedAt, format } = decision.plan;
    assert.deepEqual(
      [batchId, seq, release, ingestedAt, format],
      ["members.000042", 42, "r1", "2024-01-02T00:00:00.000Z", 1],
    );
  });
});

describe("deciding which delivered files to read next", () => {
  const now = "2024-01-02T00:00:00.000Z";
  const paths = (plan: BatchPlan) =>
    plan.shards.flatMap(({ files }) => (files ?? []).map(({ path }) => path));

  it("reads what is new, in the inbox's order, so many a batch", () => {
    const inbox = ["a", "b", "c", "d"].map((path) => file(path));
    const first = planWindow(request(dropped(3), now, { inbox }));
    assert.ok(first.kind === "new");
    assert.deepEqual(paths(first.plan), ["a", "b", "c"]);
    assert.match(first.why, /3 new files in the inbox; 1 more follow/);
    const files = Object.fromEntries(inbox.slice(0, 3).map(({ path, etag }) => [path, etag]));
    const second = planWindow(
      request(dropped(3), now, { inbox, known: { intervals: [], files }, nextSeq: 2 }),
    );
    assert.ok(second.kind === "new");
    assert.deepEqual(paths(second.plan), ["d"]);
  });

  it("reads each file in one shard, whatever their number", () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 9 }), (count, most) => {
        const inbox = Array.from({ length: count }, (_, at) => file(`f${String(at).padStart(2, "0")}`));
        const decision = planWindow(request(dropped(most), now, { inbox }));
        assert.ok(decision.kind === "new");
        assert.deepEqual(
          paths(decision.plan),
          inbox.slice(0, most).map(({ path }) => path),
        );
        assert.ok(decision.plan.shards.every(({ files }) => (files ?? []).length > 0));
      }),
      { numRuns: 100 },
    ));

  it("tells of a file that was changed in place, and reads it no second time", () => {
    const decision = planWindow(
      request(dropped(), now, { inbox: [file("a", "2")], known: { intervals: [], files: { a: "1" } } }),
    );
    assert.equal(decision.kind, "idle");
    assert.deepEqual(decision.changed, [file("a", "2")]);
  });

  it("is idle when all files are read", () => {
    const decision = planWindow(
      request(dropped(), now, { inbox: [file("a")], known: { intervals: [], files: { a: "1" } } }),
    );
    assert.ok(decision.kind === "idle");
    assert.equal(decision.why, "all 1 files in the inbox are read");
  });
});

describe("rows that a source commits late", () => {
  const seed = Date.now() % 1e9;
  /** A change carries the instant it was made; it can be seen only once its transaction has committed. */
  const change = fc.record({
    id: fc.integer({ min: 1, max: 30 }),
    made: fc.integer({ min: 1, max: 7200 }),
    delay: fc.integer({ min: 0, max: 600 }),
  });
  const history = fc.record({
    changes: fc.array(change, { minLength: 20, maxLength: 80 }),
    pauses: fc.array(fc.integer({ min: 30, max: 1200 }), { minLength: 5, maxLength: 12 }),
  });

  /** Runs until everything is past; gives what was read of the source's rows. */
  function follow(
    pipeline: Pipeline,
    { changes, pauses }: { changes: { id: number; made: number; delay: number }[]; pauses: number[] },
  ): Set<number> {
    const seen = new Set<number>();
    let now = start;
    const intervals: Interval[] = [];
    for (const [at, pause] of [...pauses, 20_000, 1].entries()) {
      now = later(now, pause);
      const decision = planWindow(
        request(pipeline, now, { known: { intervals, files: {} }, nextSeq: at + 1 }),
      );
      if (decision.kind !== "new") continue;
      for (const { window } of decision.plan.shards) {
        changes.forEach(({ made, delay }, number) => {
          const [madeAt, visibleAt] = [later(start, made), later(start, made + delay)];
          if (window && window.from < madeAt && madeAt <= window.to && visibleAt <= now) seen.add(number);
        });
      }
      intervals.push(decision.plan.window as Interval);
    }
    return seen;
  }

  it("are all found with a lag and an overlap that cover the delay", () =>
    fc.assert(
      fc.property(history, fc.integer({ min: 0, max: 600 }), (given, lagSeconds) => {
        const seen = follow(polled({ lagSeconds, overlapSeconds: 600 - lagSeconds }), given);
        assert.equal(seen.size, given.changes.length);
      }),
      { seed, numRuns: 200 },
    ));

  it("would be lost without lag and overlap", () => {
    const lost = fc
      .sample(history, { seed, numRuns: 20 })
      .map(
        (given) => given.changes.length - follow(polled({ lagSeconds: 0, overlapSeconds: 0 }), given).size,
      );
    assert.ok(
      lost.some((count) => count > 0),
      "no history lost a row: this test proves nothing",
    );
  });

  it("are found when two updates share a second and the second one is committed after the window ended there", () => {
    const changes = [
      { id: 1, made: 100, delay: 0 },
      { id: 1, made: 100, delay: 5 },
    ];
    assert.equal(follow(polled({ lagSeconds: 0, overlapSeconds: 10 }), { changes, pauses: [100] }).size, 2);
    assert.equal(follow(polled({ lagSeconds: 0, overlapSeconds: 0 }), { changes, pauses: [100] }).size, 1);
  });
});

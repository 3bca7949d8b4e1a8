import assert from "node:assert/strict";
import { declared } from "../sql/support.ts";
import { openRig } from "../support/pipeline.ts";
import { openMerging } from "./harness.ts";

const events = declared({
  name: "events",
  source: { kind: "files", connection: "inbox" },
  columns: { device: { type: "text" }, n: { type: "integer" }, reading: { type: "decimal(8,2)" } },
  strategy: { kind: "append", ids: ["device", "n"], rememberDays: 30 },
});

const event = (device: string | null, n: string, reading = "1") => ({ device, n, reading });
const day = (date: string) => `${date}T06:00:00.000Z`;

describe("appending events", () => {
  it("drops an event that was promoted before, and says so", async () => {
    const merging = await openMerging(events);
    await merging.promote({ seq: 1, rows: [event("a", "1"), event("a", "2")] });
    const counts = await merging.promote({
      seq: 2,
      rows: [event("a", "2"), event("a", "3"), event("a", "3")],
    });
    assert.deepEqual(
      [counts.landed, counts.repeated, counts.unchanged, counts.promoted],
      ["3", "1", "1", "1"],
    );
    assert.equal((await merging.silver()).length, 3);
  });

  it("keeps the first of two events with one id", async () => {
    const merging = await openMerging(events);
    await merging.promote({ seq: 1, rows: [event("a", "1", "5"), event("a", "1", "6")] });
    assert.deepEqual(
      (await merging.silver()).map(({ reading }) => reading),
      ["5.00"],
    );
  });

  it("tells ids apart that look alike when joined", async () => {
    const merging = await openMerging(events);
    await merging.promote({
      seq: 1,
      rows: [event("a1", "1"), event("a", "11"), event("1:a", "1"), event("", "1")],
    });
    const counts = await merging.promote({
      seq: 2,
      rows: [event("a1", "11"), event("a", "1"), event("1", "1")],
    });
    assert.deepEqual([counts.promoted, counts.silver_rows], ["3", "7"]);
  });

  it("quarantines an event without its id", async () => {
    const merging = await openMerging(events);
    const counts = await merging.promote({ seq: 1, rows: [event(null, "1"), event("a", "x")] });
    assert.deepEqual([counts.quarantined, counts.promoted], ["2", "0"]);
    const reasons = (await merging.quarantine()).map(({ reason }) => reason);
    assert.deepEqual(reasons, ["device: missing", "n: not a whole number of 64 bits"]);
  });

  it("remembers ids for the days declared and no longer, so that its ledger stays small", async () => {
    const merging = await openMerging(events);
    await merging.promote({ seq: 1, ingestedAt: day("2024-01-01"), rows: [event("a", "1")] });
    const within = await merging.promote({
      seq: 2,
      ingestedAt: day("2024-01-30"),
      rows: [event("a", "1"), event("a", "2")],
    });
    assert.equal(within.promoted, "1");
    await merging.promote({ seq: 3, ingestedAt: day("2024-02-02"), rows: [event("b", "1")] });
    const beyond = await merging.promote({ seq: 4, ingestedAt: day("2024-02-03"), rows: [event("a", "1")] });
    assert.equal(
      beyond.promoted,
      "1",
      "the price that the declaration states: after 30 days it is taken for new",
    );
  });

  it("adds nothing when a batch is replayed whose ids are forgotten", async () => {
    const merging = await openMerging(events);
    const first = { seq: 1, ingestedAt: day("2024-01-01"), rows: [event("a", "1"), event("a", "2")] };
    await merging.promote(first);
    await merging.promote({ seq: 2, ingestedAt: day("2024-06-01"), rows: [event("b", "1")] });
    const before = await merging.silverAudit();
    const counts = await merging.promote(first, { replay: true });
    assert.deepEqual([counts.promoted, counts.unchanged], ["0", "2"]);
    assert.deepEqual(await merging.silverAudit(), before);
  });
});

const offsets = declared({
  ...events,
  name: "offsets",
  strategy: { kind: "append", ids: ["device", "n"], sequence: "n" },
});

describe("appending events that a sequence numbers", () => {
  const intervals = async (merging: Awaited<ReturnType<typeof openMerging>>) => {
    const rows = await merging.warehouse.query(
      `SELECT "partition", from_value, to_value FROM ledger.sequences WHERE pipeline = '${merging.name}' ORDER BY ALL`,
    );
    return rows.map((row) => `${row.partition}(${row.from_value},${row.to_value}]`);
  };

  it("remembers intervals for each source partition, and a row per gap, not per event", async () => {
    const merging = await openMerging(offsets);
    await merging.promote({ seq: 1, rows: ["1", "2", "3", "7"].map((n) => event("a", n)) });
    await merging.promote({ seq: 2, rows: [event("a", "4"), event("a", "5"), event("b", "1")] });
    assert.deepEqual(await intervals(merging), ["a(0,5]", "a(6,7]", "b(0,1]"]);
    const counts = await merging.promote({
      seq: 3,
      rows: [event("a", "6"), event("a", "2"), event("a", "6"), event("b", "1")],
    });
    assert.deepEqual(
      [counts.landed, counts.promoted, counts.unchanged, counts.repeated],
      ["4", "1", "2", "1"],
    );
    assert.deepEqual(await intervals(merging), ["a(0,7]", "b(0,1]"]);
  });

  it("remembers for ever what rememberDays would forget", async () => {
    const merging = await openMerging(offsets);
    await merging.promote({ seq: 1, ingestedAt: day("2024-01-01"), rows: [event("a", "1")] });
    const counts = await merging.promote({ seq: 2, ingestedAt: day("2026-01-01"), rows: [event("a", "1")] });
    assert.equal(counts.promoted, "0");
  });

  it("takes a bad event once it is mended: it is in no interval", async () => {
    const merging = await openMerging(offsets);
    const rows = [event("a", "1"), event("a", "2", "much"), event("a", "3")];
    await merging.promote({ seq: 1, rows });
    assert.deepEqual(await intervals(merging), ["a(0,1]", "a(2,3]"]);
    const text = declared({ ...offsets, columns: { ...offsets.columns, reading: { type: "text" } } });
    await merging.warehouse.run([`ALTER TABLE silver.${merging.name} ALTER reading TYPE VARCHAR`]);
    const counts = await merging.promote({ seq: 1, rows }, { replay: true, pipeline: text });
    assert.deepEqual([counts.promoted, counts.unchanged], ["1", "2"]);
    assert.deepEqual(await intervals(merging), ["a(0,3]"]);
  });

  it("knows one partition whose ids name none", async () => {
    const merging = await openMerging(
      declared({ ...offsets, strategy: { kind: "append", ids: ["n"], sequence: "n" } }),
    );
    await merging.promote({ seq: 1, rows: [event("a", "-1"), event("b", "0"), event("c", "1")] });
    const counts = await merging.promote({ seq: 2, rows: [event("z", "0"), event("z", "2")] });
    assert.equal(counts.promoted, "1");
    assert.deepEqual(await intervals(merging), ["(-2,2]"]);
  });

  it("says so where a sequence turns out to be none: a row per gap adds up", async () => {
    const rig = await openRig({ ...events, strategy: { kind: "append", ids: ["n"], sequence: "n" } });
    const numbers = Array.from({ length: 10_001 }, (_, at) => `d,${at * 2},1`);
    await rig.deliver("sparse.csv", ["device,n,reading", ...numbers].join("\n"));
    await rig.run();
    assert.match(
      rig.alerts.find(({ code }) => code === "merge.sparse_sequence")?.detail ?? "",
      /remembers 10001 intervals .* not dense: declare rememberDays/,
    );
    await rig.close();
  });
});

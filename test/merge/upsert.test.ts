import assert from "node:assert/strict";
import { type BronzeRow, declared } from "../sql/support.ts";
import { type Merging, openMerging } from "./harness.ts";

const source = {
  kind: "http",
  connection: "api",
  path: "/o",
  window: { since: "s" },
  paging: { style: "link" },
};

const members = declared({
  name: "members",
  source,
  watermark: { start: "2024-01-01T00:00:00Z" },
  columns: {
    id: { type: "integer" },
    name: { type: "text", required: true },
    tags: { type: "json" },
    state: { type: "text" },
    changed_at: { type: "timestamp" },
  },
  strategy: {
    kind: "upsert",
    key: ["id"],
    version: ["changed_at"],
    deletedWhen: { column: "state", in: ["gone"] },
  },
});

/** Versioned by a number, as a log sequence is. */
const numbered = declared({
  name: "numbered",
  source,
  watermark: { start: "2024-01-01T00:00:00Z" },
  columns: {
    tenant: { type: "text" },
    id: { type: "integer" },
    note: { type: "text" },
    epoch: { type: "integer" },
    lsn: { type: "decimal(20,0)" },
  },
  strategy: { kind: "upsert", key: ["tenant", "id"], version: ["epoch", "lsn"] },
});

const row = (
  id: string | null,
  name: string | null,
  changed_at: string | null,
  more: BronzeRow = {},
): BronzeRow => ({
  id,
  name,
  tags: null,
  state: "here",
  changed_at,
  ...more,
});
const at = (second: number) => `2024-02-01T00:00:${String(second).padStart(2, "0")}Z`;

describe("merging by key and version", () => {
  let merging: Merging;
  beforeEach(async () => {
    merging = await openMerging(members);
  });

  const names = async () =>
    (await merging.silver()).map(({ id, name, _deleted }) => `${id} ${name}${_deleted ? " deleted" : ""}`);

  it("leaves silver unchanged when a batch is promoted again", async () => {
    const batch = { seq: 1, rows: [row("1", "Ann", at(1)), row("2", "Bob", at(1), { state: "gone" })] };
    await merging.promote(batch);
    const once = await merging.silverAudit();
    const counts = await merging.promote(batch, { replay: true });
    assert.deepEqual(await merging.silverAudit(), once);
    assert.deepEqual([counts.promoted, counts.unchanged, counts.inserted], ["0", "2", "0"]);
  });

  it("refuses to promote a batch twice that is no replay, and changes nothing", async () => {
    const batch = { seq: 1, rows: [row("1", "Ann", at(1))] };
    await merging.promote(batch);
    const once = await merging.silverAudit();
    await assert.rejects(merging.promote(batch), {
      code: "lease.lost",
      message: /newer run has taken this pipeline over, or the batch was promoted before/,
    });
    assert.deepEqual(await merging.silverAudit(), once);
  });

  it("leaves a deleted row deleted when an older change comes later", async () => {
    await merging.promote({ seq: 2, rows: [row("1", null, at(5), { state: "gone" })] });
    await merging.promote({ seq: 1, rows: [row("1", "Ann", at(1))] });
    assert.deepEqual(await names(), ["1 null deleted"]);
    await merging.promote({ seq: 1, rows: [row("1", "Ann", at(1))] }, { replay: true });
    assert.deepEqual(await names(), ["1 null deleted"]);
  });

  it("brings a deleted row back when a newer change says so", async () => {
    await merging.promote({ seq: 1, rows: [row("1", null, at(1), { state: "gone" })] });
    const counts = await merging.promote({ seq: 2, rows: [row("1", "Ann", at(2))] });
    assert.deepEqual(await names(), ["1 Ann"]);
    assert.deepEqual([counts.promoted, counts.inserted, counts.deleted], ["1", "0", "0"]);
  });

  it("takes a delete that has only its key and version", async () => {
    const counts = await merging.promote({
      seq: 1,
      rows: [{ id: "1", changed_at: at(1), state: "gone", name: null, tags: "{broken" }],
    });
    assert.deepEqual([counts.quarantined, counts.deleted], ["0", "1"]);
    assert.deepEqual(await names(), ["1 null deleted"]);
  });

  it("counts and marks rows that share a version but not their payload", async () => {
    await merging.promote({ seq: 1, rows: [row("1", "Ann", at(1)), row("2", "Bob", at(1))] });
    const counts = await merging.promote({ seq: 2, rows: [row("1", "Anna", at(1)), row("2", "Bob", at(1))] });
    assert.equal(counts.conflicts, "1");
    assert.deepEqual(await names(), ["1 Anna", "2 Bob"]);
    const marked = (await merging.silverAudit()).map(({ id, _conflict_seq: seq }) => [id, seq]);
    assert.deepEqual(marked, [
      ["1", counts.commit_seq],
      ["2", null],
    ]);
  });

  it("counts a conflict when the row planned earlier is promoted later, and keeps the later one", async () => {
    await merging.promote({ seq: 2, rows: [row("1", "Anna", at(1))] });
    const counts = await merging.promote({ seq: 1, rows: [row("1", "Ann", at(1))] });
    assert.deepEqual([counts.conflicts, counts.promoted], ["1", "0"]);
    assert.deepEqual(await names(), ["1 Anna"]);
  });

  it("counts a conflict inside one batch", async () => {
    const rows = [
      row("1", "a,b", at(1), { tags: '"c"' }),
      row("1", "a", at(1), { tags: '"b,c"' }),
      row("2", "x", at(1)),
      row("2", "x", at(1)),
    ];
    const counts = await merging.promote({ seq: 1, rows });
    assert.deepEqual([counts.conflicts, counts.repeated, counts.promoted], ["2", "2", "2"]);
  });

  it("ends two updates within one clock second in the later one", async () => {
    await merging.promote({ seq: 1, rows: [row("1", "first", at(1)), row("1", "second", at(1))] });
    assert.deepEqual(await names(), ["1 second"]);
    await merging.promote({ seq: 2, rows: [row("1", "third", at(1))] });
    assert.deepEqual(await names(), ["1 third"]);
  });

  it("puts a row without its key or version into quarantine, and says which", async () => {
    const counts = await merging.promote({
      seq: 1,
      rows: [row(null, "Ann", at(1)), row("2", "Bob", null), row("3", "Cid", at(1))],
    });
    assert.deepEqual([counts.landed, counts.quarantined, counts.promoted], ["3", "2", "1"]);
    assert.deepEqual(
      (await merging.quarantine()).map(({ reason }) => reason),
      ["id: missing", "changed_at: missing"],
    );
    assert.deepEqual(await names(), ["3 Cid"]);
  });

  it("replays a batch under mended rules: what was quarantined or read wrongly is put right", async () => {
    const wrong = {
      ...members,
      columns: {
        ...members.columns,
        name: { type: "text" as const, from: "nom" },
        tags: { type: "integer" as const },
      },
    };
    const record = '{"name":"Ann","nom":"wrong"}';
    const batch = {
      seq: 1,
      rows: [row("1", "Ann", at(1), { _record: record }), row("2", "Bob", at(1), { tags: "[]" })],
    };
    const before = await merging.promote(batch, { pipeline: wrong });
    assert.equal(before.quarantined, "1", "Bob's tags are no number");
    assert.deepEqual(await names(), ["1 wrong"]);
    const counts = await merging.promote(batch, { replay: true });
    assert.deepEqual(await names(), ["1 Ann", "2 Bob"]);
    assert.deepEqual([counts.promoted, counts.quarantined, counts.conflicts], ["2", "0", "0"]);
    assert.deepEqual(await merging.quarantine(), []);
  });

  it("gives every promotion a number, and every row the number and the plan's instant", async () => {
    const ingestedAt = "2024-03-09T01:02:03.456Z";
    const first = await merging.promote({ seq: 7, ingestedAt, rows: [row("1", "Ann", at(1))] });
    const second = await merging.promote({ seq: 3, rows: [row("2", "Bob", at(1))] });
    assert.equal(Number(second.commit_seq), Number(first.commit_seq) + 1);
    const [ann] = await merging.silverAudit();
    assert.deepEqual(
      [ann?.batch_id, ann?.commit_seq, ann?._plan_seq, ann?._row, String(ann?.ingested_at).slice(0, 23)],
      [first.batch_id, first.commit_seq, "7", "1", "2024-03-09 01:02:03.456"],
    );
  });
});

describe("versions and keys of several columns", () => {
  const change = (
    tenant: string | null,
    id: string,
    note: string,
    epoch: string,
    lsn: string,
  ): BronzeRow => ({ tenant, id, note, epoch, lsn });

  it("compares versions as numbers, not as text", async () => {
    const merging = await openMerging(numbered);
    await merging.promote({ seq: 1, rows: [change("a", "1", "nine", "9", "9")] });
    await merging.promote({ seq: 2, rows: [change("a", "1", "ten", "10", "10")] });
    await merging.promote({ seq: 3, rows: [change("a", "1", "late", "10", "9")] });
    assert.deepEqual(
      (await merging.silver()).map(({ note }) => note),
      ["ten"],
    );
  });

  it("lets the first version column decide, then the second", async () => {
    const merging = await openMerging(numbered);
    await merging.promote({
      seq: 1,
      rows: [change("a", "1", "2/1", "2", "1"), change("a", "1", "1/99", "1", "99")],
    });
    assert.deepEqual(
      (await merging.silver()).map(({ note }) => note),
      ["2/1"],
    );
    await merging.promote({ seq: 2, rows: [change("a", "1", "2/2", "2", "2")] });
    assert.deepEqual(
      (await merging.silver()).map(({ note }) => note),
      ["2/2"],
    );
  });

  it("quarantines a composite key with a hole instead of inserting it again and again", async () => {
    const merging = await openMerging(numbered);
    const batch = { rows: [change(null, "1", "x", "1", "1")] };
    await merging.promote({ seq: 1, ...batch });
    const counts = await merging.promote({ seq: 2, ...batch });
    assert.deepEqual([counts.quarantined, counts.silver_rows], ["1", "0"]);
  });

  it("tells keys apart that look alike when joined", async () => {
    const merging = await openMerging(numbered);
    await merging.promote({
      seq: 1,
      rows: [change("a1", "1", "x", "1", "1"), change("a", "11", "y", "1", "1")],
    });
    assert.equal((await merging.silver()).length, 2);
  });
});

import assert from "node:assert/strict";
import fc from "fast-check";
import type { Pipeline } from "#firn";
import type { Row } from "#ports/warehouse";
import { type BronzeRow, declared } from "../sql/support.ts";
import { openMerging, type SmallBatch } from "./harness.ts";

const source = {
  kind: "http",
  connection: "api",
  path: "/o",
  window: { since: "s" },
  paging: { style: "link" },
};
const watermark = { start: "2024-01-01T00:00:00Z" };

/** Two keys, two versions: what a change feed with a clock and a sequence sends. */
const lines = declared({
  name: "lines",
  source,
  watermark,
  columns: {
    order_id: { type: "integer" },
    line: { type: "text" },
    amount: { type: "decimal(10,2)" },
    note: { type: "text" },
    op: { type: "text" },
    changed_at: { type: "timestamp" },
    lsn: { type: "integer" },
  },
  strategy: {
    kind: "upsert",
    key: ["order_id", "line"],
    version: ["changed_at", "lsn"],
    deletedWhen: { column: "op", in: ["d"] },
  },
});

/** One key, one version, in whole seconds: ties are usual. */
const orders = declared({
  name: "orders",
  source,
  watermark,
  columns: {
    id: { type: "integer" },
    amount: { type: "decimal(10,2)" },
    note: { type: "text" },
    op: { type: "text" },
    changed_at: { type: "timestamp" },
  },
  strategy: {
    kind: "upsert",
    key: ["id"],
    version: ["changed_at"],
    deletedWhen: { column: "op", in: ["d"] },
  },
});

const clicks = declared({
  name: "clicks",
  source,
  watermark,
  columns: { device: { type: "text" }, n: { type: "integer" }, amount: { type: "decimal(10,2)" } },
  strategy: { kind: "append", ids: ["device", "n"], rememberDays: 30 },
});

const offsets = declared({
  ...clicks,
  name: "offsets",
  strategy: { kind: "append", ids: ["device", "n"], sequence: "n" },
});

/** A row of a history: which key, which moment, what payload. Few of each, so that everything collides. */
const change = fc.record({
  key: fc.integer({ min: 8, max: 12 }),
  line: fc.constantFrom("a", "b"),
  second: fc.integer({ min: 0, max: 5 }),
  lsn: fc.integer({ min: 8, max: 11 }),
  amount: fc.option(fc.integer({ min: 0, max: 3 }), { nil: null }),
  note: fc.constantFrom("x", "a,b", "", null),
  deletes: fc.boolean(),
  broken: fc.constantFrom("no", "no", "no", "no", "no", "no", "key", "version", "amount"),
});
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

/** At most this many batches a round. */
const batchesMax = 5;

/** A history of changes, some sent again, cut into batches. */
const history = fc
  .record({
    changes: fc.array(change, { minLength: 4, maxLength: 30 }),
    /** Places where a delivery repeats an earlier row: a retried page, an overlap. */
    repeats: fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 8 }),
    cuts: fc.array(fc.nat(), { minLength: 1, maxLength: batchesMax - 1 }),
  })
  .map(({ changes, repeats, cuts }) => {
    const sent = [...changes];
    for (const [of, at] of repeats)
      sent.splice(at % (sent.length + 1), 0, changes[of % changes.length] as Change);
    const edges = [...new Set([0, ...cuts.map((cut) => cut % sent.length), sent.length])].sort(
      (a, b) => a - b,
    );
    return edges.slice(1).map((edge, at) => sent.slice(edges[at], edge));
  });

/** Ten histories with keys of their own, side by side in one table, and the order their batches are committed in. */
const round = fc
  .record({
    histories: fc.array(history, { minLength: 10, maxLength: 10 }),
    order: fc.array(fc.nat(), { minLength: batchesMax, maxLength: batchesMax }),
    again: fc.nat(),
  })
  .map(({ histories, order, again }) => {
    const batches = Array.from({ length: batchesMax }, (_, at) =>
      histories.flatMap((each, number) =>
        (each[at] ?? []).map((one) => ({ ...one, key: one.key + number * 100 })),
      ),
    );
    const committed = batches.map((_, at) => at).sort((a, b) => (order[a] ?? 0) - (order[b] ?? 0) || b - a);
    return { batches, committed, again: again % batchesMax };
  });

describe("promoting batches in any order", function () {
  this.timeout(40_000);
  const seed = Date.now() % 1e9;
  before(() => console.log(`      seed ${seed}`));

  it("leaves silver as if each batch had come in its turn: two keys, two versions (60 histories)", () =>
    equality(lines, 6, (change) => ({
      order_id: change.broken === "key" ? null : String(change.key),
      line: change.line,
      amount: amountOf(change),
      note: change.note,
      op: change.deletes ? "d" : "u",
      changed_at: change.broken === "version" ? null : moment(change.second),
      lsn: String(change.lsn),
    })));

  it("leaves silver as if each batch had come in its turn: one key, a clock of seconds (60 histories)", () =>
    equality(orders, 6, (change) => ({
      id: change.broken === "key" ? null : String(change.key),
      amount: amountOf(change),
      note: change.note,
      op: change.deletes ? "d" : "u",
      changed_at: change.broken === "version" ? null : moment(change.second),
    })));

  it("leaves silver as if each batch had come in its turn: events by id (30 histories)", () =>
    equality(clicks, 3, (change) => ({
      device: change.broken === "key" ? null : change.line,
      // An event is what its id says: one id, one payload.
      n: String(change.key * 10 + change.second),
      amount: String(change.second),
    })));

  it("leaves silver as if each batch had come in its turn: events by their sequence (30 histories)", () =>
    equality(offsets, 3, (change) => ({
      device: change.broken === "key" ? null : change.line,
      n: String(change.key * 10 + change.second),
      amount: String(change.second),
    })));

  it("would lose changes without the version guard", async () => {
    let lost = 0;
    await fc.assert(
      fc.asyncProperty(round, async ({ batches, committed }) => {
        const rows = batches.map((batch) =>
          batch
            .filter(({ broken }) => broken === "no")
            .map((change) => ({
              id: String(change.key),
              amount: amountOf(change),
              note: change.note,
              op: "u",
              changed_at: moment(change.second),
            })),
        );
        const [right, wrong] = [await openMerging(orders), await openMerging(orders)];
        for (const [at, each] of rows.entries()) await right.promote({ seq: at + 1, rows: each });
        for (const at of committed)
          await wrong.promote({ seq: at + 1, rows: rows[at] ?? [] }, { breakGuard: true });
        if (JSON.stringify(await right.silver()) !== JSON.stringify(await wrong.silver())) lost++;
      }),
      { numRuns: 1, seed },
    );
    assert.ok(lost > 0, "ten histories without a guard, and none lost anything: this test proves nothing");
  });

  async function equality(
    pipeline: Pipeline,
    numRuns: number,
    rowOf: (change: Change) => BronzeRow,
  ): Promise<void> {
    await fc.assert(
      fc.asyncProperty(round, async ({ batches, committed, again }) => {
        const [inTurn, anyOrder] = [await openMerging(pipeline), await openMerging(pipeline)];
        const batch = (at: number): SmallBatch => ({ seq: at + 1, rows: (batches[at] ?? []).map(rowOf) });
        for (const at of batches.keys()) assertCounts(await inTurn.promote(batch(at)));
        for (const at of committed) assertCounts(await anyOrder.promote(batch(at)));
        const expected = await inTurn.silver();
        assert.deepEqual(await anyOrder.silver(), expected);
        assert.equal((await anyOrder.quarantine()).length, (await inTurn.quarantine()).length);
        const counts = await anyOrder.promote(batch(again), { replay: true });
        assertCounts(counts);
        assert.equal(counts.promoted, "0", "a replay promoted something");
        assert.deepEqual(await anyOrder.silver(), expected, "a replay changed silver");
      }),
      { numRuns, seed, endOnFailure: true },
    );
  }
});

function amountOf({ amount, broken }: Change): string | null {
  return broken === "amount" ? "1.234" : amount === null ? null : `${amount}.5`;
}

function moment(second: number): string {
  return `2024-02-01T00:00:0${second}Z`;
}

/** Every landed row became exactly one thing. */
function assertCounts(row: Row): void {
  const [landed = 0, ...parts] = ["landed", "quarantined", "repeated", "unchanged", "promoted"].map((name) =>
    Number(row[name]),
  );
  assert.equal(
    landed,
    parts.reduce((sum, part) => sum + part, 0),
    JSON.stringify(row),
  );
  assert.ok(
    parts.every((part) => part >= 0),
    JSON.stringify(row),
  );
}

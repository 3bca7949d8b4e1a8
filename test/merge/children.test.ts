import assert from "node:assert/strict";
import fc from "fast-check";
import * as fixtures from "../sql/fixtures.ts";
import { type BronzeRow, declared } from "../sql/support.ts";
import { type Merging, openMerging } from "./harness.ts";

/** The lines of orders, where a row without a key is bad. */
const lines = { ...fixtures.lines, strategy: { ...fixtures.lines.strategy, mayBeEmpty: false } };

const at = (second: number) => `2024-02-01T00:00:${String(second).padStart(2, "0")}Z`;
const line = (order: number, number: number | null, sku: string | null, second: number, op = "u") => ({
  order_id: String(order),
  line: number === null ? null : String(number),
  sku,
  op,
  changed_at: at(second),
});

describe("replacing the children of a parent", () => {
  let merging: Merging;
  beforeEach(async () => {
    merging = await openMerging(declared(lines));
  });

  const shown = async (of = merging) =>
    (await of.silver()).filter((row) => !row._deleted).map((row) => `${row.order_id}/${row.line} ${row.sku}`);

  it("lets a line vanish that the order no longer has, and leaves other orders alone", async () => {
    await merging.promote({ seq: 1, rows: [line(1, 1, "a", 1), line(1, 2, "b", 1), line(2, 1, "c", 1)] });
    const counts = await merging.promote({ seq: 2, rows: [line(1, 1, "a", 2), line(1, 3, "d", 2)] });
    assert.deepEqual(await shown(), ["1/1 a", "1/3 d", "2/1 c"]);
    assert.deepEqual([counts.promoted, counts.vanished, counts.deleted], ["2", "1", "0"]);
    const [gone] = (await merging.silverAudit()).filter((row) => row._deleted);
    assert.deepEqual(
      [gone?.sku, gone?.commit_seq, gone?._row],
      ["b", "2", null],
      "a tombstone, so that gold sees it go",
    );
  });

  it("would keep the vanished line if it were merged by key", async () => {
    const byKey = declared({
      ...lines,
      strategy: { kind: "upsert", key: ["order_id", "line"], version: ["changed_at"] },
    });
    const plain = await openMerging(byKey);
    await plain.promote({ seq: 1, rows: [line(1, 1, "a", 1), line(1, 2, "b", 1)] });
    await plain.promote({ seq: 2, rows: [line(1, 1, "a", 2)] });
    assert.deepEqual(await shown(plain), ["1/1 a", "1/2 b"]);
  });

  it("changes nothing by an older delivery of a parent", async () => {
    await merging.promote({ seq: 2, rows: [line(1, 1, "new", 5)] });
    const counts = await merging.promote({ seq: 1, rows: [line(1, 1, "old", 4), line(1, 2, "old", 4)] });
    assert.deepEqual(await shown(), ["1/1 new"]);
    assert.deepEqual([counts.promoted, counts.unchanged], ["0", "2"]);
  });

  it("takes the newest of a parent's deliveries in one batch, whole", async () => {
    const counts = await merging.promote({
      seq: 1,
      rows: [line(1, 1, "new", 5), line(1, 1, "old", 4), line(1, 2, "old", 4), line(1, 1, "new", 5)],
    });
    assert.deepEqual(await shown(), ["1/1 new"]);
    assert.deepEqual([counts.landed, counts.promoted, counts.repeated], ["4", "1", "3"]);
  });

  it("forgets no deleted parent: an older delivery brings no line back", async () => {
    await merging.promote({ seq: 1, rows: [line(1, 1, "a", 1), line(1, 2, "b", 1)] });
    const counts = await merging.promote({ seq: 3, rows: [line(1, null, null, 9, "d")] });
    assert.deepEqual([counts.deleted, counts.vanished], ["1", "2"]);
    await merging.promote({ seq: 2, rows: [line(1, 1, "late", 5)] });
    assert.deepEqual(await shown(), []);
    await merging.promote({ seq: 4, rows: [line(1, 1, "again", 10)] });
    assert.deepEqual(await shown(), ["1/1 again"]);
    await merging.promote({ seq: 5, rows: [line(7, null, null, 9, "d")] });
    await merging.promote({ seq: 6, rows: [line(7, 1, "late", 5)] });
    assert.deepEqual(await shown(), ["1/1 again"], "nor of a parent that silver never had");
  });

  it("takes a row without a key for a parent without children only where that is declared", async () => {
    const joined = { ...lines, strategy: { ...lines.strategy, mayBeEmpty: true } };
    const empty = [line(1, null, null, 2)];
    await merging.promote({ seq: 1, rows: [line(1, 1, "a", 1)] });
    const refused = await merging.promote({ seq: 2, rows: empty });
    assert.equal(refused.quarantined, "1");
    assert.deepEqual(await shown(), ["1/1 a"]);
    const counts = await merging.promote({ seq: 3, rows: empty }, { pipeline: declared(joined) });
    assert.deepEqual([counts.quarantined, counts.vanished], ["0", "1"]);
    assert.deepEqual(await shown(), []);
  });

  it("holds all lines of an order back where one of them is bad, so that silver never has half of it", async () => {
    await merging.promote({ seq: 1, rows: [line(1, 1, "a", 1), line(1, 2, "b", 1)] });
    const bad = { ...line(1, 2, null, 2) };
    const counts = await merging.promote({
      seq: 2,
      rows: [line(1, 1, "a2", 2), bad, line(1, 3, "c", 2), line(2, 1, "ok", 2)],
    });
    assert.deepEqual(await shown(), ["1/1 a", "1/2 b", "2/1 ok"]);
    assert.deepEqual([counts.quarantined, counts.promoted, counts.vanished], ["3", "1", "0"]);
    assert.deepEqual(
      (await merging.quarantine()).map(({ reason }) => reason),
      ["another row of its parent is bad", "sku: missing", "another row of its parent is bad"],
    );
  });

  it("leaves silver as if each batch had come in its turn, whatever the order (200 orders, 10 rounds)", async function () {
    this.timeout(60_000);
    const delivery = fc.record({
      order: fc.integer({ min: 1, max: 200 }),
      lines: fc.uniqueArray(fc.integer({ min: 1, max: 5 }), { maxLength: 5 }),
      deletes: fc.constantFrom(false, false, false, true),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(delivery, { minLength: 1, maxLength: 40 }), { minLength: 2, maxLength: 4 }),
        fc.infiniteStream(fc.nat()),
        async (batches, random) => {
          let version = 0;
          const rows = batches.map((batch) =>
            batch.flatMap(({ order, lines: numbers, deletes }): BronzeRow[] => {
              version++;
              const changed_at = new Date(Date.UTC(2024, 0, 1) + version * 1000).toISOString();
              return deletes || numbers.length === 0
                ? [{ ...line(order, null, null, 0, "d"), changed_at }]
                : numbers.map((number) => ({ ...line(order, number, `v${version}`, 0), changed_at }));
            }),
          );
          const [inTurn, anyOrder] = [await openMerging(declared(lines)), await openMerging(declared(lines))];
          for (const [seq, each] of rows.entries()) await inTurn.promote({ seq: seq + 1, rows: each });
          const order = rows.map((_, seq) => ({ seq, by: random.next().value as number }));
          for (const { seq } of order.sort((a, b) => a.by - b.by)) {
            const counts = await anyOrder.promote({ seq: seq + 1, rows: rows[seq] ?? [] });
            const of = (name: string) => Number(counts[name]);
            assert.equal(
              of("landed"),
              of("quarantined") + of("repeated") + of("unchanged") + of("promoted"),
              JSON.stringify(counts),
            );
          }
          assert.deepEqual(await shown(anyOrder), await shown(inTurn));
          const before = await anyOrder.silverAudit();
          await anyOrder.promote({ seq: 1, rows: rows[0] ?? [] }, { replay: true });
          assert.deepEqual(await anyOrder.silverAudit(), before, "a replay changed something");
        },
      ),
      { numRuns: 10 },
    );
  });
});

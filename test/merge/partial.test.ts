import assert from "node:assert/strict";
import fc from "fast-check";
import { type BronzeRow, declared } from "../sql/support.ts";
import { type Merging, openMerging } from "./harness.ts";

const profiles = declared({
  name: "profiles",
  source: { kind: "files", connection: "inbox" },
  columns: {
    id: { type: "integer" },
    name: { type: "text", required: true },
    email: { type: "text" },
    score: { type: "integer" },
    op: { type: "text" },
    lsn: { type: "integer" },
  },
  strategy: {
    kind: "upsert",
    key: ["id"],
    version: ["lsn"],
    partial: true,
    deletedWhen: { column: "op", in: ["d"] },
  },
});

/** An image with only these fields, as bronze keeps it: the columns, and the record that lacks some. */
function image(fields: Record<string, string | number | null>): BronzeRow {
  const text = (name: string) => {
    const value = fields[name];
    return value === undefined || value === null ? null : String(value);
  };
  const columns = Object.keys(profiles.columns);
  const row = Object.fromEntries(columns.map((name) => [name, text(name)]));
  return columns.every((name) => name in fields) ? row : { ...row, _record: JSON.stringify(fields) };
}

describe("folding images that carry only some columns", () => {
  let merging: Merging;
  beforeEach(async () => {
    merging = await openMerging(profiles);
  });

  const shown = async (of = merging) =>
    (await of.silver()).map(
      ({ id, name, email, score, _deleted }) =>
        `${id} ${name ?? "-"} ${email ?? "-"} ${score ?? "-"}${_deleted ? " deleted" : ""}`,
    );

  it("leaves what an image does not carry, and clears what it says is null", async () => {
    await merging.promote({ seq: 1, rows: [image({ id: 1, name: "Ann", email: "a@x", score: 7, lsn: 1 })] });
    await merging.promote({ seq: 2, rows: [image({ id: 1, score: 8, lsn: 2 })] });
    assert.deepEqual(await shown(), ["1 Ann a@x 8"]);
    await merging.promote({ seq: 3, rows: [image({ id: 1, email: null, lsn: 3 })] });
    assert.deepEqual(await shown(), ["1 Ann - 8"]);
  });

  it("would lose them if images were taken for whole rows", async () => {
    const whole = await openMerging(
      declared({ ...profiles, strategy: { kind: "upsert", key: ["id"], version: ["lsn"] } }),
    );
    await whole.promote({
      seq: 1,
      rows: [image({ id: 1, name: "Ann", email: "a@x", score: 7, op: null, lsn: 1 })],
    });
    await whole.promote({ seq: 2, rows: [image({ id: 1, name: "Ann", lsn: 2 })] });
    assert.deepEqual(await shown(whole), ["1 Ann - -"]);
  });

  it("takes a late image for the columns that nothing later has set", async () => {
    await merging.promote({ seq: 1, rows: [image({ id: 1, name: "Ann", email: "a@1", score: 1, lsn: 1 })] });
    await merging.promote({ seq: 3, rows: [image({ id: 1, score: 3, lsn: 3 })] });
    const counts = await merging.promote({
      seq: 2,
      rows: [image({ id: 1, email: "a@2", score: 2, lsn: 2 })],
    });
    assert.deepEqual(await shown(), ["1 Ann a@2 3"]);
    assert.equal(counts.promoted, "1");
  });

  it("folds several images of one key within a batch, each column by its last", async () => {
    const counts = await merging.promote({
      seq: 1,
      rows: [
        image({ id: 1, score: 2, lsn: 3 }),
        image({ id: 1, name: "Ann", email: "a@x", score: 1, lsn: 1 }),
        image({ id: 1, email: null, lsn: 2 }),
      ],
    });
    assert.deepEqual(await shown(), ["1 Ann - 2"]);
    assert.deepEqual([counts.landed, counts.promoted, counts.repeated], ["3", "1", "2"]);
  });

  it("lets a delete that carries only key and version take everything, and nothing of it comes back", async () => {
    await merging.promote({ seq: 1, rows: [image({ id: 1, name: "Ann", email: "a@x", score: 7, lsn: 1 })] });
    await merging.promote({ seq: 2, rows: [image({ id: 1, op: "d", lsn: 2 })] });
    assert.deepEqual(await shown(), ["1 - - - deleted"]);
    await merging.promote({ seq: 3, rows: [image({ id: 1, name: "Anew", op: "u", lsn: 3 })] });
    assert.deepEqual(await shown(), ["1 Anew - -"]);
    await merging.promote({ seq: 4, rows: [image({ id: 1, email: "late@x", lsn: 1 })] });
    assert.deepEqual(await shown(), ["1 Anew - -"], "an image from before the delete sets nothing");
  });

  it("asks for a required column only where an image says it is null", async () => {
    const counts = await merging.promote({
      seq: 1,
      rows: [image({ id: 1, email: "a@x", lsn: 1 }), image({ id: 2, name: null, lsn: 1 })],
    });
    assert.equal(counts.quarantined, "1");
    assert.deepEqual(
      (await merging.quarantine()).map(({ reason }) => reason),
      ["name: missing"],
    );
  });

  it("orders negative and long versions as numbers", async () => {
    await merging.promote({
      seq: 1,
      rows: [image({ id: 1, name: "b", lsn: "9" }), image({ id: 2, name: "b", lsn: "-1" })],
    });
    await merging.promote({
      seq: 2,
      rows: [image({ id: 1, name: "c", lsn: "10" }), image({ id: 2, name: "a", lsn: "-2" })],
    });
    assert.deepEqual(await shown(), ["1 c - -", "2 b - -"]);
  });

  it("ends in the same row whatever order images come in (60 keys, 12 rounds)", async function () {
    this.timeout(60_000);
    const change = fc.record({
      id: fc.integer({ min: 1, max: 60 }),
      fields: fc.subarray(["name", "email", "score"]),
      value: fc.option(fc.integer({ min: 0, max: 9 }), { nil: null }),
      deletes: fc.constantFrom(false, false, false, false, true),
      lsn: fc.integer({ min: -3, max: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(change, { minLength: 1, maxLength: 60 }), { minLength: 2, maxLength: 4 }),
        fc.infiniteStream(fc.nat()),
        async (batches, random) => {
          const rows = batches.map((batch) =>
            batch.map(({ id, fields, value, deletes, lsn }) =>
              image({
                id,
                lsn,
                ...(deletes
                  ? { op: "d" }
                  : Object.fromEntries(
                      fields.map((name) => [name, name === "score" ? value : `${name}${value}`]),
                    )),
              }),
            ),
          );
          const [inTurn, anyOrder] = [await openMerging(profiles), await openMerging(profiles)];
          for (const [seq, each] of rows.entries()) await inTurn.promote({ seq: seq + 1, rows: each });
          const order = rows.map((_, seq) => ({ seq, by: random.next().value as number }));
          for (const { seq } of order.sort((a, b) => a.by - b.by))
            await anyOrder.promote({ seq: seq + 1, rows: rows[seq] ?? [] });
          assert.deepEqual(await anyOrder.silver(), await inTurn.silver());
          assert.deepEqual(await shown(anyOrder), folded(rows), "and as folding by hand says");
          const before = await anyOrder.silverAudit();
          await anyOrder.promote({ seq: 1, rows: rows[0] ?? [] }, { replay: true });
          assert.deepEqual(await anyOrder.silverAudit(), before, "a replay changed something");
        },
      ),
      { numRuns: 12 },
    );
  });
});

/** The oracle: every image in its order, field by field. */
function folded(batches: BronzeRow[][]): string[] {
  const images = batches
    .flatMap((rows, seq) => rows.map((row, at) => ({ row, seq, at })))
    .sort((a, b) => Number(a.row.lsn) - Number(b.row.lsn) || a.seq - b.seq || a.at - b.at);
  const found = new Map<string, Record<string, string | null>>();
  for (const { row } of images) {
    const id = row.id as string;
    const carried = JSON.parse(row._record ?? "{}") as Record<string, unknown>;
    if (row.op === "d") found.set(id, { name: null, email: null, score: null, deleted: "yes" });
    else {
      const before = { ...(found.get(id) ?? { name: null, email: null, score: null }), deleted: null };
      const now = Object.fromEntries(
        ["name", "email", "score"].filter((name) => name in carried).map((name) => [name, row[name] ?? null]),
      );
      found.set(id, { ...before, ...now });
    }
  }
  return [...found]
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(
      ([id, { name, email, score, deleted }]) =>
        `${id} ${name ?? "-"} ${email ?? "-"} ${score ?? "-"}${deleted ? " deleted" : ""}`,
    );
}

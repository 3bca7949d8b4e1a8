import assert from "node:assert/strict";
import fc from "fast-check";
import type { Manifest } from "#core/batch";
import { keys, warehouseNames } from "#core/names";
import { batchOfKey, planLeases, planObjects, planPuts, planScratch, planTables } from "#janitor/plan";

const at = "2024-01-10T00:00:00.000Z";
const lying = (key: string) => ({ key, bytes: 10, changedAt: at });
const part = (attempt: string, name: string, seq = 1, pipeline = "orders") =>
  keys.part(pipeline, at, seq, attempt, name);

function manifestOf(parts: string[], originals: string[] = [], seq = 1): Manifest {
  return {
    ...{ format: 1, batchId: `orders.${String(seq).padStart(6, "0")}`, pipeline: "orders", seq },
    ...{ release: "r", attempt: "won", columns: [], rows: 1, bytes: 1, source: { requests: 0, bytes: 0 } },
    parts: parts.map((key) => ({ name: key, key, rows: 1, bytes: 1 })),
    files: originals.map((originalKey) => ({
      ...{
        path: "a.csv",
        bytes: 1,
        etag: "1",
        modifiedAt: "2024-01-01T00:00:00.000Z",
        status: "landed" as const,
      },
      originalKey,
    })),
  };
}

describe("which objects of a batch are orphans", () => {
  it("those that its manifest names neither as a part nor as an original", () => {
    const [won, original, lost] = [part("won", "p.parquet"), part("won", "a.csv"), part("lost", "p.parquet")];
    const orphans = planObjects(manifestOf([won], [original]), [won, original, lost].map(lying));
    assert.deepEqual(
      orphans.map(({ where, why }) => [where, why]),
      [[lost, "batch orders.000001 was won by another attempt, won"]],
    );
  });

  it("none while no attempt has won: a paused one may still do so", () => {
    assert.deepEqual(planObjects(null, [lying(part("paused", "p.parquet"))]), []);
  });

  it("none where an object that the manifest names is missing: the others may be what mends the batch", () => {
    const manifest = manifestOf([part("won", "1.parquet"), part("won", "2.parquet")]);
    assert.deepEqual(
      planObjects(manifest, [lying(part("won", "1.parquet")), lying(part("lost", "2.parquet"))]),
      [],
    );
  });

  it("all of a batch that was found empty", () => {
    const lost = part("lost", "p.parquet");
    assert.deepEqual(
      planObjects(manifestOf([]), [lying(lost)]).map(({ where }) => where),
      [lost],
    );
  });

  it("never a plan, a manifest, a release, another batch's or another pipeline's, or what lies elsewhere", () => {
    const others = [
      keys.plan("orders", 1),
      keys.manifest("orders", 1),
      keys.release("ab"),
      part("lost", "p.parquet", 2),
      part("lost", "p.parquet", 1, "orders2"),
      "raw/orders/ingest_date=2024-01-10/000001/loose.parquet",
      "raw/orders/ingest_date=2024-01-10/000001/lost/deeper/p.parquet",
      "raw/orders/ingest_date=2024-01-10/1000001/lost/p.parquet",
      "raw/orders/ingest_date=2024-01-10/0000001/lost/p.parquet",
    ];
    assert.deepEqual(planObjects(manifestOf([]), others.map(lying)), []);
  });

  it("whatever lies there, never one that a manifest names, and always one of the batch that it does not", () => {
    const name = fc.constantFrom("won", "lost", "paused", "a", "b");
    const object = fc.record({ attempt: name, file: name, seq: fc.constantFrom(1, 2, 1_000_001) });
    fc.assert(
      fc.property(
        fc.uniqueArray(object, { selector: (each) => JSON.stringify(each) }),
        fc.func(fc.constantFrom("part", "original", "neither")),
        fc.constantFrom(1, 2),
        (objects, role, seq) => {
          const all = objects.map((each) => ({ ...each, key: part(each.attempt, each.file, each.seq) }));
          const named = (as: string) =>
            all.filter((each) => each.seq === seq && role(each.key) === as).map(({ key }) => key);
          const manifest = manifestOf(named("part"), named("original"), seq);
          const orphans = planObjects(
            manifest,
            all.map(({ key }) => lying(key)),
          );
          assert.deepEqual(orphans.map(({ where }) => where).sort(), named("neither").sort());
        },
      ),
      { numRuns: 300 },
    );
  });

  it("a key's batch is read as it was written, for any batch and attempt", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000_000 }),
        fc.stringMatching(/^[a-z0-9-]+$/),
        (seq, attempt) => {
          assert.deepEqual(batchOfKey("orders", part(attempt, "p.parquet", seq)), { seq, attempt });
        },
      ),
    );
  });
});

describe("which leases are orphans", () => {
  const of = (...objects: string[]) => planLeases("orders", objects.map(lying)).map(({ where }) => where);
  const lease = (epoch: number) => keys.lease("orders", epoch);
  const beat = (epoch: number) => keys.leaseBeat("orders", epoch);

  it("those below the newest epoch, with their beats; the newest and its beat stay", () => {
    assert.deepEqual(of(lease(1), beat(1), lease(2), lease(10), beat(10)), [lease(1), beat(1), lease(2)]);
  });

  it("a beat without a lease, below the newest; never one above it", () => {
    assert.deepEqual(of(beat(1), lease(2), beat(3)), [beat(1)]);
  });

  it("none where there is one, or none at all", () => {
    assert.deepEqual(of(lease(7), beat(7)), []);
    assert.deepEqual(of(beat(7)), []);
    assert.deepEqual(of(), []);
  });

  it("never what is no lease of this pipeline", () => {
    assert.deepEqual(of(keys.lease("orders2", 1), "state/leases/orders/notes.json", lease(5)), []);
  });
});

describe("which tables, puts and scratch folders are orphans", () => {
  const now = "2024-01-10T00:00:00.000Z";
  const old = "2024-01-08T23:59:59.000Z";
  const young = "2024-01-09T00:00:01.000Z";
  const toCome = "2031-01-01T00:00:00.000Z";

  it("the tables of promoted batches that stand; not those of open batches or of other pipelines", () => {
    const standing = ["orders__000001", "orders__000003", "orders__000003__checked", "orders__000004"];
    const others = ["orders2__000001", "order__000001"];
    const orphans = planTables(
      warehouseNames("commerce"),
      "orders",
      [1, 2, 3].map((seq) => ({ seq, promotedAt: at })),
      new Set([...standing, ...others]),
    );
    assert.deepEqual(
      orphans.map(({ where }) => where),
      ["raw.orders__000001", "raw.orders__000003", "raw.orders__000003__checked"],
    );
  });

  it("puts begun more than a day ago; not younger ones, nor ones of a time to come", () => {
    const puts = [old, young, toCome].map((changedAt) => ({ id: changedAt, bytes: 1, changedAt }));
    assert.deepEqual(
      planPuts(puts, now).map(({ where }) => where),
      [old],
    );
  });

  it("scratch of processes that are gone, unchanged for a day; not of living ones, nor young ones", () => {
    const folders = [old, young, toCome].flatMap((changedAt) =>
      ["gone", "living"].map((owner) => ({ folder: `${owner} ${changedAt}`, owner, bytes: 1, changedAt })),
    );
    assert.deepEqual(
      planScratch(folders, now, (owner) => owner === "gone").map(({ where }) => where),
      [`gone ${old}`],
    );
  });
});

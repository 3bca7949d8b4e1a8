import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { runCheck } from "#check/run";
import { keys } from "#core/names";
import { readHint, writeHint } from "#ledger/hint";
import { openTeamLedger } from "#ledger/lake";
import { readLedger } from "#ledger/watermark";
import { runLoad } from "#load/run";
import { runMerge } from "#merge/run";
import { runWindow } from "#window/run";
import { events } from "../sql/fixtures.ts";
import { land, openWorld, putRelease, stateOf, type TestWorld } from "../sql/support.ts";

const rows = [1, 2, 3].map((n) => ({ device: `d${n}`, at: "2024-02-01T00:00:00Z", reading: "1" }));
const cutShort = new TextEncoder().encode('{"format":1,"bat');

describe("a lake in which something was damaged", () => {
  let world: TestWorld;
  let hash: string;
  beforeEach(async () => {
    world = await openWorld();
    ({ hash } = await putRelease(world.lake, events));
  });
  afterEach(() => world.close());

  const damaged = (what: RegExp) => ({ code: "store.damaged", blame: "data", message: what });
  const put = (key: string) => world.lake.put(key, cutShort);

  it("is told apart from a bug: a plan cut short", async () => {
    await land(world, events, hash, { seq: 1, rows });
    await put(keys.plan("events", 1));
    await assert.rejects(
      runLoad(stateOf(events, hash, 1), world),
      damaged(/Object raw\/events\/plans\/000001.json in the lake is no JSON/),
    );
  });

  it("is told apart from a bug: a manifest cut short", async () => {
    await land(world, events, hash, { seq: 1, rows });
    await put(keys.manifest("events", 1));
    await assert.rejects(
      runLoad(stateOf(events, hash, 1), world),
      damaged(/manifests\/000001.json in the lake is no JSON/),
    );
  });

  it("is told apart from a bug: a release cut short", async () => {
    await put(keys.release(hash));
    await assert.rejects(
      runWindow(stateOf(events, hash, 0, { epoch: 0 }), world),
      damaged(/state\/releases\/.* is no JSON[\s\S]*Restore the object/),
    );
  });

  it("is told apart from a bug: a lease cut short", async () => {
    await put(keys.lease("events", 1));
    await assert.rejects(
      runWindow(stateOf(events, hash, 0, { epoch: 0 }), world),
      damaged(/leases\/events\/000000001.json in the lake is no JSON/),
    );
  });

  it("is noticed by its row count: a part replaced by another", async () => {
    await land(world, events, hash, { seq: 1, rows });
    const { manifest } = await land(world, events, hash, { seq: 2, rows: rows.slice(0, 2) });
    const part = keys.part("events", "2024-03-01T06:00:00.000Z", 1, "attempt-0", "s001-00001.parquet");
    await world.lake.put(part, (await world.lake.get(manifest.parts[0]?.key ?? "")) as Uint8Array);
    await assert.rejects(
      runLoad(stateOf(events, hash, 1), world),
      damaged(
        /Batch events.000001 loaded 2 rows; its manifest says 3[\s\S]*nothing of the batch was promoted/,
      ),
    );
  });

  it("is told apart from a bug: a part cut short", async () => {
    const { manifest } = await land(world, events, hash, { seq: 1, rows });
    const path = world.lake.location(manifest.parts[0]?.key ?? "");
    rmSync(path);
    writeFileSync(path, "PAR1 and no more");
    await assert.rejects(runLoad(stateOf(events, hash, 1), world), damaged(/parquet/i));
  });

  it("is told apart from a bug: a part that is gone", async () => {
    const { manifest } = await land(world, events, hash, { seq: 1, rows });
    rmSync(world.lake.location(manifest.parts[0]?.key ?? ""));
    await assert.rejects(runLoad(stateOf(events, hash, 1), world), damaged(/s001-00001.parquet/));
  });

  it("costs nothing but a look into the ledger: a hint cut short, or of another shape", async () => {
    await land(world, events, hash, { seq: 1, rows });
    await runMerge(await runCheck(await runLoad(stateOf(events, hash, 1), world), world), world);
    const before = await readHint(world.lake, "events");
    assert.deepEqual(before?.done, [[1, 1]]);
    for (const text of ['{"format":1,"gen', "[]", '{"format":2}']) {
      await world.lake.put(keys.hint("events"), new TextEncoder().encode(text));
      assert.equal(await readHint(world.lake, "events"), null);
    }
    const { release } = await putRelease(world.lake, events);
    const { generation } = await openTeamLedger(world, release);
    const again = await readLedger(
      await world.warehouse("shop"),
      world.lake,
      release.names.ledger,
      "events",
      { generation, now: before?.readAt ?? "" },
    );
    // Which run promoted last is no matter of the ledger: without it the models are looked at once more.
    const { promotedBy: _, ...known } = before ?? {};
    assert.deepEqual(again, known);
  });

  it("cannot hide that the warehouse was replaced", async () => {
    await land(world, events, hash, { seq: 1, rows });
    await writeHint(world.lake, "events", {
      format: 1,
      generation: "of before",
      intervals: [],
      done: [[1, 1]],
      empty: [],
      files: {},
      readAt: world.clock.now(),
    });
    await assert.rejects(runLoad(stateOf(events, hash, 1), world), {
      code: "ledger.generation",
      blame: "transient",
      message:
        /The warehouse of pipeline "events" was replaced since its last run[\s\S]*promoted again from bronze, with no call to the source/,
    });
    assert.deepEqual((await readHint(world.lake, "events"))?.done, []);
    assert.equal((await runLoad(stateOf(events, hash, 1), world)).next, "check");
  });
});

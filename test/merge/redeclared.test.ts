import assert from "node:assert/strict";
import { runCheck } from "#check/run";
import type { Pipeline } from "#firn";
import { runLoad } from "#load/run";
import { runMerge } from "#merge/run";
import {
  type BronzeRow,
  declared,
  land,
  openWorld,
  putRelease,
  stateOf,
  type TestWorld,
} from "../sql/support.ts";

const source = { kind: "files", connection: "inbox" };
const columns = {
  id: { type: "integer" },
  name: { type: "text" },
  n: { type: "integer" },
  day: { type: "date" },
};
const byId = { kind: "upsert", key: ["id"], version: ["n"] };
const rows: BronzeRow[] = [{ id: "1", name: "Ann", n: "1", day: "2024-01-01" }];

describe("a pipeline that is declared anew over the rows it has", () => {
  let world: TestWorld;
  beforeEach(async () => {
    world = await openWorld();
    await promote(1, { columns, strategy: byId });
  });
  afterEach(() => world.close());

  for (const [what, strategy] of [
    ["another key", { ...byId, key: ["id", "name"] }],
    ["another version", { ...byId, version: ["n", "day"] }],
    ["another strategy", { kind: "append", ids: ["id"], rememberDays: 30 }],
  ] as const) {
    it(`is refused with ${what}, before a row is doubled`, async () => {
      await assert.rejects(promote(2, { columns, strategy }), {
        code: "declare.invalid",
        message: /was made by upsert by id with version n, but is declared as .*remove the warehouse/s,
      });
      assert.equal((await silver()).length, 1);
    });
  }

  it("is refused with another type, and gets no new column either", async () => {
    const retyped = { ...columns, name: { type: "integer" }, added: { type: "text" } };
    await assert.rejects(promote(2, { columns: retyped, strategy: byId }), {
      code: "declare.invalid",
      message: /Column "name" of silver table "people" is VARCHAR, but is declared integer/,
    });
    assert.deepEqual(
      (await silver()).map((row) => "added" in row),
      [false],
    );
  });

  it("goes on with a new column and another expectation", async () => {
    const more = { ...columns, added: { type: "text" } };
    await promote(2, {
      columns: more,
      strategy: byId,
      expectations: [{ kind: "not_null", column: "name" }],
    });
    assert.deepEqual(
      (await silver()).map(({ id, n, added }) => [Number(id), Number(n), added]),
      [[1, 2, null]],
    );
  });

  it("is not promoted by rows that a run of the older declaration has checked meanwhile", async () => {
    const [older, newer] = [{ name: { type: "text" } }, { name: { type: "text", from: "Name" } }].map(
      (name) => declared({ name: "people", source, columns: { ...columns, ...name }, strategy: byId }),
    ) as [Pipeline, Pipeline];
    const { hash: olderHash } = await putRelease(world.lake, older);
    const { hash } = await putRelease(world.lake, newer);
    await land(world, newer, hash, { seq: 2, rows: rows.map((row) => ({ ...row, n: "2" })) });
    const state = await runCheck(await runLoad(stateOf(newer, hash, 2, { epoch: 3 }), world), world);
    // It was paused, was taken over, and wakes.
    await runCheck(stateOf(older, olderHash, 2, { epoch: 2 }), world);
    await assert.rejects(runMerge(state, world), { code: "lease.lost" });
    assert.deepEqual(
      (await silver()).map(({ n }) => Number(n)),
      [1],
    );
    await runMerge(await runCheck(await runLoad({ ...state, next: "load" }, world), world), world);
    assert.deepEqual(
      (await silver()).map(({ n }) => Number(n)),
      [2],
    );
  });

  async function promote(seq: number, declaration: Record<string, unknown>): Promise<void> {
    const pipeline = declared({ name: "people", source, ...declaration });
    const { hash } = await putRelease(world.lake, pipeline);
    await land(world, pipeline, hash, { seq, rows: rows.map((row) => ({ ...row, n: String(seq) })) });
    await runMerge(await runCheck(await runLoad(stateOf(pipeline, hash, seq), world), world), world);
  }

  async function silver() {
    return (await world.warehouse("shop")).query("SELECT * FROM silver.people");
  }
});

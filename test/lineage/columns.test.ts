import { strict as assert } from "node:assert";
import { probes, showing, snowflakeProbes, unknowns } from "./queries.ts";
import { flowsOf } from "./support.ts";

describe("the columns a model's columns come from", () => {
  for (const { claim, sql, flows } of probes) {
    it(claim, async () => assert.deepEqual(await flowsOf(sql), flows));
  }
});

describe("columns whose origin cannot be told are unknown, not without one", () => {
  for (const { claim, sql, flows } of unknowns) {
    it(claim, async () => assert.deepEqual(await flowsOf(sql), flows));
  }
});

describe("the columns a model's columns come from, in Snowflake's SQL", () => {
  for (const { claim, sql, flows } of snowflakeProbes) {
    it(claim, async () => assert.deepEqual(await flowsOf(sql, "snowflake"), flows));
  }

  it("hold for what both dialects have", async () => {
    const told = probes.map(async ({ sql, flows }) => ({ flows, found: await flowsOf(sql, "snowflake") }));
    const same = (await Promise.all(told)).filter(({ flows, found }) => found.join() === flows.join());
    assert.ok(same.length >= 40, `Only ${same.length} of ${probes.length} are the same.`);
  });
});

describe("a column flows into an expression, however it is written", () => {
  for (const each of showing) {
    it(each, async () => {
      for (const dialect of ["duckdb", "snowflake"] as const) {
        const [flow = ""] = await flowsOf(`select ${each} as v from {learners} l`, dialect);
        assert.match(flow, /learners\.(email|profile)/, dialect);
      }
    });
  }
});

import { strict as assert } from "node:assert";
import { probes, unknowns } from "./queries.ts";
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

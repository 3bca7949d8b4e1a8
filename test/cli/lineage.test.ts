import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { openBench } from "./support.ts";

describe("firn lineage", function () {
  this.timeout(30_000);
  const bench = openBench();
  after(() => bench.close());

  it("tells what a column is made of and what uses it, before anything was ever built", async () => {
    const { code, stdout, stderr } = await bench.firn("lineage", "stg_learner_activity.learner_id");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^stg_learner_activity\.learner_id \(PII\)$/m);
    assert.match(stdout, /^ +1 +silver\.learner_activity\.learner_id +its value +PII$/m);
    assert.match(stdout, /^ +2 +students_history\.dbt_scd_id +its value +PII$/m);
    assert.match(stdout, /^ +1 +daily_engagement +decides which rows there are$/m);
    assert.equal(existsSync(bench.world), false);
  });

  it("goes one way, and as far as it is told to", async () => {
    const { stdout } = await bench.firn(
      "lineage",
      "monthly_revenue.revenue",
      "--up",
      "--depth",
      "1",
      "--json",
    );
    const { of, up, down } = JSON.parse(stdout);
    assert.equal(of.label, "monthly_revenue.revenue");
    assert.deepEqual(
      up.reached.map(({ label, depth }: { label: string; depth: number }) => [label, depth]),
      [["daily_revenue.revenue", 1]],
    );
    assert.equal(down, undefined);
  });

  it("without a name, tells every column with PII and the way it took", async () => {
    const { code, stdout } = await bench.firn("lineage");
    assert.equal(code, 0);
    assert.match(
      stdout,
      /^students\.learner_id +silver\.learner_activity\.learner_id -> stg_learner_activity\.learner_id -> students\.learner_id$/m,
    );
  });

  it("keeps to one team where it is told to", async () => {
    const commerce = await bench.firn("lineage", "--team", "commerce");
    assert.match(commerce.stdout, /^No column of gold holds PII\.$/m);
    const other = await bench.firn("lineage", "students", "--team", "commerce");
    assert.equal(other.code, 2);
  });

  it("refuses a name that is none, and tells the nearest", async () => {
    const { code, stderr } = await bench.firn("lineage", "stg_orders.amont");
    assert.equal(code, 2);
    assert.match(stderr, /cli\.usage/);
    assert.match(stderr, /Did you mean stg_orders\.amount\?/);
  });
});

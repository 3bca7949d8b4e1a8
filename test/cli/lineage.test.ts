import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { FirnError } from "#core/errors";
import { type LineageOptions, lineage } from "../../runtime/cli/lineage.ts";
import { openBench } from "./support.ts";

describe("firn lineage", function () {
  this.timeout(60_000);
  const bench = openBench();
  after(() => bench.close());

  /** Most claims are checked in this process: opening the SQL parser costs seconds each time. */
  const ask = (name: string | undefined, options: LineageOptions = {}) =>
    lineage(name, options, {
      json: false,
      debug: false,
      folder: bench.world,
      environment: "local",
      command: "firn",
    });

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
    const { document } = await ask("monthly_revenue.revenue", { up: true, depth: 1 });
    const { of, up, down } = document as Record<string, { label: string; reached: { label: string }[] }>;
    assert.equal(of?.label, "monthly_revenue.revenue");
    assert.deepEqual(
      up?.reached.map(({ label }) => label),
      ["daily_revenue.revenue"],
    );
    assert.equal(down, undefined);
  });

  it("without a name, tells every column with PII and the way it took", async () => {
    const { lines } = await ask(undefined);
    assert.match(
      lines.join("\n"),
      /^students\.learner_id +silver\.learner_activity\.learner_id -> stg_learner_activity\.learner_id -> students\.learner_id$/m,
    );
  });

  it("keeps to one team where it is told to", async () => {
    const { lines } = await ask(undefined, { team: "commerce" });
    assert.deepEqual(lines, ["No column of gold holds PII."]);
    await assert.rejects(ask("students", { team: "commerce" }), /There is no table or column "students"/);
  });

  it("refuses a name that is none, and tells the nearest", async () => {
    await assert.rejects(ask("stg_orders.amont"), (error: unknown) => {
      assert.ok(error instanceof FirnError && error.code === "cli.usage");
      assert.match(error.fix, /Did you mean stg_orders\.amount\?/);
      return true;
    });
  });
});

import assert from "node:assert/strict";
import { soak } from "./soak.ts";

describe("four days of four pipelines with outages, kills, drifting schemas and a lost warehouse", function () {
  this.timeout(120_000);
  const seed = Date.now() % 1_000_000;
  before(() => console.log(`      seed ${seed}`));

  it("lose no row, double none, and quarantine exactly the bad ones", async () => {
    const { delivered, quarantined, troubles } = await soak(seed, 4);
    assert.ok(
      delivered > 500 && quarantined > 20,
      `${delivered} rows, ${quarantined} of them bad: this proves little`,
    );
    assert.equal(troubles["warehouses removed"], 1);
  });
});

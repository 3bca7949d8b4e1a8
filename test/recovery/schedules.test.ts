import assert from "node:assert/strict";
import { type Labs, live, openLabs, planSchedule } from "./schedules.ts";

const seed = 20240115;
const schedules = 16;

describe("a run killed at random, and killed again while it recovers", function () {
  this.timeout(60_000);
  let labs: Labs;

  before(() => {
    labs = openLabs();
  });

  after(() => labs.close());

  it(`ends in the same silver, quarantine and ledger (${schedules} schedules of seed ${seed})`, async () => {
    let twice = 0;
    for (let k = 0; k < schedules; k++) {
      const lab = await labs.of(k);
      const { deaths } = await live(lab, planSchedule(lab, seed, k)).catch((error: Error) => {
        throw new Error(
          `npm run prove -- --only recovery --seed ${seed} --schedule ${k}\n${error.message}\n${(error.cause as Error).message}`,
        );
      });
      if (deaths.filter((death) => !death.startsWith("nothing")).length > 1) twice++;
    }
    assert.ok(twice > schedules / 3, `only ${twice} were killed twice`);
  });

  it("leaves no table of a promoted batch behind, wherever it dies while it removes them", async () => {
    const lab = await labs.of(0);
    for (const again of [
      { at: "store.put state/hints/", when: "after" },
      { at: 'warehouse.run DROP TABLE IF EXISTS "raw".', when: "before" },
      { at: 'warehouse.run DROP TABLE IF EXISTS "raw".', when: "after" },
    ] as const)
      await live(lab, { day: 2, kills: [{ at: "warehouse.promote", when: "after" }, again], goesOn: false });
  });
});

import assert from "node:assert/strict";
import { type Lab, openLab } from "./lab.ts";
import { live, planSchedule } from "./schedules.ts";

const seed = 20240115;
const schedules = 12;

describe("a run killed at random, and killed again while it recovers", function () {
  this.timeout(60_000);
  let lab: Lab;

  before(async () => {
    lab = await openLab();
  });

  after(() => lab.close());

  it(`ends in the same silver, quarantine and ledger (${schedules} schedules of seed ${seed})`, async () => {
    let twice = 0;
    for (let k = 0; k < schedules; k++) {
      const { deaths } = await live(lab, planSchedule(seed, k)).catch((error: Error) => {
        throw new Error(
          `npm run prove -- --only recovery --seed ${seed} --schedule ${k}\n${error.message}\n${(error.cause as Error).message}`,
        );
      });
      if (deaths.filter((death) => !death.startsWith("nothing")).length > 1) twice++;
    }
    assert.ok(twice > schedules / 3, `only ${twice} were killed twice`);
  });
});

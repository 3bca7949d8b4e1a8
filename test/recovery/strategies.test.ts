import assert from "node:assert/strict";
import { openLab } from "./lab.ts";
import { killOnce } from "./single.ts";
import { days, singles } from "./small.ts";

describe("a run of any strategy and source, killed once", function () {
  this.timeout(120_000);

  // A third of the disks each, another third for the next run: they differ in little but the promotion.
  // `npm run prove -- --only recovery --every` takes all.
  for (const [at, run] of singles.entries())
    it(`recovers to the same silver, quarantine and ledger: ${run.name}`, async () => {
      const lab = await openLab(run);
      const killed = { kills: 0, disks: 0 };
      for (const day of days) {
        const { kills, disks, failures } = await killOnce(lab, day, { first: at % 3, of: 3 });
        killed.kills += kills.length;
        killed.disks += disks;
        assert.deepEqual(failures, []);
      }
      console.log(`      ${killed.kills} kills leave ${killed.disks} different disks`);
      await lab.close();
    });
});

import assert from "node:assert/strict";
import { discard } from "../support/worlds.ts";
import { type Lab, openLab } from "./lab.ts";
import { readOutcome } from "./outcome.ts";
import { dieAt } from "./schedules.ts";
import { killOnce } from "./single.ts";
import { days, runUntilDone, singles, teamName } from "./small.ts";

describe("a run of any strategy and source, killed once", function () {
  this.timeout(120_000);

  // A quarter of the disks each, another quarter for the next run: they differ in little but the promotion.
  // `npm run prove -- --only recovery --every` takes all.
  for (const [at, run] of singles.entries())
    describe(run.name, () => {
      let lab: Lab;
      before(async () => {
        lab = await openLab(run);
      });
      after(() => lab.close());

      it("recovers to the same silver, quarantine and ledger", async () => {
        const killed = { kills: 0, disks: 0 };
        for (const day of days) {
          const { kills, disks, failures } = await killOnce(lab, day, { first: at % 4, of: 4 });
          killed.kills += kills.length;
          killed.disks += disks;
          assert.deepEqual(failures, []);
        }
        console.log(`        ${killed.kills} kills leave ${killed.disks} different disks`);
      });

      it("gives every row the instant of its plan, though the run goes on an hour later", async () => {
        const lastPlan = lab
          .effectsOf(2)
          .findLastIndex((effect) => /putIfAbsent raw\/\w+\/plans\//.test(effect));
        const folder = await dieAt(lab, 2, { at: lastPlan + 1, when: "after" });
        const world = lab.open(folder, 2, "late", { now: "2024-01-04T01:05:00.000Z" });
        await runUntilDone(run, world, "late", 1);
        const { silver } = await readOutcome(run, world);
        await discard(world, teamName);
        assert.deepEqual(silver, lab.outcomeOf(2).silver);
      });
    });
});

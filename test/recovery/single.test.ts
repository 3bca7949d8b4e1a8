import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { discard } from "../support/worlds.ts";
import { openPhotographer, type Photo } from "./album.ts";
import { killable, wrapPorts } from "./effects.ts";
import { inParallel, type Lab, openLab, recover } from "./lab.ts";
import { days, runUntilDone, teamName } from "./small.ts";

describe("a run killed once, before or after any side effect", function () {
  this.timeout(120_000);
  let lab: Lab;
  const killed: string[] = [];

  before(async () => {
    lab = await openLab();
  });

  after(() => lab.close());

  for (const day of days) {
    it(`recovers on day ${day} to the same silver, quarantine and ledger`, async () => {
      const photos = await photograph(day);
      const kills = photos.flatMap((photo) => photo.kills);
      killed.push(...kills);
      console.log(`      ${kills.length} kills leave ${photos.length} different disks`);
      const failures: string[] = [];
      await inParallel(photos, 2, async (photo) => {
        try {
          const { runs } = await recover(lab, photo.folder, day, "recovery");
          assert.equal(runs, 1, "one more run is enough");
        } catch (error) {
          failures.push(`killed ${photo.kills[0]}: ${(error as Error).message}`);
        }
        await rm(photo.folder, { recursive: true });
      });
      assert.deepEqual(failures, []);
    });
  }

  it("was killed before and after every method of every port", () => {
    const methods = (when: string) =>
      new Set(killed.filter((each) => each.startsWith(when)).map((each) => each.split(" ")[1]));
    for (const when of ["before", "after"])
      assert.deepEqual(
        killable.filter((method) => !methods(when).has(method)),
        [],
        when,
      );
  });

  async function photograph(day: number): Promise<Photo[]> {
    const home = lab.startOf(day);
    const world = lab.open(home, day, "photographed");
    const photographer = openPhotographer(home, lab.place());
    await runUntilDone(wrapPorts(world, photographer), "photographed", 1);
    const photos = await photographer.develop();
    await discard(world, teamName);
    return photos;
  }
});

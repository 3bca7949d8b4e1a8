import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { copyFolder, discard } from "../support/worlds.ts";
import { openPhotographer, type Photo } from "./album.ts";
import { wrapPorts } from "./effects.ts";
import { inParallel, type Lab, recover } from "./lab.ts";
import { type Day, runUntilDone, teamName } from "./small.ts";

export interface KilledOnce {
  /** `before <effect>` and `after <effect>`. */
  kills: string[];
  /** How many different disks they left. */
  disks: number;
  /** Kills after which the recovery ended in something else, and in what. */
  failures: string[];
}

/**
 * Kills a day's run once before and once after each of its effects, and recovers from every disk that is left.
 *
 * @param some only one disk in `of` is recovered from, and those around a promotion, from the first effect on
 *   that is named so; other kills are not counted
 */
export async function killOnce(
  lab: Lab,
  day: Day,
  { first = 0, of = 1, from = "" }: { first?: number; of?: number; from?: string } = {},
): Promise<KilledOnce> {
  const all = await photograph(lab, day);
  const begin = all.findIndex(({ kills }) => kills.some((kill) => kill.includes(from)));
  const photos = all.filter(
    ({ kills }, at) =>
      at >= begin && (at % of === first || kills.some((kill) => kill.includes("warehouse.promote"))),
  );
  const failures: string[] = [];
  await inParallel(photos, 2, async (photo) => {
    try {
      const { runs } = await recover(lab, photo.folder, day, "recovery");
      assert.equal(runs, 1, "one more run is enough");
    } catch (error) {
      failures.push(`killed ${photo.kills[0]}: ${(error as Error).message}`);
    }
  });
  for (const { folder } of all) await rm(folder, { recursive: true });
  return { kills: photos.flatMap((photo) => photo.kills), disks: photos.length, failures };
}

async function photograph(lab: Lab, day: Day): Promise<Photo[]> {
  const home = await copyFolder(lab.startOf(day), lab.place());
  const world = lab.open(home, day, "photographed");
  const photographer = openPhotographer(home, lab.place());
  await runUntilDone(lab.run, wrapPorts(world, photographer), "photographed", 1);
  const photos = await photographer.develop();
  await discard(world, teamName);
  await rm(home, { recursive: true });
  return photos;
}

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { copyFolder } from "../support/worlds.ts";
import type { Intercept } from "./effects.ts";

/** What lay on the disk at a moment of a run, and every kill that would have left exactly that. */
export interface Photo {
  folder: string;
  /** `before <effect>` and `after <effect>`. */
  kills: string[];
}

export interface Photographer extends Intercept {
  /** Photos in order; the last one shows the run's end. */
  develop(): Promise<Photo[]>;
}

/**
 * Takes a copy of a world's folder before and after each of its effects, while nothing else happens.
 *
 * A killed process leaves its disk and nothing else, so these copies are all there is to recover from. The
 * run goes on after each, which spares running it up to the next effect again. Effects that change
 * nothing share a photo. Branches that run at once are let through one effect at a time.
 */
export function openPhotographer(home: string, albumFolder: string): Photographer {
  const photos: Photo[] = [];
  let turn: Promise<unknown> = Promise.resolve();
  let seen = "";
  let unplaced: string[] = [];

  return {
    around(effect, work) {
      const mine = turn.then(async () => {
        await take(`before ${effect}`);
        const [settled] = await Promise.allSettled([work()]);
        await take(`after ${effect}`);
        return settled;
      });
      turn = mine;
      return mine.then((settled) => {
        if (settled?.status === "rejected") throw settled.reason;
        return settled?.value as never;
      });
    },
    // Changes nothing on the disk, so its kills leave what the next effect finds.
    passing(effect) {
      unplaced.push(`before ${effect}`, `after ${effect}`);
      return true;
    },
    async develop() {
      await turn;
      await take("at the end");
      return photos;
    },
  };

  async function take(kill: string): Promise<void> {
    const now = fingerprint(home);
    if (now !== seen || photos.length === 0) {
      seen = now;
      photos.push({ folder: await copyFolder(home, join(albumFolder, String(photos.length))), kills: [] });
    }
    photos.at(-1)?.kills.push(...unplaced, kill);
    unplaced = [];
  }
}

/** Tells two states of a folder apart without reading it: names, sizes, times of the last write. */
function fingerprint(folder: string): string {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => {
      const { size, mtimeNs, ino } = statSync(path, { bigint: true });
      return `${path} ${size} ${mtimeNs} ${ino}`;
    })
    .join("\n");
}

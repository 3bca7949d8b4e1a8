import { rm } from "node:fs/promises";
import type { LocalWorld } from "#worlds/local";
import { copyFolder, discard } from "../support/worlds.ts";
import { wrapPorts } from "./effects.ts";
import { type Kill, openKiller } from "./kill.ts";
import { type Lab, openLab, recover } from "./lab.ts";
import { type Day, days, pair, runs, runUntilDone, type SmallRun, teamName } from "./small.ts";

/** One history: a day, the kills of its run and of its recoveries, and whether the days after it follow. */
export interface Schedule {
  day: Day;
  kills: Kill[];
  goesOn: boolean;
}

/** Labs of all runs, which schedules take in turn, opened as they are needed. */
export interface Labs {
  /** The lab of the k-th schedule. */
  of(k: number): Promise<Lab>;
  close(): Promise<void>;
}

export function openLabs(of: readonly SmallRun[] = runs): Labs {
  const open = new Map<SmallRun, Promise<Lab>>();
  return {
    of(k) {
      const run = of[k % of.length] ?? pair;
      const lab = open.get(run) ?? openLab(run);
      open.set(run, lab);
      return lab;
    },
    async close() {
      for (const lab of [...open.values()].reverse()) await (await lab).close();
    },
  };
}

/** The k-th schedule of a seed; always the same. */
export function planSchedule(lab: Lab, seed: number, k: number): Schedule {
  const random = openRandom(seed * 1_000_003 + k);
  const below = (n: number) => Math.floor(random() * n);
  const when = () => (random() < 0.5 ? "before" : "after") as Kill["when"];
  const day = days[below(days.length)] ?? 1;
  const effects = lab.effectsOf(day).length;
  // A recovery may have fewer effects than the day, so its kill falls more often among the first.
  const kills: Kill[] = [{ at: 1 + below(effects), when: when() }];
  kills.push({ at: 1 + Math.floor(effects * random() ** 1.5), when: when() });
  if (random() < 0.2) kills.push({ at: 1 + below(effects / 2), when: when() });
  return { day, kills, goesOn: random() < 0.3 };
}

export interface Lived {
  /** What each process died of. */
  deaths: string[];
}

/**
 * Lives through a schedule and holds what comes out against the clean run.
 *
 * Each process is killed for real: its code stops at the effect and never goes on. The next one starts on
 * a copy of what lies on the disk then.
 *
 * @throws {Error} where the result differs: the deaths, and the difference as its cause
 */
export async function live(lab: Lab, { day, kills, goesOn }: Schedule): Promise<Lived> {
  const deaths: string[] = [];
  const folders = [await copyFolder(lab.startOf(day), lab.place())];
  const worlds: LocalWorld[] = [];
  const folder = () => folders.at(-1) as string;
  try {
    for (const [at, kill] of kills.entries()) {
      const world = lab.open(folder(), day, `killed${at}`);
      worlds.push(world);
      const killer = openKiller(kill);
      const run = runUntilDone(lab.run, wrapPorts(world, killer), `killed${at}`);
      const death = await Promise.race([killer.died, run.then(() => null)]);
      deaths.push(death ?? "nothing: it was done before");
      // The dead world has its files still open, so the next one gets a copy.
      folders.push(await copyFolder(folder(), lab.place()));
    }
    await recover(lab, folder(), day, "recovery");
    for (const next of goesOn ? days.filter((each) => each > day) : [])
      await recover(lab, folder(), next, `recovery${next}`);
    return { deaths };
  } catch (error) {
    throw new Error(`${lab.run.name}, day ${day}, killed ${deaths.join(", then ")}`, { cause: error });
  } finally {
    for (const world of worlds) await discard(world, teamName);
    for (const each of folders) await rm(each, { recursive: true });
  }
}

/** What lies on the disk after a day's run that died once. */
export async function dieAt(lab: Lab, day: Day, kill: Kill): Promise<string> {
  const folder = await copyFolder(lab.startOf(day), lab.place());
  const world = lab.open(folder, day, "dead");
  const killer = openKiller(kill);
  const run = runUntilDone(lab.run, wrapPorts(world, killer), "dead");
  await Promise.race([killer.died, run]);
  const left = await copyFolder(folder, lab.place());
  await discard(world, teamName);
  await rm(folder, { recursive: true });
  return left;
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function openRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

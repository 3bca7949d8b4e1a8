import assert from "node:assert/strict";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { LocalWorld } from "#worlds/local";
import { unrefTimers } from "../support/timers.ts";
import {
  copyFolder,
  discard,
  newFolder,
  openSharedAdapters,
  openSimulatedWorld,
  type SimulatedOptions,
} from "../support/worlds.ts";
import { wrapPorts } from "./effects.ts";
import { clearGold } from "./gold.ts";
import { openKiller } from "./kill.ts";
import { type Outcome, readOutcome } from "./outcome.ts";
import { type Day, days, deliver, runUntilDone, type SmallRun, secrets, teamName } from "./small.ts";
import { startSource } from "./source.ts";

/** The clean run of each day, and worlds that start from what one left. */
export interface Lab {
  run: SmallRun;
  /** What lies on the disk before a day. */
  startOf(day: Day): string;
  /** What a day must end in. */
  outcomeOf(day: Day): Outcome;
  /** The effects of a day's run, in order. */
  effectsOf(day: Day): readonly string[];
  /** A new place for a folder. */
  place(): string;
  open(
    folder: string,
    day: Day,
    owner: string,
    more?: Partial<Pick<SimulatedOptions, "ownerIsGone" | "now">>,
  ): LocalWorld;
  close(): Promise<void>;
}

export async function openLab(run: SmallRun): Promise<Lab> {
  const restoreTimers = unrefTimers();
  const source = await startSource();
  const root = await newFolder("recovery");
  const setting = await deliver(source, join(root, "inbox"));
  const shared = openSharedAdapters(setting.environment(1), secrets);
  const outcomes = new Map<Day, Outcome>();
  const effects = new Map<Day, readonly string[]>();
  let places = 0;
  const lab: Lab = {
    run,
    startOf: (day) => join(root, `start${day}`),
    outcomeOf: (day) => outcomes.get(day) as Outcome,
    effectsOf: (day) => effects.get(day) ?? [],
    place: () => join(root, `place${++places}`),
    open: (folder, day, owner, more = {}) =>
      openSimulatedWorld(setting.environment(day), {
        folder,
        now: setting.now(day),
        owner,
        secrets,
        shared,
        ...more,
      }),
    async close() {
      await shared.close();
      source.stop();
      restoreTimers();
      await rm(root, { recursive: true });
    },
  };
  const home = lab.place();
  await mkdir(home);
  for (const day of days) {
    await copyFolder(home, lab.startOf(day));
    const world = lab.open(home, day, `clean${day}`);
    const counter = openKiller();
    await runUntilDone(run, wrapPorts(world, counter), `clean${day}`, 1);
    effects.set(day, counter.effects);
    outcomes.set(day, await readOutcome(run, world));
    await discard(world, teamName);
  }
  return lab;
}

/** Lets a new process run a day to its end on a folder, and holds what comes out against the clean run. */
export async function recover(lab: Lab, folder: string, day: Day, owner: string): Promise<{ runs: number }> {
  const world = lab.open(folder, day, owner);
  try {
    const runs = await runUntilDone(lab.run, world, owner);
    if (lab.run.builds) await clearGold(teamName, world);
    assert.deepEqual(await readOutcome(lab.run, world), lab.outcomeOf(day));
    return { runs };
  } finally {
    await discard(world, teamName);
  }
}

/** Works through items, some at a time: DuckDB works beside this thread. */
export async function inParallel<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>) {
  const left = [...items.entries()].reverse();
  const worker = async () => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) await work(next[1]);
  };
  await Promise.all(Array.from({ length: width }, worker));
}

/** Two runs at once, each in a world of its own, on one folder. */
import { rm } from "node:fs/promises";
import { setTimeout as delay, setImmediate as turn } from "node:timers/promises";
import { DuckDBInstance } from "@duckdb/node-api";
import { type Execution, runLocally, runModelsLocally } from "#orchestrate/local";
import { firstModelState, type ModelState } from "#release";
import { copyFolder, discard } from "../support/worlds.ts";
import { type Intercept, wrapPorts } from "./effects.ts";
import { openPauser } from "./kill.ts";
import type { Lab } from "./lab.ts";
import { type Outcome, readOutcome } from "./outcome.ts";
import { openRandom } from "./schedules.ts";
import { type Day, putRelease, runDay, runUntilDone, teamName } from "./small.ts";

/**
 * Lets the worlds of this process open one database file, each as a session of its own, as they would a
 * warehouse in the cloud: DuckDB lets in one process at a time.
 *
 * @returns puts things back
 */
export function shareDatabases(): () => void {
  const { create } = DuckDBInstance;
  DuckDBInstance.create = (path, options) =>
    path === undefined || path === ":memory:"
      ? create.call(DuckDBInstance, path, options)
      : DuckDBInstance.fromCache(path, options);
  return () => {
    DuckDBInstance.create = create;
  };
}

export interface Haunted {
  /** What the first run was paused before; undefined where it was done before that. */
  paused: string | undefined;
  /** How the first run ended, pipeline by pipeline. */
  first: Awaited<ReturnType<typeof runDay>>;
  /** True where the second one was disturbed, so that a third had to come. */
  disturbed: boolean;
  outcome: Outcome;
}

/**
 * Pauses a run and lets a second one take it over; the first is woken when that one is done, or while it is
 * itself paused before an effect, and then goes on to its end.
 */
export async function haunt(
  lab: Lab,
  day: Day,
  pauseBefore: number | string,
  of: {
    wakeBefore?: number | string;
    wakeAfter?: string;
    start?: typeof runDay;
    /** When the second run takes over. Default: at the first one's instant. */
    now?: string;
  } = {},
): Promise<Haunted> {
  const { wakeBefore = "its end", wakeAfter, start = runDay } = of;
  const at = of.now === undefined ? {} : { now: of.now };
  const folder = await copyFolder(lab.startOf(day), lab.place());
  const first = lab.open(folder, day, "first");
  const second = lab.open(folder, day, "second", at);
  const third = lab.open(folder, day, "third", at);
  try {
    const [sleeper, taker] = [
      openPauser(pauseBefore),
      wakeAfter === undefined ? openPauser(wakeBefore) : openPauser(wakeAfter, "after"),
    ];
    const sleeping = start(lab.run, wrapPorts(first, sleeper), "first");
    const paused = await Promise.race([sleeper.paused, sleeping.then(() => undefined)]);
    const taking = runDay(lab.run, wrapPorts(second, taker), "second");
    await Promise.race([taker.paused, taking]);
    sleeper.wake();
    const ended = await sleeping;
    taker.wake();
    const disturbed = (await taking).some(({ outcome }) => outcome !== "done");
    if (disturbed) await runUntilDone(lab.run, third, "third", 1);
    return { paused, first: ended, disturbed, outcome: await readOutcome(lab.run, third) };
  } finally {
    for (const world of [first, second, third]) await discard(world, teamName);
    await rm(folder, { recursive: true });
  }
}

type Two<S> = [Execution<S>, Execution<S>];

/**
 * Starts two runs of each pipeline, and then of gold, at the same instant on a folder, with delays around each
 * of their effects.
 */
export async function startTogether(
  lab: Lab,
  day: Day,
  folder: string,
  seed: number,
): Promise<{ runs: [Execution, Execution][]; built: Two<ModelState> | null; outcome: Outcome }> {
  const [one, other] = ["one", "other"].map((owner) =>
    lab.open(folder, day, owner, { ownerIsGone: (who) => who === "dead" }),
  ) as [ReturnType<Lab["open"]>, ReturnType<Lab["open"]>];
  try {
    const release = await putRelease(lab.run, one);
    const first = wrapPorts(one, openJitter(openRandom(seed)));
    const second = wrapPorts(other, openJitter(openRandom(seed + 1)));
    const runs: [Execution, Execution][] = [];
    for (const pipeline of lab.run.pipelines)
      runs.push(
        await Promise.all([
          runLocally({ team: teamName, pipeline, release, run: "one" }, first),
          runLocally({ team: teamName, pipeline, release, run: "other" }, second),
        ]),
      );
    const build = (run: string, ports: typeof first) =>
      runModelsLocally(firstModelState({ team: teamName, release, run }), ports);
    const built = lab.run.builds ? await Promise.all([build("one", first), build("other", second)]) : null;
    for (const { error } of [...runs.flat(), ...(built ?? [])]) if (error) throw error;
    return { runs, built, outcome: await readOutcome(lab.run, one) };
  } finally {
    for (const world of [one, other]) await discard(world, teamName);
    await rm(folder, { recursive: true });
  }
}

/** Delays before and after each effect: most of some turns of the event loop, some of milliseconds. */
function openJitter(random: () => number): Intercept {
  const wait = async () => {
    if (random() < 0.15) await delay(Math.floor(random() * 5));
    for (let turns = Math.floor(random() * 5); turns > 0; turns--) await turn();
  };
  return {
    async around(_effect, work) {
      await wait();
      const done = await work();
      await wait();
      return done;
    },
    passing: () => true,
  };
}

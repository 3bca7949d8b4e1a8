/** Lives through a history: several runs a day, with all that goes wrong in a month. */
import { mkdir, rm, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { keys } from "#core/names";
import { runLocally } from "#orchestrate/local";
import type { Ports } from "#ports";
import type { Clock } from "#ports/clock";
import { makeRelease } from "#release";
import type { LocalWorld } from "#worlds/local";
import { wrapPorts } from "../recovery/effects.ts";
import { type Kill, openKiller } from "../recovery/kill.ts";
import { openRandom } from "../recovery/schedules.ts";
import { copyFolder, discard, newFolder, openSimulatedWorld } from "../support/worlds.ts";
import { openForward } from "./forward.ts";
import { day, firstDay, type History } from "./history.ts";
import { openShop, secrets, teamName } from "./shop.ts";
import { startSource, type Weather } from "./source.ts";

export interface Life {
  /** The world at the end, when all is quiet. */
  world: LocalWorld;
  /** How far the API had come for each process there was, by its name in the attempts' names. */
  seen: Map<string, number>;
  troubles: Record<string, number>;
  close(): Promise<void>;
}

/** What a run may end in while the source has trouble. */
const expected = ["source.unavailable", "source.unreachable", "source.truncated", "source.rate_limited"];
const runsADay = 3;

/** @throws {Error} where a run fails for any other reason than the trouble it was given */
export async function live(history: History, seed: number, onDay: (day: number) => void): Promise<Life> {
  const random = openRandom(seed * 104_729 + 5);
  const below = (n: number) => Math.floor(random() * n);
  const chance = (share: number) => random() < share;
  const root = await newFolder("soak");
  const inbox = join(root, "inbox");
  const source = await startSource(history, seed, secrets.shop_token);
  const { environment, stacks } = openShop(source.address, inbox);
  const release = makeRelease(stacks.teams[0] as (typeof stacks.teams)[0]);
  const seen = new Map<string, number>();
  const troubles: Record<string, number> = {};
  let now = firstDay;
  const clock = openClock(() => now);
  const open = (folder: string, owner: string, shared?: Pick<Ports, "source" | "packer">) => {
    return openSimulatedWorld(environment, {
      folder,
      now: "",
      owner,
      secrets,
      clock,
      ...(shared && { shared }),
    });
  };
  const adapters = open(join(root, "adapters"), "adapters");
  let places = 0;
  let folder = join(root, "place0");
  await Promise.all(
    [folder, `${inbox}/clicks`, `${inbox}/sales`].map((each) => mkdir(each, { recursive: true })),
  );
  const files = [
    ...history.clicks.map((file) => ({ ...file, at: `${inbox}/clicks/${file.path}` })),
    ...history.sales.map((file) => ({ ...file, at: `${inbox}/sales/${file.path}` })),
  ];
  const forward = openForward();
  let deliveredUntil = 0;
  /** Pipelines that have not found out yet that their warehouse is another one. */
  const unaware = new Set<string>();

  const ticks = history.days * runsADay;
  let world: LocalWorld | undefined;
  try {
    for (let tick = 1; tick <= ticks; tick++) {
      await liveTick(tick);
      if (tick % runsADay === 0) onDay(tick / runsADay);
    }
    // All that was late is there by now, and nothing disturbs any more.
    now = firstDay + (history.days + 6) * day;
    await deliver();
    world = open(folder, "quiet", adapters);
    seen.set("quiet", now);
    source.set({ now, name: "quiet", mood: "calm" });
    for (let runs = 1; runs <= 2; runs++) await runAll(world, `quiet${runs}`, []);
    return { world, seen, troubles, close };
  } catch (error) {
    await close();
    throw error;
  }

  async function close(): Promise<void> {
    if (world) await discard(world, teamName);
    await adapters.close();
    await source.close();
    await rm(root, { recursive: true });
  }

  async function liveTick(tick: number): Promise<void> {
    // Some run soon after another, as a person does who looks at once.
    const soon = chance(0.35) && tick > 1;
    now = soon ? now + day / 24 : firstDay + Math.floor(((tick - random() * 0.8) * day) / runsADay);
    await deliver();
    if (chance(0.15)) now += met("clock jumps") && chance(0.5) ? 60_000 : -60_000;
    const mood: Weather["mood"] = chance(0.08) ? "down" : chance(0.4) ? "shaky" : "calm";
    if (mood === "down") met("outages");
    const allowed = mood === "calm" ? [] : [...expected];
    if (tick === Math.ceil(ticks * 0.55)) {
      met("warehouses removed");
      await rm(join(folder, "warehouse"), { recursive: true, force: true });
      for (const { name } of release.release.pipelines) unaware.add(name);
      forward.forget();
    }
    if (chance(0.15)) await loseHint();
    const kills: Kill[] = [];
    while (kills.length < 3 && chance(0.3))
      kills.push({ at: 1 + below(450), when: chance(0.5) ? "before" : "after" });
    for (const [at, kill] of kills.entries()) {
      const owner = `t${tick}k${at}`;
      const doomed = open(folder, owner, adapters);
      const killer = openKiller(kill);
      setSource(owner, mood);
      const run = runAll(wrapPorts(doomed, killer), owner, allowed);
      const death = await Promise.race([killer.died, run.then(() => null)]);
      if (death !== null) met("kills");
      const next = await copyFolder(folder, join(root, `place${++places}`));
      await discard(doomed, teamName);
      await rm(folder, { recursive: true });
      folder = next;
    }
    const owner = `t${tick}`;
    const living = open(folder, owner, adapters);
    setSource(owner, mood);
    try {
      await runAll(living, owner, allowed);
      await forward.hold(living, owner);
    } finally {
      await living.close();
    }
  }

  /** Sometimes the API answers from a replica that is behind: with an order's last state but one. */
  function setSource(name: string, mood: Weather["mood"]): void {
    const isBehind = chance(0.25) && met("stale replicas");
    seen.set(name, now - (isBehind ? 4 * 3_600_000 : 0));
    source.set({ now: seen.get(name) as number, name, mood });
  }

  async function runAll(ports: Ports, run: string, allowed: string[]): Promise<void> {
    await (await ports.store(teamName)).putIfAbsent(keys.release(release.hash), release.body);
    for (const { name: pipeline } of release.release.pipelines) {
      const again = () =>
        runLocally({ team: teamName, pipeline, release: release.hash, run: `${run}-${++runs}` }, ports);
      let runs = 0;
      let execution = await again();
      if (execution.error?.code === "ledger.generation" && unaware.delete(pipeline)) {
        // A person reads "run again", and does.
        execution = await again();
      }
      const code = execution.error?.code;
      if (execution.outcome === "done") continue;
      if (code === undefined || !allowed.includes(code))
        throw new Error(
          `${run}: ${pipeline} ended as ${execution.outcome}, ${code}: ${execution.error?.message}`,
          {
            cause: execution.error,
          },
        );
      met("failed runs");
    }
  }

  /** Files that are due since the last time: new ones, and old ones written again. */
  async function deliver(): Promise<void> {
    const due = (at: number | undefined) => at !== undefined && at > deliveredUntil && at <= now;
    for (const { at, body, deliveredAt, touchedAt } of files) {
      if (!due(deliveredAt) && !due(touchedAt)) continue;
      const changed = new Date(due(touchedAt) ? (touchedAt as number) : deliveredAt);
      if (due(touchedAt) && !due(deliveredAt)) met("files written again");
      await mkdir(dirname(at), { recursive: true });
      await writeFile(at, body);
      await utimes(at, changed, changed);
    }
    deliveredUntil = Math.max(deliveredUntil, now);
  }

  async function loseHint(): Promise<void> {
    const { pipelines } = release.release;
    const path = join(
      folder,
      "lake",
      teamName,
      keys.hint(pipelines[below(pipelines.length)]?.name as string),
    );
    met("hints lost");
    await rm(path, { force: true });
    if (chance(0.3)) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, "lost");
    }
  }

  function met(trouble: string): true {
    troubles[trouble] = (troubles[trouble] ?? 0) + 1;
    return true;
  }
}

/** A clock that stands where it is set; sleeping takes a hundredth of its time. */
function openClock(now: () => number): Clock {
  return {
    now: () => new Date(now()).toISOString(),
    sleep: (milliseconds, signal) =>
      delay(milliseconds / 100, undefined, { ref: false, ...(signal && { signal }) }).catch(() => undefined),
  };
}

/** Worlds for tests: real adapters in a folder of their own, a clock that stands still, names that repeat. */
import { existsSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Environment } from "#firn";
import type { Ports } from "#ports";
import type { Clock } from "#ports/clock";
import { type LocalWorld, openLocalWorld } from "#worlds/local";

export interface SimulatedOptions {
  folder: string;
  /** The instant that every look at the clock gives. */
  now: string;
  /** Who holds this world's leases; attempts are named after it. Letters and digits, later ones sort later. */
  owner: string;
  /** Default: every other owner is gone, as after a kill. */
  ownerIsGone?: (owner: string) => boolean;
  secrets?: Record<string, string>;
  clock?: Clock;
  /** Adapters that keep no state, opened once for many worlds. */
  shared?: Pick<Ports, "source" | "packer">;
}

/** A laptop's world in which nothing depends on when, where or how often the test runs. */
export function openSimulatedWorld(environment: Environment, options: SimulatedOptions): LocalWorld {
  const { owner } = options;
  let attempts = 0;
  const variables = Object.fromEntries(
    Object.entries(options.secrets ?? {}).map(([name, value]) => [
      `FIRN_SECRET_${name.toUpperCase()}`,
      value,
    ]),
  );
  const world = openLocalWorld(environment, {
    folder: options.folder,
    variables,
    clock: options.clock ?? standingClock(options.now),
  });
  return {
    ...world,
    ...(options.shared && { source: options.shared.source, packer: options.shared.packer }),
    owner,
    ownerIsGone: options.ownerIsGone ?? ((other) => other !== owner),
    attemptId: () => `attempt-${owner}-${String(++attempts).padStart(4, "0")}`,
  };
}

/** A clock that stands at one instant; sleeping takes the machine's own time. */
export function standingClock(now: string): Clock {
  const instant = new Date(now).toISOString();
  return {
    now: () => instant,
    sleep: (milliseconds, signal) =>
      delay(milliseconds, undefined, { ref: false, ...(signal && { signal }) }).catch(() => undefined),
  };
}

/** Sources and a packer for many worlds at once. They keep nothing between calls, so no kill can touch them. */
export function openSharedAdapters(environment: Environment, secrets: Record<string, string>) {
  const folder = join(tmpdir(), "firn-shared-adapters");
  const world = openSimulatedWorld(environment, {
    folder,
    now: "2024-01-01T00:00:00Z",
    owner: "shared",
    secrets,
  });
  return {
    source: (kind: "http" | "files") => world.source(kind),
    packer: () => world.packer(),
    close: () => world.close(),
  };
}

/** A new folder in memory where the machine has such: kills are simulated there, no disk has to keep anything. */
export function newFolder(purpose: string): Promise<string> {
  const inMemory = "/dev/shm";
  return mkdtemp(join(existsSync(inMemory) ? inMemory : tmpdir(), `firn-${purpose}-`));
}

/** The folder as it lies, in a new place: what a process that starts after a kill finds. */
export async function copyFolder(from: string, to: string): Promise<string> {
  await rm(to, { recursive: true, force: true });
  await cp(from, to, { recursive: true });
  return to;
}

/** Closes a world without the checkpoint that DuckDB makes at the end: its folder is thrown away anyway. */
export async function discard(world: LocalWorld, team: string): Promise<void> {
  await (await world.warehouse(team)).run(["PRAGMA disable_checkpoint_on_shutdown"]);
  await world.close();
}

/** A shop whose runs failed in every way that leaves something behind, and what of it somebody still needs. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { openFolderScratch } from "#adapters/scratch";
import { keys, warehouseNames } from "#core/names";
import type { Environment } from "#firn";
import { type Execution, runLocally } from "#orchestrate/local";
import type { Ports } from "#ports";
import { loadStacks } from "#stacks";
import type { LocalWorld } from "#worlds/local";
import { replayBatch } from "#worlds/replay";
import { orders } from "../cli/support.ts";
import { wrapPorts } from "../recovery/effects.ts";
import { newFolder, openSimulatedWorld } from "../support/worlds.ts";

export const now = "2024-02-01T06:00:00.000Z";
export const team = "commerce";
export const pipeline = "orders";
export const place = { team, names: warehouseNames(team), pipeline };
const old = new Date("2024-01-30T00:00:00Z");
const young = new Date("2024-02-01T05:00:00Z");

export interface Shop {
  folder: string;
  environment: Environment;
  drop(name: string, ids: number[], quantity?: (id: number) => string): void;
  /** A world as a new process finds it; every other process is gone, unless said otherwise. */
  open(owner: string, more?: { now?: string; ownerIsGone?: (owner: string) => boolean }): LocalWorld;
  run(owner: string, failAt?: string): Promise<Execution>;
  replay(owner: string, seq: number, failAt?: string): Promise<Execution>;
  /** A file of the lake or of scratch, as some killed process left it. */
  leave(path: string, when: "old" | "young" | "to come"): void;
  /** The same shop in a folder of its own, to the times of its files. */
  copy(): Promise<Shop>;
  close(): Promise<void>;
}

export async function openShop(): Promise<Shop> {
  const folder = await newFolder("janitor");
  mkdirSync(join(folder, "inbox"));
  writeFileSync(join(folder, "env"), `FIRN_NOW="${now}"\n`);
  return shopIn(folder);
}

function shopIn(folder: string): Shop {
  const inbox = join(folder, "inbox");
  const stacks = loadStacks("local");
  const environment = {
    ...stacks.environment,
    connections: { ...stacks.environment.connections, orders_inbox: inbox },
    retry: { attempts: 0, intervalSeconds: 1 },
  };
  const shop: Shop = {
    folder,
    environment,
    drop: (name, ids, quantity) => writeFileSync(join(inbox, name), orders(ids, quantity)),
    open: (owner, more = {}) => openSimulatedWorld(environment, { folder, now, owner, ...more }),
    run: (owner, failAt) =>
      within(owner, failAt, (ports, release) =>
        runLocally({ team, pipeline, release, run: `run ${owner}` }, ports),
      ),
    replay: (owner, seq, failAt) =>
      within(owner, failAt, (ports, release) =>
        replayBatch({ team, pipeline, release, run: `run ${owner}`, seq }, ports),
      ),
    leave(path, when) {
      const whole = join(folder, path);
      writeFileSync(whole, "left behind");
      if (when !== "to come") utimesSync(whole, when === "old" ? old : young, when === "old" ? old : young);
    },
    async copy() {
      const copied = await newFolder("janitor");
      // Node's own cp gives folders a new time.
      execFileSync("cp", ["-a", `${folder}/.`, copied]);
      return shopIn(copied);
    },
    close: () => rm(folder, { recursive: true }),
  };
  return shop;

  async function within(
    owner: string,
    failAt: string | undefined,
    work: (ports: Ports, release: string) => Promise<Execution>,
  ): Promise<Execution> {
    const world = shop.open(owner);
    try {
      const release = (await world.putReleases(stacks)).get(team)?.hash ?? "";
      return await work(failAt === undefined ? world : failing(world, failAt), release);
    } finally {
      await world.close();
    }
  }
}

/** Ports that fail at the first effect of this name, and ever after. */
function failing(ports: Ports, failAt: string): Ports {
  let failed = false;
  return wrapPorts(ports, {
    around(effect, work) {
      failed ||= effect.startsWith(failAt);
      return failed ? Promise.reject(new Error(`failed at ${effect}`)) : work();
    },
    passing: () => true,
  });
}

/**
 * Batch 1 is promoted, after an attempt that failed and with the tables of a replay that failed; batch 2 is
 * promoted; batch 3 is refused, and open; batch 4 has no manifest. A put and an attempt were killed a day ago.
 */
export async function messUp(shop: Shop): Promise<void> {
  shop.drop("orders-1.csv", [1, 2, 3]);
  await shop.run("a1", "store.putIfAbsent raw/orders/manifests");
  await shop.run("a2");
  shop.drop("orders-2.csv", [4, 5]);
  await shop.run("a3");
  await shop.replay("a4", 1, "warehouse.promote");
  shop.drop("orders-3.csv", [6, 7], () => "six");
  await shop.run("a5");
  const lake = `lake/${team}`;
  mkdirSync(join(shop.folder, lake, `raw/orders/ingest_date=2024-02-01/000004/paused`), { recursive: true });
  shop.leave(`${lake}/${keys.part(pipeline, now, 4, "paused", "files-00001.parquet")}`, "old");
  for (const when of ["old", "young", "to come"] as const) shop.leave(`${lake}/.tmp/${when}`, when);
  for (const [name, pid] of [
    ["gone", 2 ** 30],
    ["living", process.pid],
  ] as const)
    for (const when of ["old", "young"] as const) {
      const scratch = openFolderScratch(join(shop.folder, "scratch"), `${hostname()} (PID ${pid})`);
      const attempt = await scratch.open(`${name}-${when}`);
      shop.leave(`scratch/${name}-${when}/1-orders.csv`, when);
      for (const path of [attempt, `${attempt}.owner`])
        utimesSync(path, when === "old" ? old : young, when === "old" ? old : young);
    }
}

/** Every file and folder below one, each with its time and its bytes. */
export function filesIn(folder: string): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  return Object.fromEntries(
    paths.map((path) => {
      const at = statSync(join(folder, path));
      const body = at.isFile() ? readFileSync(join(folder, path)).toString("base64") : "a folder";
      return [path, `${at.mtimeMs} ${body}`];
    }),
  );
}

/** The laptop's world: DuckDB and a folder. With `worlds/aws`, the only place that reads the environment, the clock and randomness. */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseEnv } from "node:util";
import { openFileAlerts } from "#adapters/alerts/file";
import { openFolderScratch } from "#adapters/scratch";
import { openLocalSecrets } from "#adapters/secrets/local";
import { FirnError } from "#core/errors";
import type { NodeResult } from "#core/models";
import { keys } from "#core/names";
import type { Environment, Stacks } from "#firn";
import type { Ports } from "#ports";
import type { Alert } from "#ports/alerts";
import type { Clock } from "#ports/clock";
import type { Measurement } from "#ports/metrics";
import { makeRelease, type Release } from "#release";
import { openWarehouses } from "#worlds/warehouses";

export interface LocalOptions {
  /** Where everything lies: lake, warehouse, alerts, secrets, scratch. */
  folder: string;
  onAlert?: (alert: Alert) => void;
  onMeasurement?: (measurement: Measurement) => void;
  onBuilt?: (team: string, result: NodeResult) => void;
  /** Default: the process's environment. They win over those of the file `env` in the folder. */
  variables?: Record<string, string | undefined>;
  clock?: Clock;
  readOnly?: boolean;
}

export interface LocalWorld extends Ports {
  readonly folder: string;
  /** What a warehouse may hold in memory; undefined: DuckDB's default. */
  readonly memoryLimit: string | undefined;
  /** Puts each team's release into its lake and returns the hashes by team. */
  putReleases(stacks: Stacks): Promise<Map<string, { hash: string; release: Release }>>;
  close(): Promise<void>;
}

/** Opens nothing yet: each port is opened at its first use, by an import of its own. */
export function openLocalWorld(environment: Environment, options: LocalOptions): LocalWorld {
  const folder = resolve(options.folder);
  requireFolder(folder);
  const variables = { ...readVariables(join(folder, "env")), ...(options.variables ?? process.env) };
  const clock = options.clock ?? openClock(variables.FIRN_NOW);
  const secrets = openLocalSecrets(folder, variables, () => randomBytes(32).toString("hex"));
  const opened = new Map<string, Promise<{ close?(): Promise<void> }>>();
  const once = <T extends object>(name: string, open: () => Promise<T>): Promise<T> => {
    const standing = opened.get(name) ?? open();
    opened.set(name, standing as Promise<{ close?(): Promise<void> }>);
    // A failure is not remembered: the next use tries again.
    standing.catch(() => opened.delete(name));
    return standing as Promise<T>;
  };
  const scratch = join(folder, "scratch");
  const owner = `${hostname()} (PID ${process.pid})`;
  const memoryLimit = variables.FIRN_MEMORY_LIMIT;
  const connections = { ...environment.connections, ...connectionsFrom(variables) };

  const warehouses = openWarehouses(async (team, reads) => {
    const { openDuckdbWarehouse } = await import("#adapters/warehouses/duckdb/index");
    return openDuckdbWarehouse({
      path: warehousePath(team),
      temporaryFolder: join(scratch, "spill"),
      tag: `firn ${team}`,
      now: clock.now,
      reads: reads
        .map((name) => ({ name, path: warehousePath(name) }))
        .filter(({ path }) => existsSync(path)),
      ...(options.readOnly && { readOnly: true }),
      ...(memoryLimit && { memoryLimit }),
    });
  });

  const world: LocalWorld = {
    folder,
    memoryLimit,
    environment: { ...environment, connections },
    address,
    clock,
    secrets,
    alerts: openFileAlerts(join(folder, "alerts.jsonl"), options.onAlert),
    metrics: {
      record: (measurement) => options.onMeasurement?.(measurement),
      built: (team, result) => options.onBuilt?.(team, result),
    },
    scratch: openFolderScratch(scratch, owner),
    owner,
    ownerIsGone,
    warehouseIsGone: (team) => !existsSync(warehousePath(team)),
    attemptId: () => `${clock.now().replaceAll(/[-:.TZ]/g, "")}-${randomBytes(6).toString("hex")}`,
    store: (team) =>
      once(`store ${team}`, async () => {
        const { openFolderStore } = await import("#adapters/stores/folder");
        return openFolderStore(join(folder, "lake", team), () => randomBytes(12).toString("hex"));
      }),
    warehouse: warehouses.get,
    source: (kind) =>
      once(`source ${kind}`, async () => {
        if (kind === "http") {
          const { openHttpSource } = await import("#adapters/sources/http");
          return openHttpSource({ secrets, clock, random: Math.random });
        }
        const { openFilesSource } = await import("#adapters/sources/files");
        return openFilesSource({ clock });
      }),
    packer: () =>
      once("packer", async () => {
        const { openDuckdbPacker } = await import("#adapters/packer/duckdb");
        return openDuckdbPacker({});
      }),
    async putReleases(stacks) {
      const releases = new Map<string, { hash: string; release: Release }>();
      const made = stacks.teams.map((team) => ({ team: team.name, ...makeRelease(team, stacks.teams) }));
      for (const { team, hash, body } of made)
        await (await world.store(team)).putIfAbsent(keys.release(hash), body);
      for (const { team, hash, release } of made) releases.set(team, { hash, release });
      return releases;
    },
    async close() {
      await warehouses.close();
      for (const each of opened.values()) await (await each.catch(() => ({ close: undefined }))).close?.();
      opened.clear();
    },
  };
  return world;

  function warehousePath(team: string): string {
    return join(folder, "warehouse", `${team}.duckdb`);
  }

  function address(connection: string): string {
    const found = connections[connection];
    if (found) return found;
    throw new FirnError("connection.missing", {
      what: `Connection "${connection}" has no address in environment "${environment.name}".`,
      why: "Declarations name their source; only the environment knows where it is.",
      fix: `Add it to connections in stacks/environments/${environment.name}.ts, or set FIRN_CONNECTION_${connection.toUpperCase()}.`,
    });
  }
}

function requireFolder(folder: string): void {
  if (!existsSync(folder) || statSync(folder).isDirectory()) return;
  throw new FirnError("environment.invalid", {
    what: `${folder} is no folder.`,
    why: "The lake, the warehouse and the ledger lie in one.",
    fix: "Name a folder with --dir; one that does not exist is made by the first run.",
  });
}

/** The folder's own variables, KEY=value by line; none where there is no such file. */
function readVariables(path: string): Record<string, string | undefined> {
  return existsSync(path) ? parseEnv(readFileSync(path, "utf8")) : {};
}

/** Connections given as FIRN_CONNECTION_<NAME>, which win over the declared addresses. */
function connectionsFrom(variables: Record<string, string | undefined>): Record<string, string> {
  const prefix = "FIRN_CONNECTION_";
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) =>
      name.startsWith(prefix) && value ? [[name.slice(prefix.length).toLowerCase(), value]] : [],
    ),
  );
}

/** The machine's clock, or one that starts at FIRN_NOW and runs on from there. */
function openClock(start: string | undefined): Clock {
  const begun = Date.now();
  const offset = start === undefined || start === "" ? 0 : Date.parse(start) - begun;
  if (Number.isNaN(offset)) {
    throw new FirnError("environment.invalid", {
      what: `FIRN_NOW is "${start}", which is no instant.`,
      why: "It sets the clock of this run.",
      fix: "Write it in ISO 8601, such as 2024-01-31T06:00:00Z, or leave it unset.",
    });
  }
  return {
    now: () => new Date(Date.now() + offset).toISOString(),
    sleep: (milliseconds, signal) =>
      delay(milliseconds, undefined, signal && { signal }).catch(() => undefined),
  };
}

/** True where the owner is a process of this machine that has ended. */
function ownerIsGone(owner: string): boolean {
  const [, host, pid] = /^(.*) \(PID (\d+)\)$/.exec(owner) ?? [];
  if (host !== hostname() || pid === undefined) return false;
  if (Number(pid) === process.pid) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}

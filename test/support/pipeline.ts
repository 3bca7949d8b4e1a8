/** One declared pipeline in a world of its own, from its source to silver: what a user sees of it. */
import { mkdir, rm, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { keys, warehouseNames } from "#core/names";
import { type Environment, type Pipeline, parseStacks } from "#firn";
import { type Execution, runLocally } from "#orchestrate/local";
import type { Alert } from "#ports/alerts";
import type { Row } from "#ports/warehouse";
import { makeRelease } from "#release";
import { type LocalWorld, openLocalWorld } from "#worlds/local";
import { replayBatch } from "#worlds/replay";
import { newFolder, standingClock } from "./worlds.ts";

export interface Rig {
  readonly folder: string;
  readonly alerts: Alert[];
  /** Declares the pipeline anew; what it has stays. */
  declare(pipeline: unknown): void;
  readonly pipeline: Pipeline;
  /** Puts a file into the inbox, changed last at an instant. */
  deliver(path: string, body: string | Uint8Array, modifiedAt?: string): Promise<void>;
  /** Runs until nothing is left to read, at an instant. @throws what stopped it */
  run(now?: string): Promise<Execution>;
  /** Promotes a batch again, or only what of it stands in quarantine. */
  replay(seq: number, of?: { quarantined: boolean }): Promise<Execution>;
  /** Opens the world, for what is not here; it is closed with the next run. */
  world(now?: string): Promise<LocalWorld>;
  release(): Promise<string>;
  query(sql: string): Promise<Row[]>;
  /** Live rows, the named columns joined by spaces, sorted. */
  live(...columns: string[]): Promise<string[]>;
  /** Promotions in order. */
  batches(): Promise<Row[]>;
  close(): Promise<void>;
}

export const rigTeam = "shop";
const start = "2024-03-01T06:00:00.000Z";

export async function openRig(
  declaration: unknown,
  of: { address?: string; secrets?: Record<string, string>; now?: string } = {},
): Promise<Rig> {
  const folder = await newFolder("rig");
  const inbox = join(folder, "inbox");
  await mkdir(inbox);
  const environment: Environment = {
    name: "rig",
    connections: { inbox, api: of.address ?? "http://127.0.0.1:1" },
    retry: { attempts: 0, intervalSeconds: 1 },
    stageSecondsMax: 86_400,
    leaseSeconds: 60,
  };
  const variables = Object.fromEntries(
    Object.entries(of.secrets ?? {}).map(([name, value]) => [`FIRN_SECRET_${name.toUpperCase()}`, value]),
  );
  const alerts: Alert[] = [];
  let declared = parse(declaration);
  let open: LocalWorld | undefined;
  let runs = 0;
  let latest = of.now ?? start;

  const rig: Rig = {
    folder,
    alerts,
    get pipeline() {
      return declared;
    },
    declare(pipeline) {
      declared = parse(pipeline);
    },
    async deliver(path, body, modifiedAt = start) {
      const target = join(inbox, path);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, body);
      await utimes(target, new Date(modifiedAt), new Date(modifiedAt));
    },
    async run(now) {
      const world = await rig.world(now);
      const execution = await runLocally(
        { team: rigTeam, pipeline: declared.name, release: await rig.release(), run: `run-${++runs}` },
        world,
      );
      if (execution.error) throw execution.error;
      return execution;
    },
    async replay(seq, of = { quarantined: false }) {
      const world = await rig.world();
      const [release, run] = [await rig.release(), `run-${++runs}`];
      const execution = await replayBatch(
        { team: rigTeam, pipeline: declared.name, release, run, seq, ...of },
        world,
      );
      if (execution.error) throw execution.error;
      return execution;
    },
    async world(now = latest) {
      if (open && now === latest) return open;
      await open?.close();
      latest = now;
      open = openLocalWorld(environment, {
        folder,
        variables,
        clock: standingClock(now),
        onAlert: (alert) => alerts.push(alert),
      });
      return open;
    },
    async release() {
      const { hash, body } = makeRelease({ name: rigTeam, pipelines: [declared] });
      await (await (await rig.world()).store(rigTeam)).putIfAbsent(keys.release(hash), body);
      return hash;
    },
    async query(sql) {
      return (await (await rig.world()).warehouse(rigTeam)).query(sql);
    },
    async live(...columns) {
      const rows = await rig.query(`SELECT * FROM silver.${declared.name} WHERE NOT _deleted`);
      return rows.map((row) => columns.map((name) => row[name] ?? "-").join(" ")).sort();
    },
    batches: () =>
      rig.query(
        `SELECT * FROM ${warehouseNames(rigTeam).ledger}.batches WHERE pipeline = '${declared.name}' ORDER BY commit_seq`,
      ),
    async close() {
      await open?.close();
      await rm(folder, { recursive: true });
    },
  };
  return rig;

  function parse(pipeline: unknown): Pipeline {
    const { teams } = parseStacks({ environment, teams: [{ name: rigTeam, pipelines: [pipeline] }] });
    return teams[0]?.pipelines[0] as Pipeline;
  }
}

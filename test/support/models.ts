/** A team whose silver is made by hand and whose gold Firn builds: what a user sees of its models. */
import { rm } from "node:fs/promises";
import type { NodeResult } from "#core/models";
import { keys, warehouseNames } from "#core/names";
import { type Environment, type Pipeline, parseStacks } from "#firn";
import { readModelResults } from "#ledger/lake";
import { type Execution, runModelsLocally } from "#orchestrate/local";
import type { Alert } from "#ports/alerts";
import type { Row } from "#ports/warehouse";
import { firstModelState, type ModelState, makeRelease } from "#release";
import { type LocalWorld, openLocalWorld } from "#worlds/local";
import { newFolder, standingClock } from "./worlds.ts";

export const modelTeam = "shop";

export interface ModelRig {
  readonly folder: string;
  readonly alerts: Alert[];
  /** Files of the dbt project; those not named stay. A null takes one away. */
  write(files: Record<string, string | null>): void;
  world(): Promise<LocalWorld>;
  sql(...statements: string[]): Promise<void>;
  query(sql: string): Promise<Row[]>;
  /** Runs the team's models. @returns how each node ended, by name */
  build(of?: Partial<ModelState>, now?: string, testsPassedShareMin?: number): Promise<Built>;
  close(): Promise<void>;
}

export interface Built {
  execution: Execution<ModelState>;
  results: NodeResult[];
  /** Status by name. */
  status: Record<string, string>;
}

/** Silver with one table, orders, as a pipeline would have left it: made by `sql`. */
export async function openModelRig(files: Record<string, string>): Promise<ModelRig> {
  const folder = await newFolder("models");
  const environment: Environment = {
    name: "rig",
    connections: { inbox: "." },
    retry: { attempts: 0, intervalSeconds: 1 },
    stageSecondsMax: 86_400,
    leaseSeconds: 60,
  };
  const pipeline = {
    name: "orders",
    source: { kind: "files", connection: "inbox" },
    columns: { id: { type: "integer" }, amount: { type: "decimal(12,2)" } },
    strategy: { kind: "append", ids: ["id"], rememberDays: 10 },
  };
  const { teams } = parseStacks({ environment, teams: [{ name: modelTeam, pipelines: [pipeline] }] });
  const pipelines = teams[0]?.pipelines as Pipeline[];
  const alerts: Alert[] = [];
  let models: Record<string, string> = { "dbt_project.yml": "name: shop\nversion: '1.0.0'\n", ...files };
  let open: LocalWorld | undefined;
  let now = "2024-03-01T06:00:00.000Z";
  let runs = 0;

  const rig: ModelRig = {
    folder,
    alerts,
    write(changed) {
      const all = { ...models, ...changed };
      models = Object.fromEntries(
        Object.entries(all).filter((each): each is [string, string] => each[1] !== null),
      );
    },
    async world() {
      open ??= openLocalWorld(environment, {
        folder,
        variables: {},
        clock: standingClock(now),
        onAlert: (alert) => alerts.push(alert),
      });
      return open;
    },
    async sql(...statements) {
      await (await (await rig.world()).warehouse(modelTeam)).run([
        "CREATE SCHEMA IF NOT EXISTS silver",
        ...statements,
      ]);
    },
    query: async (sql) => (await (await rig.world()).warehouse(modelTeam)).query(sql),
    async build(of = {}, at = now, testsPassedShareMin = 1) {
      if (at !== now) {
        await open?.close();
        open = undefined;
        now = at;
      }
      const world = await rig.world();
      const store = await world.store(modelTeam);
      const { hash, body } = makeRelease({ name: modelTeam, pipelines, models, testsPassedShareMin });
      await store.putIfAbsent(keys.release(hash), body);
      const run = `run-${++runs}`;
      const execution = await runModelsLocally(
        firstModelState({ team: modelTeam, release: hash, run, forced: true, ...of }),
        world,
      );
      const results = await readModelResults(store, run);
      return {
        execution,
        results,
        status: Object.fromEntries(results.map(({ name, status }) => [name, status])),
      };
    },
    async close() {
      await open?.close();
      await rm(folder, { recursive: true });
    },
  };
  return rig;
}

export const ledgerSchema = warehouseNames(modelTeam).ledger;

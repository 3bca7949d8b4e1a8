/** What the tests of the watch share: a team's warehouse whose statements take a second each, and model builds in it. */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDuckdbWarehouse } from "#adapters/warehouses/duckdb/index";
import type { NodeResult, StatementRecord } from "#core/models";
import type { Budget, WarehouseSpec } from "#firn";
import { openTeamLedger } from "#ledger/lake";
import type { Warehouse } from "#ports/warehouse";
import { makeRelease, type Release } from "#release";
import { runWatch } from "#watch/run";
import { events } from "../sql/fixtures.ts";
import { openWorld, type TestWorld, team } from "../sql/support.ts";

export interface Desk {
  world: TestWorld;
  warehouse: Warehouse;
  release: Release;
  /** Sets the clock, which each statement then moves on. */
  setNow(instant: string): void;
  now(): string;
  /** Promotes rows of `events` into silver, as one batch. */
  promote(rows: number): Promise<void>;
  /** Builds the model `daily` by this SQL, watches it, and says what was told. */
  build(of: BuildOf): Promise<string[]>;
  /** The same without the watch. */
  built(of: BuildOf): Promise<NodeResult>;
  /** The statements of some work. */
  statements(work: () => Promise<unknown>): Promise<StatementRecord[]>;
  close(): Promise<void>;
}

export interface BuildOf {
  run: string;
  sql: string;
  kind?: "full" | "incremental";
  version?: string;
  backfill?: boolean;
}

export async function openDesk(declared: { elt?: WarehouseSpec; budget?: Budget } = {}): Promise<Desk> {
  let clock = Date.parse("2024-03-01T06:00:00.000Z");
  const warehouse = await openDuckdbWarehouse({
    path: ":memory:",
    temporaryFolder: join(tmpdir(), "firn-spill"),
    tag: "test",
    now: () => {
      clock += 500;
      return new Date(clock).toISOString();
    },
  });
  const world = await openWorld({ warehouse });
  const { elt, budget } = declared;
  const { release } = makeRelease({
    name: team,
    pipelines: [events],
    ...(elt && { warehouses: { elt } }),
    ...(budget && { budget }),
  });
  await openTeamLedger(world, release);
  await warehouse.run([
    "CREATE SCHEMA silver",
    "CREATE SCHEMA gold",
    "CREATE TABLE silver.events (device VARCHAR, reading BIGINT, commit_seq BIGINT)",
    "CREATE TABLE gold.daily (device VARCHAR, reading BIGINT)",
  ]);
  let commitSeq = 0;
  let epoch = 0;

  const desk: Desk = {
    world,
    warehouse,
    release,
    setNow: (instant) => {
      clock = Date.parse(instant);
    },
    now: () => new Date(clock).toISOString(),
    async promote(rows) {
      commitSeq++;
      await warehouse.run([
        `INSERT INTO silver.events SELECT 'd' || range % 7, range, ${commitSeq} FROM range(${rows})`,
        `INSERT INTO ledger.batches (pipeline, batch_id, seq, commit_seq, promoted, vanished) VALUES ('events', 'events.${commitSeq}', ${commitSeq}, ${commitSeq}, ${rows}, 0)`,
      ]);
    },
    async statements(work) {
      const told: StatementRecord[] = [];
      warehouse.watch((each) => told.push(each), { profile: true });
      try {
        await work();
      } finally {
        warehouse.watch(null);
      }
      return told;
    },
    async built({ run, sql, kind = "incremental", version = "v1", backfill = false }) {
      const startedAt = desk.now();
      const statements = await desk.statements(() => warehouse.run([sql]));
      const row = `'daily', '${run}', '${kind}', '${version}', ${backfill}, '{"events":"${commitSeq}"}', ${++epoch}, TIMESTAMPTZ '${desk.now()}'`;
      await warehouse.run([`INSERT INTO ledger.models VALUES (${row})`]);
      const result = { id: "model.shop.daily", name: "daily", status: "success" as const };
      return { ...result, kind, version, backfill, startedAt, seconds: 1, statements };
    },
    async build(of) {
      const results = [await desk.built(of)];
      world.alertsSent.length = 0;
      await runWatch({ team, release, run: of.run, results, at: desk.now() }, world);
      return world.alertsSent.map(({ code, pipeline, detail }) => `${code} ${pipeline}: ${detail}`);
    },
    close: () => world.close(),
  };
  return desk;
}

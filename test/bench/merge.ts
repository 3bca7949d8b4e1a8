/**
 * A merge of 50,000 rows into 20,000,000, as Firn plans it: with the bounds of the batch's keys, and without.
 *
 * DuckDB finds such bounds by itself while it joins (its join filter pushdown); without them and without
 * that, all of silver is read. Half of the batch are new rows, half are changes of the newest 5 %.
 *
 * Goal: 0.4 of the unpruned merge.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDuckdbWarehouse } from "../../runtime/adapters/warehouses/duckdb/index.ts";
import { type Pipeline, parseStacks } from "../../runtime/declare.ts";
import { boundedColumns, planBounds, readBounds } from "../../runtime/merge/strategies/bounds.ts";
import type { MergeBatch } from "../../runtime/merge/strategies/strategy.ts";
import { planUpsert } from "../../runtime/merge/strategies/upsert.ts";
import type { Warehouse } from "../../runtime/ports/warehouse.ts";
import { measureBest, serveTasks } from "./child.ts";
import type { Benchmark } from "./run.ts";

const silverRows = 20_000_000;
const batchRows = 50_000;

interface Task {
  path: string;
  bounded: boolean;
  /** Whether DuckDB may find bounds by itself. */
  pushdown: boolean;
}

/** Merges as many rows whatever is asked for. */
export const run: Benchmark = async () => {
  const folder = mkdtempSync(join(tmpdir(), "firn-bench-"));
  const path = join(folder, "merge.duckdb");
  try {
    await fill(path);
    const measured = async (bounded: boolean, pushdown: boolean) =>
      measureBest(import.meta.filename, "merge", { path, bounded, pushdown } satisfies Task);
    const whole = await measured(false, false);
    const pruned = await measured(true, false);
    const byItself = await measured(false, true);
    const both = await measured(true, true);
    const of = (figure: typeof whole) => ({ "the unpruned merge": figure.seconds / whole.seconds });
    return [
      {
        name: "unpruned",
        records: batchRows,
        ...whole,
        note: `into ${silverRows.toLocaleString("en")} rows`,
      },
      {
        name: "pruned by the batch's keys",
        records: batchRows,
        ...pruned,
        ratios: of(pruned),
        note: "goal: 0.4x",
      },
      { name: "pruned by DuckDB itself", records: batchRows, ...byItself, ratios: of(byItself) },
      { name: "both, as Firn runs it", records: batchRows, ...both, ratios: of(both) },
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const { teams } = parseStacks({
  environment: {
    name: "bench",
    connections: { inbox: "/nowhere" },
    retry: { attempts: 0, intervalSeconds: 1 },
    stageSecondsMax: 86_400,
    leaseSeconds: 600,
  },
  teams: [
    {
      name: "bench",
      pipelines: [
        {
          name: "events",
          source: { kind: "files", connection: "inbox" },
          columns: {
            id: { type: "integer" },
            amount: { type: "integer" },
            note: { type: "text" },
            changed_at: { type: "timestamp" },
          },
          strategy: { kind: "upsert", key: ["id"], version: ["changed_at"] },
        },
      ],
    },
  ],
});
const pipeline = teams[0]?.pipelines[0] as Pipeline;
const names = {
  database: "bench",
  raw: "raw",
  silver: "silver",
  gold: "gold",
  quarantine: "quarantine",
  ledger: "ledger",
  elt: "bench_elt",
};
const plan = {
  format: 1 as const,
  ...{ team: "bench", pipeline: "events", seq: 2, batchId: "events.000002", release: "r" },
  shards: [],
  ingestedAt: "2026-01-01T00:00:00.000Z",
};
const manifest = {
  ...{ format: 1 as const, batchId: plan.batchId, pipeline: "events", seq: 2, release: "r", attempt: "a" },
  ...{ columns: [], parts: [], rows: batchRows, bytes: 1, source: { requests: 1, bytes: 1 } },
};

async function fill(path: string): Promise<void> {
  const warehouse = await open(path);
  const row = (id: string, seq: number, version: string) =>
    `SELECT ${id} AS id, ${id} % 1000 + ${seq} AS amount, 'note ' || (${id} % 5000) AS note, ${version} AS changed_at, FALSE AS _deleted`;
  const audit =
    "'events.000001' AS batch_id, TIMESTAMPTZ '2025-01-01' AS ingested_at, 1::BIGINT AS commit_seq, 1::BIGINT AS _plan_seq, 's001' AS _file, i AS _row, NULL::BIGINT AS _conflict_seq";
  const half = batchRows / 2;
  const id = `CASE WHEN i < ${half} THEN ${silverRows} + i ELSE ${silverRows * 0.95} + (i - ${half}) * ${(silverRows * 0.05) / half} END::BIGINT`;
  await warehouse.run([
    ...["silver", "raw", "ledger"].map((schema) => `CREATE SCHEMA ${schema}`),
    "CREATE TABLE ledger.fence_events AS SELECT 1 AS epoch, 2 AS commit_seq",
    `CREATE TABLE silver.events AS ${row("i", 0, "TIMESTAMPTZ '2025-01-01'")}, ${audit} FROM range(${silverRows}) AS r (i)`,
    `CREATE TABLE raw.events__000002__checked AS ${row(`(${id})`, 1, "TIMESTAMPTZ '2025-06-01'")}, 's001' AS _file, i AS _row, NULL::VARCHAR AS _reason FROM range(${batchRows}) AS r (i)`,
  ]);
  await warehouse.close();
}

function open(path: string): Promise<Warehouse> {
  return openDuckdbWarehouse({ path, temporaryFolder: join(tmpdir(), "firn-bench-spill"), tag: "bench" });
}

const tasks = {
  async merge({ path, bounded, pushdown }: Task) {
    const warehouse = await open(path);
    const { dialect } = warehouse;
    if (!pushdown) await warehouse.run(["SET disabled_optimizers = 'join_filter_pushdown'"]);
    const batch: MergeBatch = { names, pipeline, plan, manifest, replay: false };
    const columns = boundedColumns(pipeline);
    const bounds = bounded
      ? readBounds(columns, (await warehouse.query(planBounds(dialect, batch, columns)))[0])
      : {};
    const { statements } = planUpsert(
      dialect,
      { ...batch, bounds },
      { kind: "upsert", key: ["id"], version: ["changed_at"] },
    );
    await warehouse.run(["BEGIN"]);
    return async () => {
      await warehouse.run(statements);
      const [merged] = await warehouse.query(
        `SELECT COUNT(*) AS "rows" FROM silver.events WHERE commit_seq = 2 AND id >= ${silverRows * 0.95}`,
      );
      if (Number(merged?.rows) !== batchRows) throw new Error(`merged ${merged?.rows} rows of ${batchRows}`);
      await warehouse.run(["ROLLBACK"]);
      await warehouse.close();
    };
  },
};

if (import.meta.main) await serveTasks(tasks);

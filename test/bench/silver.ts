/**
 * From the source's pages to silver: the whole way of a row, through the state machine, into an empty table.
 *
 * Compared with extracting alone and with DuckDB's own `CREATE TABLE AS SELECT ... read_json` of the same
 * pages: no lake, no manifest, no casts by pattern, no version guard, no ledger.
 */
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import type { Column } from "../../runtime/declare.ts";
import { parseStacks } from "../../runtime/declare.ts";
import { runLocally } from "../../runtime/orchestrate/local.ts";
import { openLocalWorld } from "../../runtime/worlds/local.ts";
import { measure, serveTasks } from "./child.ts";
import { fields, pageRecords, servePages } from "./pages.ts";
import type { Benchmark } from "./run.ts";

interface Task {
  address: string;
  files: string[];
  records: number;
  folder: string;
}

const types: Record<string, Column["type"]> = {
  VARCHAR: "text",
  BIGINT: "integer",
  INTEGER: "integer",
  TIMESTAMPTZ: "timestamp",
  DOUBLE: "float",
  BOOLEAN: "boolean",
  JSON: "json",
};

export const run: Benchmark = (records) =>
  servePages(records, async ({ address, files, pages, folder }) => {
    const task: Task = { address, files, records: pages * pageRecords, folder };
    const bare = await measure(import.meta.filename, "bare", task);
    const whole = await measure(import.meta.filename, "whole", task);
    return [
      { name: "DuckDB: CREATE TABLE AS read_json", records: task.records, ...bare },
      {
        name: "source to silver",
        records: task.records,
        ...whole,
        ratios: {
          "bare table": whole.seconds / bare.seconds,
          "bare table's CPU": whole.cpuSeconds / bare.cpuSeconds,
        },
        note: "window, extract, load, check, merge",
      },
    ];
  });

const tasks = {
  async bare({ files, folder }: Task) {
    const instance = await DuckDBInstance.create(join(folder, "bare.duckdb"), { threads: "2" });
    const connection = await instance.connect();
    const typed = Object.entries(fields).map(([name, type]) => `${name}: '${type}'`);
    const list = files.map((file) => `'${file}'`).join(", ");
    await connection.run(
      `CREATE TABLE events AS SELECT * FROM read_json([${list}], format = 'array', columns = {${typed.join(", ")}})`,
    );
    instance.closeSync();
  },

  async whole({ address, records, folder }: Task) {
    const stacks = parseStacks({
      environment: {
        name: "bench",
        connections: { lms: address },
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
              source: {
                kind: "http",
                connection: "lms",
                path: "/distinct",
                window: { since: "since", before: "before" },
                paging: { style: "link" },
              },
              columns: Object.fromEntries(
                Object.entries(fields).map(([name, type]) => [name, { type: types[type] }]),
              ),
              strategy: { kind: "upsert", key: ["id"], version: ["updated_at"] },
              watermark: { start: "2025-12-31T00:00:00Z", batchDaysMax: 3660 },
            },
          ],
        },
      ],
    });
    const world = openLocalWorld(stacks.environment, {
      folder: join(folder, "firn"),
      variables: { FIRN_NOW: "2026-12-01T00:00:00Z" },
      onMeasurement: ({ stage, seconds, done }) =>
        done && process.stderr.write(`  ${stage} ${seconds.toFixed(2)} s\n`),
    });
    const releases = await world.putReleases(stacks);
    const release = releases.get("bench")?.hash ?? "";
    const { outcome, error } = await runLocally(
      { team: "bench", pipeline: "events", release, run: "bench" },
      world,
    );
    if (outcome !== "done") throw error ?? new Error(outcome);
    const [row] = await (await world.warehouse("bench")).query(
      'SELECT COUNT(*) AS "rows" FROM silver.events',
    );
    if (Number(row?.rows) !== records) throw new Error(`silver has ${row?.rows} rows of ${records}`);
    await world.close();
  },
};

if (import.meta.main) await serveTasks(tasks);

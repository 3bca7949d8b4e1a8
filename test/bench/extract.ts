/**
 * Pages over HTTP to lossless bronze Parquet, through the source and the packer as the extract stage uses
 * them, against the floor (DuckDB's read_json of the same records, nothing written) and against draining
 * the same pages with JSON.parse.
 *
 * Goals: 3 x the floor, 1.3 x drain and JSON.parse, 600 MB, and no more than 10 % above that at 5 times
 * the records.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { Pool } from "undici";
import { openDuckdbPacker } from "../../runtime/adapters/packer/duckdb.ts";
import type { LandedColumn } from "../../runtime/core/batch.ts";
import { type Measured, measureBest, serveTasks } from "./child.ts";
import { fields, pageRecords, type Served, servePages, shardPages } from "./pages.ts";
import { readShards } from "./read.ts";
import type { Benchmark, Figure } from "./run.ts";

const shards = 4;

interface Task extends Served {
  columns: LandedColumn[];
}

/** What the pages' records hold, declared. */
export const columns: LandedColumn[] = Object.entries(fields).map(([name, type]) => ({
  name,
  from: name,
  ...(type === "JSON" && { json: true }),
}));

export const run: Benchmark = (records) =>
  servePages(records, async (served) => {
    const task: Task = { ...served, columns };
    const hashed = columns.map(
      (each): LandedColumn => (each.name === "user_id" ? { ...each, pii: "hash" } : each),
    );
    const undeclared = columns.filter(({ name }) => name !== "attempt");
    const best = (name: string, task: Task) => measureBest(import.meta.filename, name, task);
    const floor = await best("floor", task);
    const parse = await best("drainAndParse", task);
    const drain = await best("drain", task);
    const extract = await best("extract", task);
    const kept = await best("extract", { ...task, columns: undeclared });
    const pii = await best("extract", { ...task, columns: hashed });
    const against = (figure: Measured) => ({
      floor: figure.seconds / floor.seconds,
      "drain + JSON.parse": figure.seconds / parse.seconds,
      "floor's CPU": figure.cpuSeconds / floor.cpuSeconds,
    });
    const total = served.pages * pageRecords;
    return [
      { name: "floor: DuckDB read_json, typed, aggregated", records: total, ...floor },
      { name: "drain + JSON.parse", records: total, ...parse },
      { name: "drain", records: total, ...drain },
      { name: "extract", records: total, ...extract, ratios: against(extract), note: "goals: 3x, 1.3x" },
      {
        name: "extract, whole records kept",
        records: total,
        ...kept,
        ratios: against(kept),
        note: "one field undeclared",
      },
      {
        name: "extract, one column hashed",
        records: total,
        ...pii,
        ratios: against(pii),
        note: "in memory, no file",
      },
    ] satisfies Figure[];
  });

const tasks = {
  async floor({ files }: Task) {
    const instance = await DuckDBInstance.create(":memory:", { threads: "2", memory_limit: "1GB" });
    const connection = await instance.connect();
    const typed = Object.entries(fields).map(([name, type]) => `${name}: '${type}'`);
    const aggregates = Object.keys(fields).map((name) => `count(${name})`);
    const list = files.map((file) => `'${file}'`).join(", ");
    await connection.run(
      `SELECT count(*), ${aggregates.join(", ")} FROM read_json([${list}], format = 'array', columns = {${typed.join(", ")}})`,
    );
  },

  async drain(task: Task) {
    await drain(task, () => {});
  },

  async drainAndParse(task: Task) {
    let records = 0;
    await drain(task, (body) => {
      records += (JSON.parse(body.toString("utf8")) as unknown[]).length;
    });
    if (records !== task.pages * pageRecords) throw new Error(`drained ${records} records`);
  },

  async extract({ address, pages, folder, columns }: Task) {
    const packer = await openDuckdbPacker();
    const out = mkdtempSync(join(folder, "bronze-"));
    let rows = 0;
    await readShards(address, shards, async (delivery, subject) => {
      const packed = await packer.pack({ columns, delivery, folder: out, piiKey: "key", subject });
      for (const file of packed) rows += file.rows;
    });
    await packer.close();
    rmSync(out, { recursive: true });
    if (rows !== pages * pageRecords) throw new Error(`packed ${rows} rows`);
  },
};

/** Fetches every page, by as many readers as the extract has shards. */
async function drain({ address, pages }: Task, take: (body: Buffer) => void): Promise<void> {
  const pool = new Pool(address, { connections: shards });
  await Promise.all(
    Array.from({ length: shards }, async (_, at) => {
      const { from, to } = shardPages(at, shards, pages);
      for (let page = from; page < to; page++) {
        const { body } = await pool.request({
          method: "GET",
          path: `/events?since=${at}/${shards}&page=${page}`,
        });
        take(Buffer.from(await body.arrayBuffer()));
      }
    }),
  );
  await pool.close();
}

if (import.meta.main) await serveTasks(tasks);

/** What the tests of SQL, checks, merges and the ledger share: a lake in a folder, a warehouse, a batch in bronze. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { openFolderStore } from "#adapters/stores/folder";
import { openDuckdbWarehouse } from "#adapters/warehouses/duckdb/index";
import type { BatchPlan, LandedFile, Manifest, Part, PartitionVersion } from "#core/batch";
import { batchId, keys } from "#core/names";
import { type Environment, type Pipeline, parseStacks } from "#firn";
import type { Ports } from "#ports";
import type { Alert } from "#ports/alerts";
import type { Store } from "#ports/store";
import type { Row, Warehouse } from "#ports/warehouse";
import { firstState, makeRelease, type Release, type StageState } from "#release";

export const team = "shop";

export const environment: Environment = {
  name: "local",
  connections: { inbox: "/nowhere", api: "http://127.0.0.1:1" },
  retry: { attempts: 0, intervalSeconds: 1 },
  stageSecondsMax: 86_400,
  leaseSeconds: 60,
};

/** A declaration as it comes out of the one door; others of its team may stand beside it. */
export function declared(pipeline: unknown, ...others: unknown[]): Pipeline {
  const { teams } = parseStacks({ environment, teams: [{ name: team, pipelines: [pipeline, ...others] }] });
  return teams[0]?.pipelines[0] as Pipeline;
}

/** A row as it lies in bronze: texts by column, and what Firn adds. */
export type BronzeRow = Record<string, string | null>;

export interface Batch {
  seq: number;
  rows: BronzeRow[];
  /** Records that could not be read, with their line. */
  malformed?: { text: string; line: number }[];
  window?: { from: string; to: string };
  file?: string;
  /** Which partition the file holds. */
  partition?: PartitionVersion;
  ingestedAt?: string;
}

export interface TestWorld extends Ports {
  folder: string;
  lake: Store;
  alertsSent: Alert[];
  /** Sets the clock; ISO 8601 UTC. */
  setNow(now: string): void;
  close(): Promise<void>;
}

export interface WorldOptions {
  /** Default: DuckDB in memory. */
  warehouse?: Warehouse;
  now?: string;
}

/** Ports over a temporary folder. Names of attempts are counted, so that runs repeat exactly. */
export async function openWorld(options: WorldOptions = {}): Promise<TestWorld> {
  const folder = mkdtempSync(join(tmpdir(), "firn-test-"));
  const lake = await openFolderStore(join(folder, "lake"), randomUUID);
  const warehouse = options.warehouse ?? (await openMemory());
  let now = options.now ?? "2024-03-01T06:00:00.000Z";
  let attempts = 0;
  const alertsSent: Alert[] = [];
  const absent = (what: string) => () => Promise.reject(new Error(`this test has no ${what}`));
  return {
    folder,
    lake,
    alertsSent,
    setNow: (instant) => {
      now = instant;
    },
    environment,
    store: async () => lake,
    warehouse: async () => warehouse,
    source: absent("source"),
    packer: absent("packer"),
    secrets: { get: absent("secrets") },
    alerts: {
      send: async (alert) => {
        alertsSent.push(alert);
      },
    },
    metrics: { record: () => undefined, built: () => undefined },
    clock: { now: () => now, sleep: async () => undefined },
    scratch: {
      open: absent("scratch"),
      copy: absent("scratch"),
      remove: async () => undefined,
      list: async () => [],
    },
    address: (connection) => environment.connections[connection] ?? "",
    attemptId: () => `attempt-${++attempts}`,
    owner: "this test",
    ownerIsGone: () => false,
    warehouseIsGone: () => false,
    async close() {
      await warehouse.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function openMemory(): Promise<Warehouse> {
  return openDuckdbWarehouse({
    path: ":memory:",
    temporaryFolder: join(tmpdir(), "firn-spill"),
    tag: "test",
  });
}

export async function putRelease(
  lake: Store,
  ...pipelines: Pipeline[]
): Promise<{ hash: string; release: Release }> {
  const { hash, release, body } = makeRelease({ name: team, pipelines });
  await lake.putIfAbsent(keys.release(hash), body);
  return { hash, release };
}

/** Puts a batch into the lake as `extract` leaves it: its plan, its Parquet, its manifest. */
export async function land(
  world: TestWorld,
  pipeline: Pipeline,
  release: string,
  batch: Batch,
): Promise<{ plan: BatchPlan; manifest: Manifest }> {
  const plan = planOf(pipeline, release, batch);
  const parts: Part[] = [];
  const landed = Object.entries(pipeline.columns).filter(([, { pii }]) => pii !== "drop");
  const file = batch.file === undefined ? {} : { file: batch.file };
  if (batch.rows.length > 0) {
    const name = "s001-00001.parquet";
    const key = keys.part(pipeline.name, plan.ingestedAt, batch.seq, "attempt-0", name);
    const columns = [...landed.map(([column]) => column), "_record", "_malformed"];
    await writeParquet(
      world,
      key,
      columns,
      batch.rows.map((row) => columns.map((column) => row[column] ?? null)),
    );
    parts.push({ name, key, rows: batch.rows.length, bytes: 1, ...file });
  }
  if (batch.malformed) {
    const name = "s001-00001-malformed.parquet";
    const key = keys.part(pipeline.name, plan.ingestedAt, batch.seq, "attempt-0", name);
    await writeParquet(
      world,
      key,
      ["_malformed", "_line"],
      batch.malformed.map(({ text, line }) => [text, line]),
    );
    parts.push({ name, key, rows: batch.malformed.length, bytes: 1, malformed: true, ...file });
  }
  const manifest = { ...manifestOf(pipeline, plan, parts), ...filesOf(batch) };
  await world.lake.putIfAbsent(keys.plan(pipeline.name, batch.seq), bytesOf(plan));
  await world.lake.putIfAbsent(keys.manifest(pipeline.name, batch.seq), bytesOf(manifest));
  return { plan, manifest };
}

function filesOf({ file, partition }: Batch): { files?: LandedFile[] } {
  if (file === undefined || !partition) return {};
  const of = { path: file, bytes: 1, etag: "1", modifiedAt: "2024-02-01T00:00:00.000Z" };
  return { files: [{ ...of, partition, status: "landed" }] };
}

export function planOf(
  pipeline: Pipeline,
  release: string,
  batch: Pick<Batch, "seq" | "window" | "ingestedAt">,
): BatchPlan {
  return {
    format: 1,
    team,
    pipeline: pipeline.name,
    seq: batch.seq,
    batchId: batchId(pipeline.name, batch.seq),
    release,
    ...(batch.window && { window: batch.window }),
    shards: [{ name: "s001", ...(batch.window && { window: batch.window }) }],
    ingestedAt: batch.ingestedAt ?? "2024-03-01T06:00:00.000Z",
  };
}

export function manifestOf(pipeline: Pipeline, plan: BatchPlan, parts: Part[]): Manifest {
  return {
    format: 1,
    batchId: plan.batchId,
    pipeline: plan.pipeline,
    seq: plan.seq,
    release: plan.release,
    attempt: "attempt-0",
    columns: Object.entries(pipeline.columns).map(([name, { from, pii, type }]) => ({
      name,
      from: from ?? name,
      ...(pii && pii !== "mask" && { pii }),
      ...(type === "json" && { json: true as const }),
    })),
    parts,
    rows: parts.reduce((sum, { rows }) => sum + rows, 0),
    bytes: parts.length,
    source: { requests: 1, bytes: 1 },
  };
}

export function stateOf(
  pipeline: Pipeline,
  release: string,
  seq: number,
  of: Partial<StageState> = {},
): StageState {
  return {
    ...firstState({ team, pipeline: pipeline.name, release, run: "run-1" }),
    epoch: 1,
    seq,
    next: "load",
    ...of,
  };
}

export function bytesOf(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** A quoted SQL literal for DuckDB. */
export function literal(value: string | number | null): string {
  if (value === null) return "NULL";
  return typeof value === "number" ? String(value) : `'${value.replaceAll("'", "''")}'`;
}

let writer: Promise<DuckDBInstance> | undefined;

async function writeParquet(
  world: TestWorld,
  key: string,
  columns: string[],
  rows: (string | number | null)[][],
): Promise<void> {
  writer ??= DuckDBInstance.create(":memory:");
  const connection = await (await writer).connect();
  const path = join(world.folder, `${key.replaceAll("/", "-")}.tmp`);
  const types = columns.map((name) => (name === "_line" ? "BIGINT" : "VARCHAR"));
  const values = rows.map(
    (row) => `(${row.map((value, at) => `CAST(${literal(value)} AS ${types[at]})`).join(", ")})`,
  );
  const names = columns.map((name) => `"${name}"`).join(", ");
  await connection.run(
    `COPY (SELECT * FROM (VALUES ${values.join(", ")}) AS v (${names})) TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd)`,
  );
  connection.closeSync();
  await world.lake.putFileIfAbsent(key, path);
}

/** Every statement a warehouse is given, in order; `promote` scripts count as one. */
export interface Recorder extends Warehouse {
  statements: string[];
}

export function record(warehouse: Warehouse): Recorder {
  const statements: string[] = [];
  return {
    statements,
    dialect: warehouse.dialect,
    query(sql) {
      statements.push(sql);
      return warehouse.query(sql);
    },
    run(each) {
      statements.push(...each);
      return warehouse.run(each);
    },
    promote(script) {
      statements.push(script);
      return warehouse.promote(script);
    },
    watch: () => undefined,
    close: () => warehouse.close(),
  };
}

/** A warehouse that runs nothing and answers queries as told. */
export function answering(dialect: Warehouse["dialect"], answers: (sql: string) => Row[]): Warehouse {
  return {
    dialect,
    query: async (sql) => answers(sql),
    run: async () => undefined,
    promote: async () => undefined,
    watch: () => undefined,
    close: async () => undefined,
  };
}

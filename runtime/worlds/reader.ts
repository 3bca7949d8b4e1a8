/** The laptop's world for commands that only look: what lies there is read, and never changed. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { QueryReader } from "#adapters/warehouses/duckdb/reader";
import { idText, normalInstant, union, watermark } from "#core/interval";
import { batchId, keys, seqOfKey, warehouseNames } from "#core/names";
import type { Environment, Pipeline } from "#firn";
import { type Hint, inRanges, readHint } from "#ledger/hint";
import { type LeaseState, readLease } from "#ledger/lease";
import { ledgerTable } from "#ledger/tables";
import { readLedger } from "#ledger/watermark";
import type { Ports } from "#ports";
import type { Store } from "#ports/store";
import type { Row, Warehouse } from "#ports/warehouse";
import type { Release } from "#release";
import type { SqlType, TableName } from "#sql/dialect";
import { planDigest } from "#sql/digest";
import { openLocalWorld } from "#worlds/local";

export { previewWindow } from "#window/run";

export interface LocalReader {
  /** For planning: what would be put into the lake or the ledger stays in memory. */
  readonly ports: Ports;
  /** A team's warehouse, read-only; null before its first run. @throws {FirnError} `warehouse.locked` */
  warehouse(team: string): Promise<Warehouse | null>;
  /** For one's own queries: all these teams' warehouses, each under the team's name. */
  openQueries(teams: string[], use?: string): Promise<QueryReader>;
  close(): Promise<void>;
}

export function openLocalReader(environment: Environment, options: { folder: string }): LocalReader {
  const folder = resolve(options.folder);
  const world = openLocalWorld(environment, { folder, readOnly: true });
  const stores = new Map<string, Promise<Store>>();
  const empty = new Map<string, Promise<Warehouse>>();
  const file = (team: string) => join(folder, "warehouse", `${team}.duckdb`);
  const temporaryFolder = join(folder, "scratch", "spill");

  const reader: LocalReader = {
    ports: {
      ...world,
      store(team) {
        const lies = existsSync(join(folder, "lake", team));
        const store =
          stores.get(team) ?? (lies ? world.store(team) : Promise.resolve(null)).then(keepInMemory);
        stores.set(team, store);
        return store;
      },
      async warehouse(team) {
        const standing = await reader.warehouse(team);
        // Its tables stand, so what would make them changes nothing.
        if (standing && (await hasLedger(standing, warehouseNames(team).ledger)))
          return { ...standing, run: async () => {} };
        const made = empty.get(team) ?? openEmpty(temporaryFolder);
        empty.set(team, made);
        return made;
      },
    },
    warehouse: async (team) => (existsSync(file(team)) ? world.warehouse(team) : null),
    async openQueries(teams, use) {
      const { openDuckdbReader } = await import("#adapters/warehouses/duckdb/reader");
      const databases = teams
        .filter((team) => existsSync(file(team)))
        .map((name) => ({ name, path: file(name) }));
      const { memoryLimit } = world;
      return openDuckdbReader({
        databases,
        temporaryFolder,
        ...(use && databases.some(({ name }) => name === use) && { use }),
        ...(memoryLimit && { memoryLimit }),
      });
    },
    async close() {
      for (const each of empty.values()) await (await each).close();
      await world.close();
    },
  };
  return reader;
}

/** A warehouse in which nothing was ever promoted. */
async function openEmpty(temporaryFolder: string): Promise<Warehouse> {
  const { openDuckdbWarehouse } = await import("#adapters/warehouses/duckdb/index");
  return openDuckdbWarehouse({ path: ":memory:", temporaryFolder, tag: "firn plan" });
}

/** A lake in which everything put is seen again, and nothing is changed. */
function keepInMemory(store: Store | null): Store {
  const put = new Map<string, Uint8Array>();
  const get = async (key: string) => put.get(key) ?? (await store?.get(key)) ?? null;
  return {
    get,
    async putIfAbsent(key, body) {
      if (await get(key)) return false;
      put.set(key, body);
      return true;
    },
    async put(key, body) {
      put.set(key, body);
    },
    putFileIfAbsent: async () => false,
    async list(prefix, after = "") {
      const ours = [...put.keys()].filter((key) => key.startsWith(prefix) && key > after);
      return [...new Set([...((await store?.list(prefix, after)) ?? []), ...ours])].sort();
    },
    inspect: async (prefix) => (await store?.inspect(prefix)) ?? [],
    async remove(key) {
      put.delete(key);
    },
    unfinishedPuts: async () => (await store?.unfinishedPuts()) ?? [],
    removeUnfinishedPut: async () => {},
    location: (key) => store?.location(key) ?? key,
  };
}

async function hasLedger({ query, dialect }: Warehouse, schema: string): Promise<boolean> {
  return (await query(dialect.describe(ledgerTable(schema, "identity")))).length > 0;
}

/** How far a pipeline has come. */
export interface Standing {
  /** Everything up to here is read, an instant or an `idText`; null where nothing is counted so. */
  watermark: string | null;
  /** Delivered files read; null for other sources. */
  filesRead: number | null;
  /** Batches planned and not finished. */
  open: string[];
  lease: LeaseState | null;
}

/**
 * Reads it from the ledger where one is given, else from the lake's hint, which may only be behind.
 *
 * @param gone the warehouse is known not to stand, so that the hint speaks of nothing
 */
export async function readStanding(
  { names }: Pick<Release, "names">,
  pipeline: Pipeline,
  store: Store,
  warehouse: Warehouse | null,
  now: string,
  gone = false,
): Promise<Standing> {
  const hint = gone ? null : await readHint(store, pipeline.name);
  const known =
    warehouse && (await hasLedger(warehouse, names.ledger))
      ? joined(await fromLedger(warehouse), hint)
      : hint;
  const start = startOf(pipeline);
  const planned = (await store.list(keys.plans(pipeline.name))).flatMap((key) => seqOfKey(key) ?? []);
  return {
    watermark: start === undefined ? null : watermark(known?.intervals ?? [], start),
    filesRead: pipeline.source.kind === "files" ? Object.keys(known?.files ?? {}).length : null,
    open: planned
      .filter((seq) => !inRanges(known?.done ?? [], seq))
      .map((seq) => batchId(pipeline.name, seq)),
    lease: await readLease(store, pipeline.name),
  };

  async function fromLedger({ dialect, query }: Warehouse): Promise<Hint> {
    const [identity] = await query(
      `SELECT MIN("generation") AS "generation" FROM ${dialect.table(ledgerTable(names.ledger, "identity"))}`,
    );
    return readLedger(warehouse as Warehouse, store, names.ledger, pipeline.name, {
      generation: String(identity?.generation),
      now,
    });
  }
}

/** Where a pipeline's history begins; undefined where it is not read by time or id. */
function startOf({ source, watermark: declared }: Pipeline): string | undefined {
  if (source.kind === "http" && source.window.by === "id") return idText(source.window.start ?? 0);
  return declared && normalInstant(declared.start);
}

/** The hint also knows batches without rows that no promotion has folded in. */
function joined(ledger: Hint, hint: Hint | null): Hint {
  if (hint?.generation !== ledger.generation) return ledger;
  return {
    ...ledger,
    intervals: union([...ledger.intervals, ...hint.intervals]),
    done: [...ledger.done, ...hint.done],
    files: { ...ledger.files, ...hint.files },
  };
}

/** A table's rows and digest, without the columns left out; null where there is no such table. */
export async function digestTable(
  warehouse: Warehouse,
  table: TableName,
  without: readonly string[],
): Promise<Row | null> {
  const { dialect } = warehouse;
  const described = await warehouse.query(dialect.describe(table));
  if (described.length === 0) return null;
  const types: SqlType[] = ["timestamp", "json"];
  const columns = described
    .map(({ name, type }) => ({
      name: String(name),
      type: types.find((each) => dialect.sameType(String(type), each)) ?? "text",
    }))
    .filter(({ name }) => !without.includes(name));
  const [row] = await warehouse.query(planDigest(dialect, table, columns));
  return row ?? null;
}

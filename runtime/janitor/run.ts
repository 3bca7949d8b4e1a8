import { z } from "zod";
import type { Manifest } from "#core/batch";
import { asFirnError, FirnError } from "#core/errors";
import { secondsBetween } from "#core/interval";
import { goldFence, keys, type WarehouseNames } from "#core/names";
import { readJson, readManifest } from "#ledger/lake";
import { keepLease, readLease, releaseLease, takeLease } from "#ledger/lease";
import { ledgerTable } from "#ledger/tables";
import type { Ports } from "#ports";
import type { Store, StoredObject } from "#ports/store";
import type { Warehouse } from "#ports/warehouse";
import { planModelRuns, planNextTables } from "./gold.ts";
import {
  batchOfKey,
  type Orphan,
  orphanAfterSeconds,
  type PromotedBatch,
  planLeases,
  planObjects,
  planPuts,
  planScratch,
  planTables,
} from "./plan.ts";

export type { Orphan } from "./plan.ts";

/** A pipeline, and what its team's tables are called. */
export interface Place {
  team: string;
  names: WarehouseNames;
  /** Or the name that a team's gold has in a pipeline's place. */
  pipeline: string;
}

/** What came of removing. Some may be removed even where it was stopped by an error. */
export interface Removal {
  removed: Orphan[];
  /** Who works on the pipeline, so that nothing was removed. */
  held?: string;
  error?: FirnError;
}

/**
 * A pipeline's orphans, in the lake and in the warehouse. Changes nothing.
 *
 * @param look `tables: false` wakes no warehouse
 * @throws {FirnError} `store.damaged` for a manifest that cannot be trusted; `warehouse.*`
 */
export async function findOrphans(
  { team, names, pipeline }: Place,
  ports: Ports,
  look: { tables: boolean } = { tables: true },
): Promise<Orphan[]> {
  const store = await ports.store(team);
  if (pipeline === goldFence) {
    return [
      ...(look.tables ? await findNextTables({ team, names, pipeline }, store, ports) : []),
      ...(await findModelRuns(store, ports.clock.now())),
      ...planLeases(pipeline, await store.inspect(keys.leases(pipeline))),
    ];
  }
  return [
    ...(look.tables ? await findTables(await ports.warehouse(team), names, pipeline) : []),
    ...(await findObjects(store, pipeline)),
    ...planLeases(pipeline, await store.inspect(keys.leases(pipeline))),
  ];
}

/** What killed puts left in a team's lake; they belong to no pipeline. */
export async function findPuts(team: string, ports: Ports): Promise<Orphan[]> {
  return planPuts(await (await ports.store(team)).unfinishedPuts(), ports.clock.now());
}

/** What killed runs left on this machine; it belongs to no team. */
export async function findScratch(ports: Ports): Promise<Orphan[]> {
  return planScratch(await ports.scratch.list(), ports.clock.now(), ports.ownerIsGone);
}

/**
 * Removes a pipeline's orphans while it holds the lease, so that no run or replay works meanwhile.
 *
 * What goes is looked for again under the lease, and its own is the newest then: all former ones go, too.
 * A kill in between is harmless, and so is repeating. A lease that is merely silent is left to its holder
 * for a day: a long merge is silent, too, and nothing here is urgent.
 *
 * @param found what was found before: nothing is taken where there is nothing to do
 */
export async function runJanitor(place: Place, found: readonly Orphan[], ports: Ports): Promise<Removal> {
  if (found.length === 0) return { removed: [] };
  const { team, pipeline } = place;
  let epoch: number | undefined;
  try {
    const taken = await take(place, ports);
    if (typeof taken === "string") return { removed: [], held: taken };
    epoch = taken;
    const tables = found.some(({ kind }) => kind === "table");
    const orphans = await findOrphans(place, ports, { tables });
    let beatAt = ports.clock.now();
    return await removeEach(orphans, async (orphan) => {
      if (secondsBetween(beatAt, ports.clock.now()) >= ports.environment.leaseSeconds / 4) {
        await keepLease(ports, team, pipeline, taken);
        beatAt = ports.clock.now();
      }
      await remove(orphan, team, ports);
    });
  } catch (error) {
    return { removed: [], error: asFirnError(error) };
  } finally {
    if (epoch !== undefined) await releaseLease(ports, team, pipeline, epoch);
  }
}

/** Gives up puts that `findPuts` found. Repeating is harmless. */
export function removePuts(team: string, found: readonly Orphan[], ports: Ports): Promise<Removal> {
  return removeEach(found, (orphan) => remove(orphan, team, ports));
}

/** Removes scratch folders that `findScratch` found. Repeating is harmless. */
export function removeScratch(found: readonly Orphan[], ports: Ports): Promise<Removal> {
  return removeEach(found, (orphan) => remove(orphan, "", ports));
}

async function removeEach(
  orphans: readonly Orphan[],
  removeOne: (orphan: Orphan) => Promise<void>,
): Promise<Removal> {
  const removed: Orphan[] = [];
  try {
    for (const orphan of orphans) {
      await removeOne(orphan);
      removed.push(orphan);
    }
    return { removed };
  } catch (error) {
    return { removed, error: asFirnError(error) };
  }
}

async function remove(orphan: Orphan, team: string, ports: Ports): Promise<void> {
  if (orphan.kind === "scratch") return ports.scratch.remove(orphan.folder);
  if (orphan.kind === "put") return (await ports.store(team)).removeUnfinishedPut(orphan.id);
  if (orphan.kind !== "table") return (await ports.store(team)).remove(orphan.key);
  const { dialect, run } = await ports.warehouse(team);
  return run([dialect.dropTable(orphan.table)]);
}

/** The lease's epoch, or who holds it. */
async function take({ team, pipeline }: Place, ports: Ports): Promise<number | string> {
  const store = await ports.store(team);
  const lease = await readLease(store, pipeline);
  const silentSeconds = lease ? secondsBetween(lease.lastBeatAt, ports.clock.now()) : 0;
  if (lease && !lease.released && !ports.ownerIsGone(lease.owner) && silentSeconds < orphanAfterSeconds)
    return holder(lease);
  try {
    return await takeLease(ports, team, pipeline, ports.attemptId());
  } catch (error) {
    if (!(error instanceof FirnError && error.code === "lease.held")) throw error;
    const winner = await readLease(store, pipeline);
    return winner ? holder(winner) : "held by another run";
  }
}

function holder({ owner, lastBeatAt }: { owner: string; lastBeatAt: string }): string {
  return `held by ${owner}, last heard of at ${lastBeatAt}`;
}

/** Manifests read at the same time. */
const readAtOnce = 16;

async function findObjects(store: Store, pipeline: string): Promise<Orphan[]> {
  // Manifests before objects: then every object that a manifest names is listed.
  const manifests = new Set(await store.list(keys.manifests(pipeline)));
  const batches = new Map<number, StoredObject[]>();
  for (const object of await store.inspect(keys.parts(pipeline))) {
    const of = batchOfKey(pipeline, object.key);
    if (!of || !manifests.has(keys.manifest(pipeline, of.seq))) continue;
    const objects = batches.get(of.seq) ?? [];
    objects.push(object);
    batches.set(of.seq, objects);
  }
  const orphans: Orphan[] = [];
  const left = [...batches];
  while (left.length > 0) {
    const found = left.splice(0, readAtOnce).map(async ([seq, objects]) => {
      return planObjects(await trustedManifest(store, pipeline, seq), objects);
    });
    orphans.push(...(await Promise.all(found)).flat());
  }
  return orphans;
}

/** What removing goes by, of which nothing may be missing. */
const manifestSchema = z.looseObject({
  format: z.literal(1),
  batchId: z.string(),
  pipeline: z.string(),
  seq: z.number(),
  attempt: z.string(),
  parts: z.array(z.looseObject({ key: z.string() })),
  files: z.array(z.looseObject({ originalKey: z.string().optional() })).optional(),
});

/** @throws {FirnError} `store.damaged` where it is not whole, or another batch's */
async function trustedManifest(store: Store, pipeline: string, seq: number): Promise<Manifest | null> {
  const manifest = await readManifest(store, pipeline, seq);
  if (manifest === null) return null;
  const whole = manifestSchema.safeParse(manifest);
  if (whole.success && whole.data.pipeline === pipeline && whole.data.seq === seq) return manifest;
  throw new FirnError("store.damaged", {
    what: `Object ${keys.manifest(pipeline, seq)} in the lake is no manifest of this batch.`,
    why: "The janitor removes what a manifest does not name, so it goes by none that something has changed.",
    fix: "Restore the object from a backup or an earlier version; nothing of this pipeline was removed.",
  });
}

async function findNextTables({ team, names }: Place, store: Store, ports: Ports): Promise<Orphan[]> {
  const lease = await readLease(store, goldFence);
  if (!lease) return [];
  const warehouse = await ports.warehouse(team);
  const { text } = warehouse.dialect;
  const standing = await warehouse.query(
    `SELECT LOWER(table_name) AS "name" FROM information_schema.tables WHERE LOWER(table_schema) = ${text(names.gold)} AND table_type = 'BASE TABLE' ORDER BY 1`,
  );
  const ended = lease.released || ports.ownerIsGone(lease.owner);
  const tables = standing.map(({ name }) => String(name));
  return planNextTables(names.gold, tables, { ...lease, ended });
}

async function findModelRuns(store: Store, now: string): Promise<Orphan[]> {
  const last = await readJson<{ run: string }>(store, keys.lastModels);
  return planModelRuns(await store.inspect(keys.modelRuns), last?.run ?? null, now);
}

async function findTables(warehouse: Warehouse, names: WarehouseNames, pipeline: string): Promise<Orphan[]> {
  const { dialect } = warehouse;
  const { id, text } = dialect;
  const batches = ledgerTable(names.ledger, "batches");
  if ((await warehouse.query(dialect.describe(batches))).length === 0) return [];
  const standing = await warehouse.query(
    `SELECT LOWER(table_name) AS "name" FROM information_schema.tables WHERE LOWER(table_schema) = ${text(names.raw)}`,
  );
  if (standing.length === 0) return [];
  const rows = await warehouse.query(
    `SELECT ${id("seq")} AS "seq", ${dialect.canonical(`MAX(${id("started_at")})`, "timestamp")} AS "promoted_at" ` +
      `FROM ${dialect.table(batches)} WHERE ${id("pipeline")} = ${text(pipeline)} GROUP BY 1 ORDER BY 1`,
  );
  const promoted: PromotedBatch[] = rows.map(({ seq, promoted_at: at }) => ({
    seq: Number(seq),
    promotedAt: new Date(String(at)).toISOString(),
  }));
  return planTables(names, pipeline, promoted, new Set(standing.map(({ name }) => String(name))));
}

import type { Manifest } from "#core/batch";
import { daySeconds, secondsBetween } from "#core/interval";
import { batchId, keys, type WarehouseNames } from "#core/names";
import type { TableName } from "#sql/dialect";
import { checkedTable, rawTable } from "#sql/tables";

/** What only its age tells apart from work under way must be older than this. */
export const orphanAfterSeconds = daySeconds;

/** Something that provably nobody needs, and so may go. */
export type Orphan = {
  /** What a person calls it: its key, its table's name, its folder. */
  where: string;
  /** null where nobody knows without reading it. */
  bytes: number | null;
  /** When it was changed last; ISO 8601 UTC. */
  changedAt: string;
  /** Why nobody needs it: a clause. */
  why: string;
} & (
  | { kind: "object"; key: string }
  | { kind: "lease"; key: string }
  | { kind: "table"; table: TableName }
  | { kind: "put"; id: string }
  | { kind: "scratch"; folder: string }
);

/** What lies somewhere, with its size and the time of its last change. */
interface Lying {
  bytes: number | null;
  changedAt: string;
}

/**
 * The objects of a batch that its manifest names neither as a part nor as an original.
 *
 * Without a manifest none is an orphan: a paused attempt may still win the batch. None is, either, where
 * an object that the manifest names is missing: whoever mends the batch may want what is left. What does
 * not lie in a folder of the batch's attempts is never named.
 */
export function planObjects(
  manifest: Manifest | null,
  objects: readonly (Lying & { key: string })[],
): Orphan[] {
  if (manifest === null) return [];
  const originals = (manifest.files ?? []).flatMap(({ originalKey }) => originalKey ?? []);
  const named = new Set([...manifest.parts.map(({ key }) => key), ...originals]);
  const lying = new Set(objects.map(({ key }) => key));
  if ([...named].some((key) => !lying.has(key))) return [];
  return objects.flatMap(({ key, bytes, changedAt }) => {
    const of = batchOfKey(manifest.pipeline, key);
    if (named.has(key) || of?.seq !== manifest.seq) return [];
    const why =
      of.attempt === manifest.attempt
        ? `batch ${manifest.batchId} has its manifest, which does not name it`
        : `batch ${manifest.batchId} was won by another attempt, ${manifest.attempt}`;
    return [{ kind: "object", key, where: key, bytes, changedAt, why }];
  });
}

/** The batch and the attempt in the key of a pipeline's part or original; null for any other key. */
export function batchOfKey(pipeline: string, key: string): { seq: number; attempt: string } | null {
  const [, of, date, digits, attempt] =
    /^raw\/([^/]+)\/ingest_date=([^/]+)\/(\d{6,})\/([^/]+)\/[^/]+$/.exec(key) ?? [];
  if (of !== pipeline || date === undefined || digits === undefined || attempt === undefined) return null;
  const seq = Number(digits);
  const last = key.slice(key.lastIndexOf("/") + 1);
  return keys.part(pipeline, date, seq, attempt, last) === key ? { seq, attempt } : null;
}

/** The leases and beats of every epoch below the newest lease's. */
export function planLeases(pipeline: string, objects: readonly (Lying & { key: string })[]): Orphan[] {
  const epochs = objects.map(({ key }) => ({ key, epoch: epochOfKey(pipeline, key) }));
  const taken = epochs.flatMap(({ key, epoch }) => (isBeat(key) || epoch === null ? [] : [epoch]));
  const newest = taken.reduce((a, b) => Math.max(a, b), 0);
  return objects.flatMap(({ key, bytes, changedAt }) => {
    const epoch = epochOfKey(pipeline, key);
    if (epoch === null || epoch >= newest) return [];
    const why = `epoch ${epoch} is over: the pipeline is at epoch ${newest}`;
    return [{ kind: "lease", key, where: key, bytes, changedAt, why }];
  });
}

function epochOfKey(pipeline: string, key: string): number | null {
  const epoch = Number(/\/(\d{9,})(?:\.beat)?\.json$/.exec(key)?.[1]);
  const own = isBeat(key) ? keys.leaseBeat(pipeline, epoch) : keys.lease(pipeline, epoch);
  return own === key ? epoch : null;
}

function isBeat(key: string): boolean {
  return key.endsWith(".beat.json");
}

/** A batch that the ledger counts as promoted, and when that was done last. */
export interface PromotedBatch {
  seq: number;
  promotedAt: string;
}

/**
 * The raw and checked tables of promoted batches, among the tables standing in the raw schema.
 *
 * Those of open batches stay: the rows of a refused batch are looked at there. Neither is ever a loss,
 * since both are made from bronze.
 */
export function planTables(
  names: WarehouseNames,
  pipeline: string,
  promoted: readonly PromotedBatch[],
  standing: ReadonlySet<string>,
): Orphan[] {
  return promoted.flatMap(({ seq, promotedAt }) =>
    [rawTable(names, { pipeline, seq }), checkedTable(names, { pipeline, seq })].flatMap(
      (table): Orphan[] => {
        if (!standing.has(table.name)) return [];
        const where = `${table.schema}.${table.name}`;
        const why = `batch ${batchId(pipeline, seq)} is promoted`;
        return [{ kind: "table", table, where, bytes: null, changedAt: promotedAt, why }];
      },
    ),
  );
}

/** Puts that no process can still be at: begun more than a day ago. A time to come counts as young. */
export function planPuts(puts: readonly (Lying & { id: string })[], now: string): Orphan[] {
  return puts
    .filter(({ changedAt }) => isOld(changedAt, now))
    .map(({ id, bytes, changedAt }) => {
      const why = "it was begun more than a day ago and never became an object";
      return { kind: "put", id, where: id, bytes, changedAt, why };
    });
}

/** Scratch folders of processes known to be gone, in which nothing was changed for a day. */
export function planScratch(
  folders: readonly (Lying & { folder: string; owner: string })[],
  now: string,
  ownerIsGone: (owner: string) => boolean,
): Orphan[] {
  return folders
    .filter(({ owner, changedAt }) => isOld(changedAt, now) && ownerIsGone(owner))
    .map(({ folder, owner, bytes, changedAt }) => {
      const why = `its process, ${owner}, is gone`;
      return { kind: "scratch", folder, where: folder, bytes, changedAt, why };
    });
}

function isOld(changedAt: string, now: string): boolean {
  return secondsBetween(changedAt, now) > orphanAfterSeconds;
}

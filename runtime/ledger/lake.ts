import type { BatchPlan, Manifest } from "#core/batch";
import { FirnError } from "#core/errors";
import type { NodeResult } from "#core/models";
import { keys } from "#core/names";
import type { Pipeline } from "#firn";
import { type LedgerIdentity, openLedger } from "#ledger/migrations";
import type { Ports } from "#ports";
import type { Store } from "#ports/store";
import type { Release, StageState } from "#release";

/** The release a run was started with, and its pipeline. */
export async function readRelease(
  store: Store,
  state: Pick<StageState, "release" | "pipeline">,
): Promise<{ release: Release; pipeline: Pipeline }> {
  const release = await readJson<Release>(store, keys.release(state.release));
  const pipeline = release?.pipelines.find(({ name }) => name === state.pipeline);
  if (!release || !pipeline)
    throw releaseMissing(`${state.release.slice(0, 12)} with pipeline "${state.pipeline}"`);
  return { release, pipeline };
}

/** A team's release. @throws {FirnError} `release.missing` */
export async function requireRelease(store: Store, hash: string): Promise<Release> {
  const release = await readFrozen<Release>(store, keys.release(hash));
  if (!release) throw releaseMissing(hash.slice(0, 12));
  return release;
}

function releaseMissing(named: string): FirnError {
  return new FirnError("release.missing", {
    what: `Release ${named} is not in the lake.`,
    why: "A run takes its rules from the release it was started with.",
    fix: "Put the release again: `firn run` on a laptop, `pulumi up` in the cloud.",
  });
}

export async function readPlan(store: Store, pipeline: string, seq: number): Promise<BatchPlan> {
  const plan = await readJson<BatchPlan>(store, keys.plan(pipeline, seq));
  if (!plan) throw unknownBatch(pipeline, seq, "no plan");
  return plan;
}

export async function readManifest(store: Store, pipeline: string, seq: number): Promise<Manifest | null> {
  return readJson<Manifest>(store, keys.manifest(pipeline, seq));
}

/** The manifest of a batch that must have one. @throws {FirnError} `batch.unknown` */
export async function requireManifest(store: Store, pipeline: string, seq: number): Promise<Manifest> {
  const manifest = await readManifest(store, pipeline, seq);
  if (!manifest) throw unknownBatch(pipeline, seq, "no manifest");
  return manifest;
}

/** Opens the ledger that belongs to this lake, made now if there is none. */
export async function openTeamLedger(ports: Ports, release: Release): Promise<LedgerIdentity> {
  const store = await ports.store(release.team);
  await store.putIfAbsent(keys.lake, encode({ id: ports.attemptId() }));
  const lake = await readJson<{ id: string }>(store, keys.lake);
  const identity = await openLedger(await ports.warehouse(release.team), release.names.ledger, {
    lake: lake?.id ?? "",
    generation: ports.attemptId(),
    now: ports.clock.now(),
  });
  if (!(await isLatestLedger(store, identity.generation))) await store.put(keys.ledger, encode(identity));
  return identity;
}

/**
 * Whether a generation is that of the ledger opened last; another pipeline of the team may have made a new one.
 * A note that cannot be read only costs a look into the ledger.
 */
export async function isLatestLedger(store: Store, generation: string): Promise<boolean> {
  const latest = await readJson<LedgerIdentity>(store, keys.ledger).catch(() => null);
  return latest?.generation === generation;
}

/** What a model run was decided to do; frozen in the lake before anything is built. */
export interface ModelPlan {
  at: string;
  /** A node to build and the tests that can be run then, by dbt's unique ids. */
  steps: { node: string | null; tests: string[] }[];
  /** What silver was when the run began. Null where that is not known: never taken for unchanged. */
  silver: string | null;
}

export async function readModelPlan(store: Store, run: string): Promise<ModelPlan> {
  return (await readFrozen<ModelPlan>(store, keys.modelPlan(run))) as ModelPlan;
}

/** How each node of a model run ended, in the order of its steps; none where the run never got so far. */
export async function readModelResults(store: Store, run: string): Promise<NodeResult[]> {
  const plan = await readJson<ModelPlan>(store, keys.modelPlan(run));
  const results: NodeResult[] = [];
  for (let at = 0; at < (plan?.steps.length ?? 0); at++)
    results.push(...((await readJson<NodeResult[]>(store, keys.nodeResult(run, at))) ?? []));
  return results;
}

const frozen = new WeakMap<Store, Map<string, unknown>>();

/** An object that never changes once it is there: read from this store once. */
async function readFrozen<T>(store: Store, key: string): Promise<T | null> {
  const known = frozen.get(store) ?? new Map<string, unknown>();
  frozen.set(store, known);
  const value = (known.get(key) as T | undefined) ?? (await readJson<T>(store, key));
  if (value !== null) known.set(key, value);
  return value;
}

export async function readJson<T>(store: Store, key: string): Promise<T | null> {
  const body = await store.get(key);
  if (!body) return null;
  try {
    return JSON.parse(new TextDecoder().decode(body)) as T;
  } catch (cause) {
    throw new FirnError("store.damaged", {
      what: `Object ${key} in the lake is no JSON.`,
      why: "Firn wrote it whole and never changes it, so something else has.",
      fix: "Restore the object from a backup or an earlier version; its batch cannot be read without it.",
      cause,
    });
  }
}

export function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function unknownBatch(pipeline: string, seq: number, lacking: string): FirnError {
  return new FirnError("batch.unknown", {
    what: `Batch ${seq} of pipeline "${pipeline}" has ${lacking} in the lake.`,
    why: "Only a batch whose reading was finished can be loaded.",
    fix: `See \`firn status ${pipeline}\` for the batches there are.`,
  });
}

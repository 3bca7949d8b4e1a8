import type { BatchPlan, LandedColumn, Manifest, PlannedFile, Shard } from "#core/batch";
import { FirnError } from "#core/errors";
import { requirePast, secondsBetween } from "#core/interval";
import { keys } from "#core/names";
import { deliveredPartitions } from "#core/partition";
import type { Pipeline } from "#firn";
import { extendHint, readHint, writeHint } from "#ledger/hint";
import { encode, readManifest, readPlan, readRelease, requireManifest } from "#ledger/lake";
import { keepLease } from "#ledger/lease";
import type { Ports } from "#ports";
import type { Packer } from "#ports/packer";
import type { SourceReader } from "#ports/source";
import type { Store } from "#ports/store";
import type { StageState } from "#release";
import { type LandedShard, mayKeepOriginals, partKey, partName, planColumns, planManifest } from "./plan.ts";

/**
 * Reads a plan's shards into bronze and commits the batch with its one manifest.
 *
 * Retrying is harmless: each attempt writes parts of its own, the first manifest wins, and a batch that
 * has one is not read again. The other attempts' parts belong to no batch.
 *
 * @throws {FirnError} `source.*`, `store.*`, `secret.missing`, `lease.lost`
 */
export async function runExtract(state: StageState, ports: Ports): Promise<StageState> {
  const store = await ports.store(state.team);
  const plan = await readPlan(store, state.pipeline, state.seq);
  const manifest =
    (await readManifest(store, state.pipeline, state.seq)) ?? (await extract(state, plan, store, ports));
  if (manifest.rows > 0 || plan.compare || (await emptiesPartitions(manifest)))
    return { ...state, rows: manifest.rows, next: "load" };
  // Nothing was read: only the hint moves, and the next promotion folds the window in.
  const hint = await readHint(store, state.pipeline);
  if (hint) await writeHint(store, state.pipeline, extendHint(hint, plan, manifest, "empty"));
  return { ...state, rows: 0, next: "window" };

  /** A delivery without a row says something where it takes the place of a partition. */
  async function emptiesPartitions(manifest: Manifest): Promise<boolean> {
    const { strategy } = (await readRelease(store, state)).pipeline;
    return (
      strategy.kind === "replace_partition" &&
      deliveredPartitions(strategy.partition.by, plan, manifest).length > 0
    );
  }
}

async function extract(state: StageState, plan: BatchPlan, store: Store, ports: Ports): Promise<Manifest> {
  const { pipeline } = await readRelease(store, state);
  if (plan.window) requirePast(plan.window.to, ports.clock.now(), plan.pipeline);
  const attempt = ports.attemptId();
  const landing: Landing = {
    state,
    plan,
    pipeline,
    attempt,
    store,
    ports,
    columns: planColumns(pipeline),
    piiKey: await piiKey(pipeline, state.team, ports),
    source: await ports.source(pipeline.source.kind),
    packer: await ports.packer(),
    address: ports.address(pipeline.source.connection),
    startedAt: ports.clock.now(),
    rows: 0,
    bytes: 0,
    failed: false,
  };
  const folder = await ports.scratch.open(attempt);
  try {
    const beating = keepAlive(landing);
    let shards: LandedShard[];
    try {
      shards = await landShards(landing, folder);
    } finally {
      await beating.stop();
    }
    const manifest = planManifest(plan, state.release, attempt, landing.columns, shards);
    await reportSkipped(landing, manifest);
    await keepLease(ports, state.team, state.pipeline, state.epoch);
    measure(landing, true);
    if (await store.putIfAbsent(keys.manifest(plan.pipeline, plan.seq), encode(manifest))) return manifest;
    return await requireManifest(store, plan.pipeline, plan.seq);
  } finally {
    await ports.scratch.remove(folder);
  }
}

interface Landing {
  state: StageState;
  plan: BatchPlan;
  pipeline: Pipeline;
  attempt: string;
  store: Store;
  ports: Ports;
  columns: LandedColumn[];
  piiKey: string | undefined;
  source: SourceReader;
  packer: Packer;
  address: string;
  startedAt: string;
  rows: number;
  bytes: number;
  /** A shard has failed: the others end at their next chunk. */
  failed: boolean;
}

/** Lands all shards at once. Where one fails the others end, too, and the first failure is thrown. */
async function landShards(landing: Landing, folder: string): Promise<LandedShard[]> {
  let failure: unknown;
  const landed = await Promise.all(
    landing.plan.shards.map((shard) =>
      landShard(landing, shard, folder).catch((error: unknown) => {
        failure ??= error;
        landing.failed = true;
        return null;
      }),
    ),
  );
  if (landing.failed) throw failure;
  return landed.filter((shard) => shard !== null);
}

async function landShard(landing: Landing, shard: Shard, folder: string): Promise<LandedShard> {
  const { pipeline, address, ports, packer } = landing;
  const landed: LandedShard = { parts: [], files: [], requests: 0, bytes: 0 };
  const keepOriginals = mayKeepOriginals(landing.columns);
  let at = 0;
  for await (const chunk of landing.source.read({ declaration: pipeline.source, shard, address })) {
    if (landing.failed) break;
    if ("skipped" in chunk) {
      landed.files.push({ ...chunk.skipped, status: chunk.status });
      continue;
    }
    let { delivery } = chunk;
    let originalKey: string | undefined;
    if (chunk.file && delivery.kind === "file" && keepOriginals) {
      // Read from a copy, so that what is landed and what is kept are the same bytes.
      delivery = { ...delivery, path: await ports.scratch.copy(delivery.path, folder) };
      originalKey = partKey(
        landing.plan,
        landing.attempt,
        `${shard.name}-${String(at + 1).padStart(5, "0")}-${baseName(chunk.file.path)}`,
      );
    }
    const packed = await packer.pack({
      columns: landing.columns,
      delivery,
      folder,
      subject: chunk.file?.path ?? `${landing.plan.batchId} ${shard.name}`,
      ...(landing.piiKey !== undefined && { piiKey: landing.piiKey }),
    });
    if (chunk.file && (await isChanged(landing, chunk.file))) {
      landed.files.push({ ...chunk.file, status: "changed" });
      continue;
    }
    if (originalKey && delivery.kind === "file")
      await landing.store.putFileIfAbsent(originalKey, delivery.path);
    for (const { path, rows, bytes, malformed } of packed) {
      if (rows === 0) continue;
      const name = partName(shard.name, at, malformed);
      const key = partKey(landing.plan, landing.attempt, name);
      await landing.store.putFileIfAbsent(key, path);
      landed.parts.push({
        name,
        key,
        rows,
        bytes,
        ...(chunk.file && { file: chunk.file.path }),
        ...(malformed && { malformed }),
      });
      landing.rows += rows;
    }
    if (chunk.file)
      landed.files.push({ ...chunk.file, status: "landed", ...(originalKey && { originalKey }) });
    if (chunk.reached) landed.reached = chunk.reached;
    landed.requests += chunk.requests;
    landed.bytes += chunk.bytes;
    landing.bytes += chunk.bytes;
    at++;
    measure(landing, false);
  }
  return landed;
}

/** True where the inbox no longer holds the file as planned: it was written to while it was read. */
async function isChanged({ source, pipeline, address }: Landing, file: PlannedFile): Promise<boolean> {
  const now = await source.etag?.(pipeline.source, address, file.path);
  return now !== undefined && now !== file.etag;
}

async function piiKey(pipeline: Pipeline, team: string, ports: Ports): Promise<string | undefined> {
  const hashed = Object.values(pipeline.columns).some(({ pii }) => pii === "hash");
  return hashed ? ports.secrets.get(`${team}_pii_key`) : undefined;
}

/** Says at intervals that the run is alive, until stopped; a lost lease is told then. */
function keepAlive({ ports, state }: Landing): { stop(): Promise<void> } {
  const stopping = new AbortController();
  let failure: unknown;
  const beats = (async () => {
    while (!stopping.signal.aborted) {
      await ports.clock.sleep((ports.environment.leaseSeconds / 4) * 1000, stopping.signal);
      if (!stopping.signal.aborted) await keepLease(ports, state.team, state.pipeline, state.epoch);
    }
  })().catch((error: unknown) => {
    failure = error;
  });
  return {
    async stop() {
      stopping.abort();
      await beats;
      if (failure instanceof FirnError && failure.code === "lease.lost") throw failure;
    },
  };
}

async function reportSkipped({ ports, state }: Landing, manifest: Manifest): Promise<void> {
  for (const { path, status } of manifest.files ?? []) {
    if (status === "landed") continue;
    await ports.alerts.send({
      severity: "warning",
      team: state.team,
      pipeline: state.pipeline,
      code: status === "changed" ? "source.file_changed" : "source.file_missing",
      detail: `${path} ${status === "changed" ? "was written to" : "was gone"} when the batch was read. It is read by the next batch once it lies still.`,
      at: ports.clock.now(),
    });
  }
}

function measure(landing: Landing, done: boolean): void {
  const { ports, state, plan, rows, bytes, startedAt } = landing;
  const seconds = secondsBetween(startedAt, ports.clock.now());
  ports.metrics.record({
    team: state.team,
    pipeline: state.pipeline,
    batchId: plan.batchId,
    stage: "extract",
    rows,
    bytes,
    seconds,
    done,
  });
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1).replaceAll(/[^A-Za-z0-9._-]/g, "_");
}

import type { BatchPlan, LandedColumn, LandedFile, Manifest, Part } from "#core/batch";
import { idText } from "#core/interval";
import { keys } from "#core/names";
import type { Pipeline } from "#firn";

/** What one shard landed, in order. */
export interface LandedShard {
  parts: Part[];
  files: LandedFile[];
  requests: number;
  bytes: number;
  /** For sources read by id. */
  reached?: { id: string; more: boolean };
}

/** How a pipeline's columns stand in bronze. */
export function planColumns(pipeline: Pipeline): LandedColumn[] {
  return Object.entries(pipeline.columns).map(([name, { from, pii, type }]) => ({
    name,
    from: from ?? name,
    // Masked columns are hidden in the warehouse only.
    ...(pii && pii !== "mask" && { pii }),
    ...(type === "json" && { json: true }),
  }));
}

/** True where delivered files may be kept as they came: nothing in them must be hashed or dropped. */
export function mayKeepOriginals(columns: LandedColumn[]): boolean {
  return columns.every(({ pii }) => pii === undefined);
}

/** The part's logical name: equal for every attempt, and sorting in the order things were delivered. */
export function partName(shard: string, chunk: number, malformed: boolean): string {
  return `${shard}-${String(chunk + 1).padStart(5, "0")}${malformed ? "-malformed" : ""}.parquet`;
}

export function partKey(plan: BatchPlan, attempt: string, name: string): string {
  return keys.part(plan.pipeline, plan.ingestedAt, plan.seq, attempt, name);
}

/** The batch's commit, from what its shards landed. */
export function planManifest(
  plan: BatchPlan,
  release: string,
  attempt: string,
  columns: LandedColumn[],
  shards: LandedShard[],
): Manifest {
  const parts = shards.flatMap((shard) => shard.parts).filter(({ rows }) => rows > 0);
  const files = shards.flatMap((shard) => shard.files);
  return {
    format: 1,
    batchId: plan.batchId,
    pipeline: plan.pipeline,
    seq: plan.seq,
    release,
    attempt,
    columns,
    parts,
    ...(plan.shards.some((shard) => shard.files) && { files }),
    ...planReached(plan, shards),
    rows: sum(parts.map(({ rows }) => rows)),
    bytes: sum(parts.map(({ bytes }) => bytes)),
    source: {
      requests: sum(shards.map(({ requests }) => requests)),
      bytes: sum(shards.map(({ bytes }) => bytes)),
    },
  };
}

/** How far a reading by id came; where it found nothing, no further than it began. */
function planReached({ after, compare }: BatchPlan, shards: LandedShard[]): Pick<Manifest, "reached"> {
  if (after === undefined || compare) return {};
  const reached = shards[0]?.reached;
  const to = reached ? idText(reached.id) : after;
  return { reached: { from: after, to: to < after ? after : to, ...(reached?.more && { more: true }) } };
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

import type { Interval } from "./interval.ts";

/** One file of a delivery, as the inbox listed it when the plan was made. `etag` changes with the bytes. */
export interface PlannedFile {
  path: string;
  bytes: number;
  etag: string;
  /** ISO 8601 UTC: when it was last changed. */
  modifiedAt: string;
  /** For tables whose partitions are replaced by files: which one the file holds, and which delivery of it. */
  partition?: PartitionVersion;
}

/** A delivery of a partition. Of two the one whose version sorts later as text is the newer. */
export interface PartitionVersion {
  name: string;
  version: string;
}

/** One independent piece of a batch's reading: a part of the window, or some files. */
export interface Shard {
  name: string;
  /** `(from, to]`, both ISO 8601 UTC, for sources read by time or date. An empty `to`: no end. */
  window?: Interval;
  /** For sources read by id: what has a greater one is read; a whole number. */
  after?: string;
  files?: PlannedFile[];
}

/**
 * What one batch reads, put into the lake before anything is read and never changed.
 *
 * A retry after midnight, a redrive or a new execution finds the same plan, and so makes the same batch.
 */
export interface BatchPlan {
  format: 1;
  team: string;
  pipeline: string;
  /** 1, 2, 3 ... in the order the pipeline's batches were planned; breaks ties between equal versions. */
  seq: number;
  /** `<pipeline>.<seq, six digits>`. */
  batchId: string;
  /** The release under which the plan was made. */
  release: string;
  /** What the ledger counts as read once the batch is promoted: `(from, to]`, without the overlap. */
  window?: Interval;
  /** For sources read by id, instead: where the reading begins, as `idText`; the manifest says how far it came. */
  after?: string;
  /** Reads all the source has, to be compared with silver; no watermark moves. */
  compare?: true;
  shards: Shard[];
  /** The instant every row of the batch carries as `ingested_at`; ISO 8601 UTC. */
  ingestedAt: string;
}

/** One Parquet file of a batch. Names are logical and equal for every attempt; keys hold the attempt. */
export interface Part {
  name: string;
  key: string;
  rows: number;
  bytes: number;
  /** The delivered file the rows came from; absent for pages. */
  file?: string;
  /** True for the part that holds a delivery's unreadable records. */
  malformed?: boolean;
}

/** What became of a planned file. `changed` and `missing` files are planned again once they are back. */
export interface LandedFile extends PlannedFile {
  status: "landed" | "changed" | "missing";
  /** The delivered file as it came; absent where PII forbids keeping it. */
  originalKey?: string;
}

/** How a column stands in the batch's Parquet files. */
export interface LandedColumn {
  name: string;
  /** The name of the source's field. */
  from: string;
  pii?: "hash" | "drop";
  /** The column keeps the JSON text as sent, strings with their quotes. */
  json?: true;
}

/** The commit of a batch in the lake: the first attempt to put it wins, the others' parts are orphans. */
export interface Manifest {
  format: 1;
  batchId: string;
  pipeline: string;
  seq: number;
  release: string;
  attempt: string;
  columns: LandedColumn[];
  parts: Part[];
  files?: LandedFile[];
  /** For sources read by id: what was read, `(from, to]` as `idText`. `more`: the source had not ended. */
  reached?: Interval & { more?: true };
  rows: number;
  bytes: number;
  /** What the reading cost at the source. */
  source: { requests: number; bytes: number };
}

/** What a batch counts as read: as planned, or, of a source read by id, as far as the reading came. */
export function windowOf(plan: BatchPlan, manifest: Pick<Manifest, "reached">): Interval | undefined {
  const { reached } = manifest;
  return plan.window ?? (reached && { from: reached.from, to: reached.to });
}

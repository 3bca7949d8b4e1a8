import type { BatchPlan, PlannedFile, Shard } from "#core/batch";
import { defaultLagSeconds } from "#core/interval";
import type { Pipeline } from "#firn";

/** What planning is told. */
export interface WindowRequest {
  team: string;
  pipeline: Pipeline;
  release: string;
  now: string;
  /** What is known of earlier batches. */
  known: { intervals: { from: string; to: string }[]; files: Record<string, string>; comparedAt?: string };
  /** Plans whose batches are not finished, by sequence. */
  open: BatchPlan[];
  /** The first sequence number no plan has. */
  nextSeq: number;
  /** What lies in the inbox, for delivered files. */
  inbox?: PlannedFile[];
  /** For sources without a clock: the newest plan's instant, and whether the source had more to give. */
  last?: { ingestedAt: string; more: boolean };
  /** For comparisons: the first plan's instant. */
  begunAt?: string;
}

/** What there is to read: shards of one batch, or why there is none. */
export type Reading =
  | { why: string; plan: Pick<BatchPlan, "window" | "after" | "compare"> & { shards: Shard[] } }
  | { why: string; plan: null };

export const defaults = {
  lagSeconds: defaultLagSeconds,
  overlapSeconds: 600,
  batchDaysMax: 31,
  shards: 4,
  filesPerBatch: 500,
};

export function shardName(at: number): string {
  return `s${String(at + 1).padStart(3, "0")}`;
}

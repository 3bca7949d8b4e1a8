import type { BatchPlan, PlannedFile, Shard } from "#core/batch";
import { cut, later, normalInstant, requirePast, secondsBetween, watermark } from "#core/interval";
import { batchId } from "#core/names";
import type { FilesSource, HttpSource, Pipeline } from "#firn";

export interface WindowRequest {
  team: string;
  pipeline: Pipeline;
  release: string;
  now: string;
  /** What is known of earlier batches. */
  known: { intervals: { from: string; to: string }[]; files: Record<string, string> };
  /** Plans whose batches are not finished, by sequence. */
  open: BatchPlan[];
  /** The first sequence number no plan has. */
  nextSeq: number;
  /** What lies in the inbox, for delivered files. */
  inbox?: PlannedFile[];
}

export type WindowDecision =
  | { kind: "resume"; plan: BatchPlan; changed: PlannedFile[] }
  | { kind: "new"; plan: BatchPlan; changed: PlannedFile[]; why: string }
  | { kind: "idle"; changed: PlannedFile[]; why: string };

export const defaults = {
  lagSeconds: 300,
  overlapSeconds: 600,
  batchDaysMax: 31,
  shards: 4,
  filesPerBatch: 500,
};

/**
 * Decides what a run reads next: an open plan first, else the window `(watermark - overlap, now - lag]`
 * or the files that are new, cut to one batch.
 */
export function planWindow(request: WindowRequest): WindowDecision {
  const changed = (request.inbox ?? []).filter(({ path, etag }) => {
    const known = request.known.files[path];
    return known !== undefined && known !== etag;
  });
  const [first] = [...request.open].sort((a, b) => a.seq - b.seq);
  if (first) return { kind: "resume", plan: first, changed };
  const { source } = request.pipeline;
  return source.kind === "http" ? planTime(request, source) : planFiles(request, source, changed);
}

function planTime(request: WindowRequest, source: HttpSource): WindowDecision {
  const declared = request.pipeline.watermark;
  const start = normalInstant(declared?.start ?? request.now);
  const from = watermark(request.known.intervals, start);
  requirePast(from, request.now, request.pipeline.name);
  const end = later(request.now, -(declared?.lagSeconds ?? defaults.lagSeconds));
  if (end <= from) {
    return {
      kind: "idle",
      changed: [],
      why: `everything up to ${from} is read, and rows younger than ${end} may still be moving`,
    };
  }
  const longest = later(from, (declared?.batchDaysMax ?? defaults.batchDaysMax) * 86_400);
  const to = end < longest ? end : longest;
  const overlapped = later(from, -(declared?.overlapSeconds ?? defaults.overlapSeconds));
  const read = { from: overlapped < start ? start : overlapped, to };
  const pieces = source.window.before ? cut(read, source.shards ?? defaults.shards) : [read];
  const shards = pieces.map((window, at): Shard => ({ name: shardName(at), window }));
  return {
    kind: "new",
    changed: [],
    why: `${Math.ceil(secondsBetween(from, to))} s of changes after the watermark ${from}${to < end ? "; more follows" : ""}`,
    plan: { ...common(request), window: { from, to }, shards },
  };
}

function planFiles(request: WindowRequest, source: FilesSource, changed: PlannedFile[]): WindowDecision {
  const fresh = (request.inbox ?? []).filter(({ path }) => request.known.files[path] === undefined);
  if (fresh.length === 0)
    return { kind: "idle", changed, why: `all ${request.inbox?.length ?? 0} files in the inbox are read` };
  const files = fresh.slice(0, source.filesPerBatch ?? defaults.filesPerBatch);
  const perShard = Math.ceil(files.length / Math.min(files.length, 2));
  const shards: Shard[] = [];
  for (let at = 0; at < files.length; at += perShard) {
    shards.push({ name: shardName(shards.length), files: files.slice(at, at + perShard) });
  }
  return {
    kind: "new",
    changed,
    why: `${files.length} new file${files.length === 1 ? "" : "s"} in the inbox${fresh.length > files.length ? `; ${fresh.length - files.length} more follow` : ""}`,
    plan: { ...common(request), shards },
  };
}

function common(request: WindowRequest): Omit<BatchPlan, "shards"> {
  return {
    format: 1,
    team: request.team,
    pipeline: request.pipeline.name,
    seq: request.nextSeq,
    batchId: batchId(request.pipeline.name, request.nextSeq),
    release: request.release,
    ingestedAt: request.now,
  };
}

function shardName(at: number): string {
  return `s${String(at + 1).padStart(3, "0")}`;
}

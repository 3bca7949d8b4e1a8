import type { BatchPlan, PlannedFile } from "#core/batch";
import { batchId } from "#core/names";
import { type ClockSource, planClock } from "./clock.ts";
import { planFiles } from "./files.ts";
import type { Reading, WindowRequest } from "./reading.ts";
import { planAll, planCompare, planIds } from "./whole.ts";

export type WindowDecision =
  | { kind: "resume"; plan: BatchPlan; changed: PlannedFile[] }
  | { kind: "new"; plan: BatchPlan; changed: PlannedFile[]; why: string }
  | { kind: "idle"; changed: PlannedFile[]; why: string };

/**
 * Decides what a run reads next: an open plan first, else what is new, cut to one batch; where nothing is
 * and a comparison is due, all there is.
 */
export function planWindow(request: WindowRequest): WindowDecision {
  const { known, pipeline } = request;
  const changed = (request.inbox ?? []).filter(({ path, etag }) => {
    const before = known.files[path];
    return before !== undefined && before !== etag;
  });
  const [first] = [...request.open].sort((a, b) => a.seq - b.seq);
  if (first) return { kind: "resume", plan: first, changed };
  const news = planNews(request);
  const reading = news.plan ? news : (planCompare(request) ?? news);
  if (!reading.plan) return { kind: "idle", changed, why: reading.why };
  const plan: BatchPlan = {
    format: 1,
    team: request.team,
    pipeline: pipeline.name,
    seq: request.nextSeq,
    batchId: batchId(pipeline.name, request.nextSeq),
    release: request.release,
    ingestedAt: request.now,
    ...reading.plan,
  };
  return { kind: "new", plan, changed, why: reading.why };
}

function planNews(request: WindowRequest): Reading {
  const { source } = request.pipeline;
  if (source.kind === "files") return planFiles(request, source);
  switch (source.window.by) {
    case "id":
      return planIds(request, source.window);
    case "all":
      return planAll(request);
    default:
      return planClock(request, source as ClockSource);
  }
}

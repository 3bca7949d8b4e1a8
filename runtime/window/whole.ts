/** Readings that no clock cuts: by id, of everything, and of everything again to compare it. */
import type { Shard } from "#core/batch";
import { cut, daySeconds, idOf, idText, normalInstant, secondsBetween, watermark } from "#core/interval";
import type { HttpSource } from "#firn";
import { defaults, type Reading, shardName, type WindowRequest } from "./reading.ts";

type Ids = Extract<HttpSource["window"], { by: "id" }>;

/** What has an id above the watermark. How far it goes only the reading tells, so each run reads once. */
export function planIds(request: WindowRequest, { start = 0, overlap = 0 }: Ids): Reading {
  const after = watermark(request.known.intervals, idText(start));
  const { last } = request;
  if (last && !last.more && last.ingestedAt >= request.now)
    return { plan: null, why: `everything up to id ${idOf(after)} was read at ${last.ingestedAt}` };
  const from = idOf(after) - BigInt(overlap);
  return {
    why: `what has an id above ${idOf(after)}`,
    plan: { after, shards: [{ name: shardName(0), after: String(from < start ? start : from) }] },
  };
}

/** All there is, once in a run. */
export function planAll({ last, now }: WindowRequest): Reading {
  if (last && last.ingestedAt >= now)
    return { plan: null, why: `all there is was read at ${last.ingestedAt}` };
  return { why: "all there is", plan: { shards: [{ name: shardName(0) }] } };
}

/** All there is of a source read by time or id, where a comparison is due; undefined where none is. */
export function planCompare(request: WindowRequest): Reading | undefined {
  const { known, now, begunAt, pipeline } = request;
  const { compare, source } = pipeline;
  const since = known.comparedAt ?? begunAt;
  if (!compare || source.kind !== "http" || since === undefined) return undefined;
  if (secondsBetween(since, now) < compare.everyDays * daySeconds) return undefined;
  return {
    why: `all there is, to compare: the last time was ${since}`,
    plan: { compare: true, shards: shardsOf(source) },
  };

  /** The last one has no end: what changes while it is read is still there. */
  function shardsOf({ window, shards = defaults.shards }: HttpSource): Shard[] {
    if (window.by === "id") return [{ name: shardName(0), after: String(window.start ?? 0) }];
    const whole = { from: normalInstant(pipeline.watermark?.start ?? now), to: now };
    const pieces = window.by !== "date" && "before" in window && window.before ? cut(whole, shards) : [whole];
    return pieces.map(({ from, to }, at) => ({
      name: shardName(at),
      window: { from, to: at === pieces.length - 1 ? "" : to },
    }));
  }
}

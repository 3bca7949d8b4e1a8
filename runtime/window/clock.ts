import type { Shard } from "#core/batch";
import {
  cut,
  cutDays,
  daySeconds,
  later,
  midnight,
  normalInstant,
  requirePast,
  secondsBetween,
  watermark,
} from "#core/interval";
import type { HttpSource } from "#firn";
import { defaults, type Reading, shardName, type WindowRequest } from "./reading.ts";

/** A source that is read by time or date. */
export type ClockSource = HttpSource & {
  window: Exclude<HttpSource["window"], { by: "id" } | { by: "all" }>;
};

/** The window `(watermark - overlap, now - lag]`, cut to one batch; by date, of whole days. */
export function planClock(request: WindowRequest, source: ClockSource): Reading {
  const declared = request.pipeline.watermark;
  const { window } = source;
  const wholeDays = window.by === "date";
  const edge = wholeDays ? midnight : normalInstant;
  const start = edge(declared?.start ?? request.now);
  const from = watermark(request.known.intervals, start);
  if (from === start && start > request.now)
    return { plan: null, why: `its history begins at ${start}, and here it is ${request.now}` };
  requirePast(from, request.now, request.pipeline.name);
  const end = edge(later(request.now, -(declared?.lagSeconds ?? defaults.lagSeconds)));
  if (end <= from) {
    return {
      plan: null,
      why: wholeDays
        ? `every day before ${from.slice(0, 10)} is read, and the next is not over`
        : `everything up to ${from} is read, and rows younger than ${end} may still be moving`,
    };
  }
  const longest = later(from, (declared?.batchDaysMax ?? defaults.batchDaysMax) * daySeconds);
  const to = end < longest ? end : longest;
  const overlapSeconds = wholeDays
    ? (declared?.overlapDays ?? 0) * daySeconds
    : (declared?.overlapSeconds ?? defaults.overlapSeconds);
  const overlapped = later(from, -overlapSeconds);
  const read = { from: overlapped < start ? start : overlapped, to };
  const shards = source.shards ?? defaults.shards;
  const pieces = wholeDays ? cutDays(read, shards) : window.before ? cut(read, shards) : [read];
  const more = to < end ? "; more follows" : "";
  return {
    why: wholeDays
      ? `the days from ${from.slice(0, 10)} until before ${to.slice(0, 10)}${more}`
      : `${Math.ceil(secondsBetween(from, to))} s of changes after the watermark ${from}${more}`,
    plan: {
      window: { from, to },
      shards: pieces.map((window, at): Shard => ({ name: shardName(at), window })),
    },
  };
}

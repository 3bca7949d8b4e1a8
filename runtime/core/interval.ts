import { FirnError } from "#core/errors";

/**
 * A half-open interval `(from, to]`: `from` is excluded, `to` included.
 *
 * Both ends are strings that sort as their values do: ISO 8601 UTC instants with milliseconds, or `idText`.
 */
export interface Interval {
  from: string;
  to: string;
}

/** How far behind now a window ends where nothing else is declared, so that rows committed late are seen. */
export const defaultLagSeconds = 300;

/** The union of intervals, sorted, touching ones joined. Empty ones (`from >= to`) vanish. */
export function union(intervals: readonly Interval[]): Interval[] {
  const sorted = intervals.filter(({ from, to }) => from < to).sort((a, b) => compare(a.from, b.from));
  const joined: Interval[] = [];
  for (const { from, to } of sorted) {
    const last = joined.at(-1);
    if (last && from <= last.to) last.to = to > last.to ? to : last.to;
    else joined.push({ from, to });
  }
  return joined;
}

/** The watermark: the end of the first run of intervals that begins at or before `start`; else `start`. */
export function watermark(intervals: readonly Interval[], start: string): string {
  const first = union(intervals).find(({ to }) => to > start);
  return first && first.from <= start ? first.to : start;
}

/** The parts of `whole` that `intervals` do not cover, in order. Resume and backfill are this one sum. */
export function uncovered(whole: Interval, intervals: readonly Interval[]): Interval[] {
  const gaps: Interval[] = [];
  let at = whole.from;
  for (const { from, to } of union(intervals)) {
    if (to <= at) continue;
    if (from >= whole.to) break;
    if (from > at) gaps.push({ from: at, to: from });
    at = to;
  }
  if (at < whole.to) gaps.push({ from: at, to: whole.to });
  return gaps;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The instant some seconds later (or earlier), ISO 8601 UTC with milliseconds. */
export function later(instant: string, seconds: number): string {
  return toInstant(toMillis(instant) + Math.round(seconds * 1000));
}

/** Seconds from one instant to another; negative where it lies before. */
export function secondsBetween(from: string, to: string): number {
  return (toMillis(to) - toMillis(from)) / 1000;
}

/** The one text of an instant: ISO 8601 UTC with milliseconds, so that texts sort as instants do. */
export function normalInstant(instant: string): string {
  return toInstant(toMillis(instant));
}

/** Cuts `(from, to]` into at most `pieces` equal pieces of at least a second. */
export function cut(window: Interval, pieces: number): Interval[] {
  const from = toMillis(window.from);
  const to = toMillis(window.to);
  const count = Math.max(1, Math.min(pieces, Math.floor((to - from) / 1000)));
  const edge = (at: number) => toInstant(at === count ? to : from + Math.floor(((to - from) * at) / count));
  return Array.from({ length: count }, (_, at) => ({ from: edge(at), to: edge(at + 1) }));
}

/** Cuts `(from, to]`, both midnights in UTC, into at most `pieces` of whole days. */
export function cutDays(window: Interval, pieces: number): Interval[] {
  const days = Math.round(secondsBetween(window.from, window.to) / daySeconds);
  const count = Math.max(1, Math.min(pieces, days));
  const edge = (at: number) => later(window.from, Math.floor((days * at) / count) * daySeconds);
  return Array.from({ length: count }, (_, at) => ({ from: edge(at), to: edge(at + 1) }));
}

/** The days of a window between two midnights in UTC, as `YYYY-MM-DD`. */
export function daysOf(window: Interval): string[] {
  return cutDays(window, Number.POSITIVE_INFINITY).map(({ from }) => from.slice(0, 10));
}

/** The midnight (UTC) at or before an instant. */
export function midnight(instant: string): string {
  return `${normalInstant(instant).slice(0, 10)}T00:00:00.000Z`;
}

export const daySeconds = 86_400;

/** The text of an id, a whole number from 0 to 10^19 - 1, that sorts as ids do. */
export function idText(id: string | number | bigint): string {
  return String(id).padStart(19, "0");
}

/** The id of an `idText`. */
export function idOf(text: string): bigint {
  return BigInt(text);
}

function toMillis(instant: string): number {
  return Date.parse(instant);
}

function toInstant(millis: number): string {
  return new Date(millis).toISOString();
}

/** Clocks of machines that work on one pipeline may differ by so much. */
const skewSeconds = 60;

/**
 * Holds that a window's end is over: what changes until then would never be read.
 *
 * @throws {FirnError} `window.ahead` where the end is later than now by more than clocks may differ
 */
export function requirePast(end: string, now: string, pipeline: string): void {
  if (secondsBetween(now, end) <= skewSeconds) return;
  throw new FirnError("window.ahead", {
    what: `Changes of "${pipeline}" up to ${end} are planned or count as read, but here it is ${now}.`,
    why: "A clock was ahead when that was planned, or this one is behind; what changes until then would never be read.",
    fix: "Set the clock right (FIRN_NOW, if it is set). If it was ahead then, wait until that instant; then a larger overlapSeconds, for one run, reads the time between again.",
  });
}

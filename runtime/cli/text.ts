/** How amounts are told to people. */
import { type Interval, later } from "#core/interval";
import type { Pipeline } from "#firn";

export function bytes(amount: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let at = 0;
  let value = amount;
  while (value >= 1000 && at < units.length - 1) {
    value /= 1000;
    at++;
  }
  return `${at === 0 ? value : value.toFixed(1)} ${units[at]}`;
}

/** A length of time in its two largest units: `3 d 4 h`. */
export function duration(seconds: number): string {
  if (seconds < 0) return `-${duration(-seconds)}`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return parts(seconds, 60, "min", 1, "s");
  if (seconds < 86_400) return parts(seconds, 3600, "h", 60, "min");
  return parts(seconds, 86_400, "d", 3600, "h");
}

function parts(seconds: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((seconds % large) / small);
  return `${Math.floor(seconds / large)} ${largeUnit}${rest > 0 ? ` ${rest} ${smallUnit}` : ""}`;
}

/** An instant for people, in UTC, to the second: `2024-01-31 06:00:07`; a day's beginning is the day. */
export function instant(iso: string): string {
  const [date = iso, time = ""] = iso.split("T");
  return time.startsWith("00:00:00") ? date : `${date} ${time.slice(0, 8)}`;
}

/** How far a reading has come, or is to go: an instant, an id, or no end. */
export function place(text: string): string {
  if (text === "") return "no end";
  return /^\d+$/.test(text) ? `id ${BigInt(text)}` : instant(text);
}

/** What a window reads: `(from, to]`, or, of whole days, the first and the last. */
export function span({ from, to }: Interval, { source }: Pick<Pipeline, "source">): string {
  if (source.kind !== "http" || source.window.by !== "date") return `(${place(from)}, ${place(to)}]`;
  return `${from.slice(0, 10)} to ${later(to, -1).slice(0, 10)}`;
}

/** `1 row`, `2 rows`. */
export function counted(amount: number, what: string): string {
  return `${amount.toLocaleString("en")} ${what}${amount === 1 ? "" : "s"}`;
}

/** What an environment costs while nothing runs. Pure: from what is planned, or from what was registered. */
import type { Planned } from "../inventory.ts";
import { drawTable } from "../table.ts";
import { free, hoursPerMonth, type Unit, units } from "./units.ts";

export interface PriceLine {
  what: string;
  count: number;
  /** A month. */
  dollars: number;
  source: string;
}

export interface Price {
  /** Dearest first; what costs nothing is left out. */
  lines: PriceLine[];
  /** A month, idle. */
  dollars: number;
  /** The same from the third year on: each key's first two yearly rotations add a dollar, later ones none. */
  dollarsAfterRotations: number;
  /** Types whose price is not known here; empty for what Firn registers. */
  unknown: string[];
}

/**
 * The idle price of a month: keys, secrets, alarms, dashboards, what schedules publish, polling and starts.
 *
 * Not in it: what is stored, what runs cost (Lambda, Step Functions, requests, credits), log lines, and taxes.
 */
export function planPrice(planned: readonly Planned[]): Price {
  const lines = Object.values<Unit>(units).flatMap((unit): PriceLine[] => {
    const own = planned.filter(({ type }) => type === unit.type);
    const dollars = own.reduce((sum, each) => sum + unit.dollars * amountOf(each), 0);
    return own.length === 0 ? [] : [{ what: unit.what, count: own.length, dollars, source: unit.source }];
  });
  const known: readonly string[] = Object.values(units).map(({ type }) => type);
  const unknown = planned
    .map(({ type }) => type)
    .filter((type) => !known.includes(type) && !free.some((prefix) => type.startsWith(prefix)));
  const dollars = lines.reduce((sum, line) => sum + line.dollars, 0);
  const rotated = planned.filter(
    ({ type, inputs }) => type === units.key.type && inputs.enableKeyRotation !== false,
  );
  return {
    lines: lines.sort((a, b) => b.dollars - a.dollars),
    dollars,
    dollarsAfterRotations: dollars + 2 * units.key.dollars * rotated.length,
    unknown: [...new Set(unknown)].sort(),
  };
}

/** The price as a table, with its sum and what it leaves out. */
export function priceText(environment: string, price: Price): string {
  const rows = price.lines.map(({ what, count, dollars }) => [what, String(count), dollars.toFixed(2)]);
  return [
    `Idle, ${environment} costs about ${price.dollars.toFixed(2)} dollars a month:`,
    drawTable(["what", "count", "dollars"], [...rows, ["in all", "", price.dollars.toFixed(2)]], [1, 2]),
    ...priceNotes(price),
  ].join("\n");
}

/** What to know beside the table. */
export function priceNotes({ dollarsAfterRotations, unknown }: Price): string[] {
  return [
    `From the third year on ${dollarsAfterRotations.toFixed(2)}, since a key's first two rotations stay.`,
    "List prices of US East (N. Virginia); other regions ask up to a third more. Not in it: storage, and runs.",
    ...(unknown.length > 0 ? [`Of unknown price: ${unknown.join(", ")}.`] : []),
  ];
}

/** How many of its unit a resource is billed as. */
function amountOf({ type, inputs }: Planned): number {
  if (type === units.metric.type) return Number(inputs.hoursPerMonth) / hoursPerMonth;
  if (type === units.start.type)
    return inputs.state === "DISABLED" ? 0 : startsPerMonth(String(inputs.scheduleExpression));
  if (type === units.alarm.type) {
    // Below a minute it is a high-resolution alarm, at three times the price.
    const fine = typeof inputs.period === "number" && inputs.period < 60 ? 3 : 1;
    const queries = (inputs.metricQueries ?? []) as { metric?: unknown }[];
    return fine * Math.max(1, queries.filter(({ metric }) => metric !== undefined).length);
  }
  return 1;
}

/**
 * How often a schedule starts in a month of 730 hours. Of a cron expression, minutes, hours and days of the week
 * count; days of the month and months are taken for all, so it may be fewer.
 *
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export function startsPerMonth(expression: string): number {
  const [, value, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  if (value && unit)
    return (hoursPerMonth * 60) / (Number(value) * { minute: 1, hour: 60, day: 1_440 }[unit]!);
  const [minutes, hours, , , days] = (/^cron\((.*)\)$/.exec(expression)?.[1] ?? "").split(" ");
  if (minutes === undefined || hours === undefined || days === undefined) return 0;
  return (matches(minutes, 60) * matches(hours, 24) * matches(days, 7) * hoursPerMonth) / (24 * 7);
}

const weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/** How many of the `size` values there are a field of a cron expression names. */
function matches(field: string, size: number): number {
  if (field === "*" || field === "?") return size;
  const place = (text: string) => (weekdays.includes(text) ? weekdays.indexOf(text) + 1 : Number(text));
  return field
    .split(",")
    .map((part) => {
      const [range = "", step] = part.split("/");
      const [from = "0", to] = range === "*" ? ["0"] : range.split("-");
      const last = to !== undefined ? place(to) : step === undefined ? place(from) : size - 1;
      return Math.floor((last - place(from)) / Number(step ?? 1)) + 1;
    })
    .reduce((sum, each) => sum + each, 0);
}

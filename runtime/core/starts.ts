/** When a schedule starts: one arithmetic for what is deployed and for what looks whether it came. Pure. */

export interface Schedule {
  everyMinutes: number;
  /** IANA name; default UTC. */
  timeZone?: string | undefined;
  /** Of a daily one. Default 0. */
  atHour?: number | undefined;
}

const dayMinutes = 1_440;
const weekMinutes = 7 * dayMinutes;

/**
 * Intervals whose starts are the same every day, or every week: those that divide an hour, those of whole hours
 * that divide a day, a day and a week. Of others, such as 7 or 2,880 minutes, no cron expression keeps the
 * starts, and two pipelines of a team would drift apart: each would wake the warehouse on its own.
 */
export const alignedMinutes: readonly number[] = [
  ...divisors(60),
  ...divisors(24)
    .filter((hours) => hours > 1)
    .map((hours) => hours * 60),
  weekMinutes,
];

/** Why a schedule has no aligned starts; null where it has. */
export function misalignment({ everyMinutes, atHour }: Schedule): string | null {
  if (!alignedMinutes.includes(everyMinutes))
    return `everyMinutes is ${everyMinutes}, whose starts no clock repeats from day to day`;
  if (atHour !== undefined && everyMinutes !== dayMinutes)
    return `atHour is that of a daily schedule (everyMinutes: ${dayMinutes}), and this one has ${everyMinutes}`;
  return null;
}

/**
 * Whether a schedule starts in the minute of an instant: minutes are counted from midnight of its own zone, weeks
 * from Monday. So all pipelines of a team start together, and its warehouse is woken once.
 *
 * A time that the change to summer time leaves out has no start, and one that comes twice in autumn has the first.
 *
 * @param instant ISO 8601; its seconds do not count
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
 */
export function isStart(schedule: Schedule, instant: string): boolean {
  const { timeZone = "UTC", everyMinutes, atHour = 0 } = schedule;
  const { minuteOfDay, weekday } = wallClock(instant, timeZone);
  const starts =
    everyMinutes < dayMinutes
      ? minuteOfDay % everyMinutes === 0
      : minuteOfDay === atHour * 60 && (everyMinutes === dayMinutes || weekday === "Mon");
  return (
    starts &&
    !setBackMinutes.some((by) => wallClock(earlier(instant, by), timeZone).minuteOfDay === minuteOfDay)
  );
}

/** By how much clocks are set back anywhere. */
const setBackMinutes = [30, 60];

function earlier(instant: string, minutes: number): string {
  return new Date(Date.parse(instant) - minutes * 60_000).toISOString();
}

/** The newest start at or before an instant. A start that a change to summer time leaves out did not come. */
export function lastStart(schedule: Schedule, before: string): string {
  const first = Math.floor(Date.parse(before) / 60_000);
  // A week back there is one of any aligned schedule; two, since the change to summer time can swallow one.
  for (let minute = first; minute > first - 2 * weekMinutes - 60; minute--) {
    const instant = new Date(minute * 60_000).toISOString();
    if (isStart(schedule, instant)) return instant;
  }
  throw new RangeError(`no start of a schedule of ${schedule.everyMinutes} minutes within two weeks`);
}

/**
 * The schedule as EventBridge Scheduler writes it, read in the schedule's zone.
 *
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export function cronOf({ everyMinutes, atHour = 0 }: Schedule): string {
  if (everyMinutes < 60) return `cron(0/${everyMinutes} * * * ? *)`;
  if (everyMinutes < dayMinutes) return `cron(0 0/${everyMinutes / 60} * * ? *)`;
  return everyMinutes === dayMinutes ? `cron(0 ${atHour} * * ? *)` : "cron(0 0 ? * MON *)";
}

const formats = new Map<string, Intl.DateTimeFormat>();

function wallClock(instant: string, timeZone: string): { minuteOfDay: number; weekday: string } {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat("en-US", {
      timeZone,
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
  formats.set(timeZone, format);
  const parts = Object.fromEntries(
    format.formatToParts(new Date(instant)).map(({ type, value }) => [type, value]),
  );
  return { minuteOfDay: Number(parts.hour) * 60 + Number(parts.minute), weekday: parts.weekday ?? "" };
}

function divisors(of: number): number[] {
  return Array.from({ length: of }, (_, n) => n + 1).filter((n) => of % n === 0);
}

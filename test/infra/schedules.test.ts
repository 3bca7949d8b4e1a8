import assert from "node:assert/strict";
import fc from "fast-check";
import { alignedMinutes, cronOf, isStart, lastStart, misalignment, type Schedule } from "#core/starts";
import { planSchedules, requireAligned } from "#infra/schedules/plan";
import { inCloud, scopesOf } from "./site.ts";

const heartbeat = { hash: "ab".repeat(32) };
const zones = ["UTC", "Europe/Zurich", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"];
const schedules = fc.record({
  everyMinutes: fc.constantFrom(...alignedMinutes),
  timeZone: fc.constantFrom(...zones),
});
const minutes = fc
  .integer({ min: Date.parse("2023-01-01") / 60_000, max: Date.parse("2028-01-01") / 60_000 })
  .map((minute) => new Date(minute * 60_000).toISOString());

describe("the schedule of a pipeline", () => {
  it("means in EventBridge's words the starts that are declared, in every zone and through summer time", () => {
    fc.assert(
      fc.property(schedules, fc.integer({ min: 0, max: 23 }), minutes, (of, atHour, instant) => {
        const schedule = of.everyMinutes === 1_440 ? { ...of, atHour } : of;
        // Next to its starts too, not only anywhere in the day.
        for (const at of [instant, lastStart(schedule, instant)])
          assert.equal(matches(cronOf(schedule), at, of.timeZone), isStart(schedule, at), at);
      }),
      { numRuns: 300 },
    );
  });

  it("starts as often a week as it declares, where no clock is changed", () => {
    const week = Array.from({ length: 7 * 1_440 }, (_, n) =>
      new Date(Date.parse("2024-01-03T00:00:00Z") + n * 60_000).toISOString(),
    );
    for (const everyMinutes of alignedMinutes) {
      const starts = week.filter((at) => matches(cronOf({ everyMinutes }), at, "UTC"));
      assert.equal(starts.length, (7 * 1_440) / everyMinutes, `${everyMinutes}`);
    }
  });

  it("has a last start that is one, and none between it and now", () => {
    fc.assert(
      fc.property(schedules, minutes, (schedule: Schedule, now) => {
        const last = lastStart(schedule, now);
        assert.ok(isStart(schedule, last) && last <= now);
        for (let at = Date.parse(last) + 60_000, n = 0; at <= Date.parse(now) && n < 500; at += 60_000, n++)
          assert.ok(!isStart(schedule, new Date(at).toISOString()));
      }),
      { numRuns: 60 },
    );
  });

  it("that is daily keeps its hour of the wall clock when summer time begins", () => {
    const daily = { everyMinutes: 1_440, timeZone: "Europe/Zurich", atHour: 6 };
    assert.equal(lastStart(daily, "2024-03-30T12:00:00Z"), "2024-03-30T05:00:00.000Z");
    assert.equal(lastStart(daily, "2024-03-31T12:00:00Z"), "2024-03-31T04:00:00.000Z");
    assert.equal(cronOf(daily), "cron(0 6 * * ? *)");
  });

  it("starts once where the clock shows its hour twice, and not at all where it leaves it out", () => {
    const daily = { everyMinutes: 1_440, timeZone: "Europe/Zurich", atHour: 2 };
    const starts = (day: string) =>
      Array.from({ length: 48 }, (_, n) =>
        new Date(Date.parse(`${day}T00:00:00Z`) + n * 1_800_000).toISOString(),
      )
        .filter((at) => isStart(daily, at))
        .filter((at) => at < `${day}T12`);
    assert.deepEqual(starts("2024-10-27"), ["2024-10-27T00:00:00.000Z"]);
    assert.deepEqual(starts("2024-03-31"), []);
  });

  it("is refused where its starts would wander, all at once, with those that are legal", () => {
    const scopes = scopesOf("dev", ({ pipelines }) => ({
      pipelines: pipelines.map((each) => ({ ...each, schedule: { everyMinutes: 7 } })),
    }));
    assert.throws(() => requireAligned(scopes), {
      code: "declare.invalid",
      message: /commerce\.orders.*learning\.learner_activity.*1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60, 120/s,
    });
    assert.match(misalignment({ everyMinutes: 60, atHour: 5 }) ?? "", /atHour/);
    assert.equal(misalignment({ everyMinutes: 1_440, atHour: 5 }), null);
    for (const stack of inCloud) requireAligned(scopesOf(stack));
  });

  it("sends the instant it was scheduled for, so that two deliveries are one execution", () => {
    const [scope] = scopesOf("prod");
    const plan = planSchedules(scope!, heartbeat);
    const [orders] = plan.schedules;
    assert.deepEqual(JSON.parse(orders?.input ?? ""), {
      pipeline: "orders",
      scheduledAt: "<aws.scheduler.scheduled-time>",
    });
    assert.equal(orders?.expression, "cron(0 0 * * ? *)");
    assert.match(orders?.targetArn ?? "", /^arn:aws:sqs:eu-west-1:333333333333:firn-prod-commerce-wakeups$/);
  });

  it("fires no more once its team is retired, nor does the heartbeat", () => {
    for (const scope of scopesOf("prod", () => ({ retired: true })))
      for (const { state } of planSchedules(scope, heartbeat).schedules) assert.equal(state, "DISABLED");
  });

  it("has a heartbeat beside it where alarms are on, and none in dev", () => {
    const beats = (stack: "dev" | "prod") =>
      scopesOf(stack).flatMap((scope) =>
        planSchedules(scope, heartbeat).schedules.filter(({ input }) => input === "{}"),
      );
    assert.deepEqual([beats("dev").length, beats("prod").length], [0, 2]);
  });
});

/** A cron expression of EventBridge Scheduler, read by its documentation and by nothing of ours. */
function matches(expression: string, instant: string, timeZone: string): boolean {
  const [minute = "", hour = "", , , weekday = ""] = /^cron\((.*)\)$/.exec(expression)?.[1]?.split(" ") ?? [];
  const wall = clockOf(timeZone).format(new Date(instant));
  const [, day = "", hours = "", mins = ""] = /^(\w{3}).*?(\d\d):(\d\d)/.exec(wall) ?? [];
  const field = (of: string, value: number): boolean => {
    const [, from, step] = /^(\d+)\/(\d+)$/.exec(of) ?? [];
    if (step !== undefined) return value >= Number(from) && (value - Number(from)) % Number(step) === 0;
    return of === "*" || Number(of) === value;
  };
  return (
    // "When the time shifts back in the Fall, your schedule runs only once."
    ![30, 60].some((by) => clockOf(timeZone).format(Date.parse(instant) - by * 60_000) === wall) &&
    field(minute, Number(mins)) &&
    field(hour, Number(hours)) &&
    (weekday === "?" || weekday === "*" || weekday === day.toUpperCase())
  );
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(timeZone: string): Intl.DateTimeFormat {
  const clock =
    clocks.get(timeZone) ??
    new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
    });
  clocks.set(timeZone, clock);
  return clock;
}

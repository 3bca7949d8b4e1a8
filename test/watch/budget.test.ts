import assert from "node:assert/strict";
import { judgeBudget, planSpending, type Spending, spendingSince } from "#watch/budget";
import { planBill } from "#watch/credits";

/** An hour of an X-Small, its tail included: one credit. */
const creditAt = (startedAt: string) => ({ startedAt, seconds: 3540 });
const spending = (now: string, ...starts: string[]) => {
  const known = starts.filter((each) => each >= spendingSince(now)).map(creditAt);
  return planSpending(planBill(known), undefined, now);
};
const near = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-9, `${a} is not ${b}`);

describe("the spending of a month", () => {
  it("is what ran since the month began, in UTC, up to the instant where a period crosses it", () => {
    const { month, spent } = spending(
      "2024-03-02T00:00:00.000Z",
      "2024-02-29T23:30:00.000Z",
      "2024-03-01T12:00:00.000Z",
    );
    assert.equal(month, "2024-03");
    near(spent, 1.5);
  });

  it("foresees the average of the last 7 days for each day that is left", () => {
    const days = Array.from(
      { length: 14 },
      (_, day) => `2024-03-${String(day + 1).padStart(2, "0")}T06:00:00.000Z`,
    );
    const { spent, forecast } = spending("2024-03-15T00:00:00.000Z", ...days);
    near(spent, 14);
    near(forecast, 14 + 17);
  });

  it("follows a new pace, not that of the whole month", () => {
    const now = "2024-03-15T00:00:00.000Z";
    const { forecast } = spending(now, "2024-03-01T06:00:00.000Z", "2024-03-02T06:00:00.000Z");
    near(forecast, 2);
  });

  it("takes the pace of the month before into its first days", () => {
    const days = Array.from({ length: 7 }, (_, day) => `2024-02-${23 + day}T06:00:00.000Z`);
    const { spent, forecast } = spending("2024-03-01T00:00:00.000Z", ...days);
    near(spent, 0);
    near(forecast, 31);
  });

  it("knows a team that runs weekly from one that began today", () => {
    const { spent, forecast } = spending(
      "2024-03-01T12:00:00.000Z",
      "2024-02-23T06:00:00.000Z",
      "2024-03-01T06:00:00.000Z",
    );
    near(spent, 1);
    near(forecast, 1 + 30.5 / 7);
  });

  it("takes the first hours for a day, so that they foresee no month of such hours", () => {
    const { forecast } = spending("2024-03-16T02:00:00.000Z", "2024-03-16T00:00:00.000Z");
    near(forecast, 1 + (15 + 22 / 24));
  });

  it("ends with the year as with any month", () => {
    const { month, forecast } = spending("2024-12-31T00:00:00.000Z", "2024-12-30T00:00:00.000Z");
    assert.equal(month, "2024-12");
    near(forecast, 2);
  });

  it("is nothing where nothing ran", () => {
    assert.deepEqual(spending("2024-03-15T00:00:00.000Z"), { month: "2024-03", spent: 0, forecast: 0 });
  });
});

describe("a budget", () => {
  const budget = { creditsPerMonth: 100 };
  const of = (spent: number, forecast: number): Spending => ({ month: "2024-03", spent, forecast });

  it("is silent while neither spent nor foreseen reaches a share", () => {
    assert.equal(judgeBudget(budget, of(20, 49.9), []), null);
  });

  it("tells a share that is foreseen, with both figures", () => {
    const reached = judgeBudget(budget, of(20, 85), []);
    assert.deepEqual(reached?.notes, ["0.5", "0.8"]);
    assert.match(reached?.detail ?? "", /^80 % of the budget of 100 credits for 2024-03 will be spent/);
    assert.match(reached?.detail ?? "", /20\.00 so far, 85\.00 by the month's end/);
    assert.match(reached?.detail ?? "", /npx firn cost/);
  });

  it("tells each share once in a month", () => {
    assert.equal(judgeBudget(budget, of(51, 85), ["0.5", "0.8"]), null);
    assert.deepEqual(judgeBudget(budget, of(60, 101), ["0.5", "0.8"])?.notes, ["1"]);
  });

  it("tells once more of a whole budget that was foreseen, when it is spent", () => {
    const reached = judgeBudget(budget, of(100, 140), ["0.5", "0.8", "1"]);
    assert.deepEqual(reached?.notes, ["spent"]);
    assert.match(reached?.detail ?? "", /^100 % of the budget of 100 credits for 2024-03 is spent/);
    assert.equal(judgeBudget(budget, of(120, 140), ["0.5", "0.8", "1", "spent"]), null);
  });

  it("takes the declared shares, in any order, also beyond the whole", () => {
    const declared = { creditsPerMonth: 10, alertAtShares: [1.2, 0.9] };
    assert.deepEqual(judgeBudget(declared, of(5, 8.9), []), null);
    assert.match(judgeBudget(declared, of(12, 12), [])?.detail ?? "", /^120 % .* is spent/);
  });
});

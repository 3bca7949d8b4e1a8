import assert from "node:assert/strict";
import fc from "fast-check";
import { creditsBetween, planBill, type Ran } from "#watch/credits";

const base = Date.parse("2024-03-01T00:00:00.000Z");
const at = (second: number) => new Date(base + Math.round(second * 1000)).toISOString();
const ran = (second: number, seconds: number): Ran => ({ startedAt: at(second), seconds });
const close = (a: number, b: number, what = "") =>
  assert.ok(Math.abs(a - b) < 1e-9, `${a} is not ${b} ${what}`);
const sum = (of: readonly number[]) => of.reduce((total, each) => total + each, 0);
/** Credits of an X-Small for so many seconds. */
const xSmall = (seconds: number) => seconds / 3600;

describe("a warehouse's bill", () => {
  it("is nothing where nothing ran", () => {
    assert.deepEqual(planBill([]), { credits: 0, statements: [], idle: 0, periods: [] });
  });

  it("is a statement's time and its idle tail until the warehouse is suspended", () => {
    const bill = planBill([ran(0, 120)], { autoSuspendSeconds: 60 });
    close(bill.credits, xSmall(180));
    close(bill.statements[0] ?? 0, xSmall(120));
    close(bill.idle, xSmall(60));
  });

  it("is 60 seconds at least for each resume, however short the statement", () => {
    close(planBill([ran(0, 1)], { autoSuspendSeconds: 30 }).credits, xSmall(60));
    close(planBill([ran(0, 1), ran(600, 1)], { autoSuspendSeconds: 30 }).credits, xSmall(120));
  });

  it("resumes once for statements that come before it is suspended", () => {
    const bill = planBill([ran(0, 10), ran(69, 10), ran(500, 10)], { autoSuspendSeconds: 60 });
    close(bill.credits, xSmall(79 + 60 + 70));
    assert.equal(bill.periods.length, 2);
  });

  it("doubles with each size of the warehouse", () => {
    const sizes = [
      "X-Small",
      "Small",
      "Medium",
      "Large",
      "X-Large",
      "2X-Large",
      "3X-Large",
      "4X-Large",
    ] as const;
    sizes.forEach((size, n) => close(planBill([ran(0, 3540)], { size }).credits, 2 ** n, size));
  });

  it("shares the time of statements that run at once", () => {
    const bill = planBill([ran(0, 100), ran(50, 100)]);
    close(bill.statements[0] ?? 0, xSmall(75));
    close(bill.statements[1] ?? 0, xSmall(75));
    close(bill.idle, xSmall(60));
  });

  it("charges a statement that took no time nothing", () => {
    assert.deepEqual(planBill([ran(0, 10), ran(5, 0)]).statements[1], 0);
  });

  describe("whatever ran", () => {
    const seed = Date.now() % 1e9;
    before(() => console.log(`        seed ${seed}`));
    const statements = fc.array(
      fc
        .tuple(fc.integer({ min: 0, max: 40_000 }), fc.double({ min: 0, max: 900, noNaN: true }))
        .map(([from, seconds]) => ran(from / 10, seconds)),
      { maxLength: 40 },
    );
    const warehouse = fc.record({
      size: fc.constantFrom("X-Small" as const, "Large" as const, "4X-Large" as const),
      autoSuspendSeconds: fc.integer({ min: 30, max: 600 }),
    });
    const holds = (property: (of: Ran[], by: { size: "X-Small"; autoSuspendSeconds: number }) => void) =>
      fc.assert(
        fc.property(statements, warehouse, (of, by) => property(of, by as never)),
        { seed, numRuns: 500 },
      );

    it("is the sum of its statements and what was idle", () =>
      holds((of, by) => {
        const { credits, statements: parts, idle } = planBill(of, by);
        close(sum(parts) + idle, credits);
        assert.ok(idle >= 0 && parts.every((each) => each >= 0));
      }));

    it("is the time awake, second by second, times the price", () =>
      holds((of, by) => {
        // The plain truth: which tenths of a second lie between a statement's start and its suspension.
        const { periods } = planBill(of, by);
        for (const { startedAt, seconds } of of) {
          const from = Date.parse(startedAt);
          const holding = periods.filter((each) => each.from <= from && from <= each.to);
          assert.equal(holding.length, 1);
          assert.ok((holding[0]?.to ?? 0) >= from + (seconds + by.autoSuspendSeconds) * 1000 - 1e-3);
        }
        for (const { from, to } of periods) assert.ok(to - from >= 60_000);
        periods.slice(1).forEach((each, n) => assert.ok(each.from > (periods[n]?.to ?? 0)));
      }));

    it("is the same in whatever order the statements are told", () =>
      holds((of, by) => {
        const [one, other] = [planBill(of, by), planBill([...of].reverse(), by)];
        close(one.credits, other.credits);
        one.statements.forEach((each, n) => close(each, other.statements.at(-1 - n) ?? -1));
      }));

    it("is the sum of its days", () =>
      holds((of, by) => {
        const { credits, periods } = planBill(of, by);
        const days = [0, 1800, 3600, 7200].map((second) => at(second));
        const parts = days.map((from, n) => creditsBetween(periods, from, days[n + 1] ?? at(1e6), by));
        close(sum(parts), credits);
      }));
  });
});

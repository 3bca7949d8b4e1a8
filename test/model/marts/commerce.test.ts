import assert from "node:assert/strict";
import fc from "fast-check";
import { assertEqualsRebuild, openGold } from "./build.ts";
import { type Line, promoteLines } from "./orders.ts";
import { readProject, render } from "./project.ts";

describe("the commerce marts", () => {
  const project = readProject("commerce");

  const line = fc.record<Line>({
    invoice: fc.constantFrom("536001", "536002", "536003", "C536004", "C536005"),
    day: fc.constantFrom(0, 1, 31, 92, 123),
    quantity: fc.integer({ min: -9, max: 9 }),
    price: fc.integer({ min: 0, max: 5000 }).map((n) => n / 1000),
    customer: fc.constantFrom("17850", "12583", " 12583 ", "", null),
    country: fc.constantFrom("France", "eire", null),
  });

  it("equal their rebuild, whole rows, in whatever order lines are promoted and withdrawn", async function () {
    this.timeout(60_000);
    const history = fc.tuple(
      fc.array(fc.tuple(line, fc.nat(3)), { minLength: 1, maxLength: 20 }),
      fc.array(fc.nat(19), { maxLength: 3 }),
    );
    await fc.assert(
      fc.asyncProperty(history, async ([lines, withdrawn]) => {
        const gold = await openGold(project);
        for (const commit of [1, 2, 3, 4]) {
          const batch = lines.flatMap(([each, at], id): [number, Line][] =>
            at === commit - 1 ? [[id, each]] : [],
          );
          await promoteLines(gold, batch, commit);
          if (commit % 2 === 1) await gold.build();
        }
        for (const id of withdrawn)
          await gold.sql(`UPDATE silver.orders SET _deleted = true, commit_seq = 5 WHERE line_id = ${id}`);
        await gold.build();
        await assertEqualsRebuild(gold);
        gold.close();
      }),
      { numRuns: 10 },
    );
  });

  it("give a month the growth over the calendar month before, not over the one with sales before", async () => {
    const { growth, gold } = await sales([0, 92]);
    assert.deepEqual(await growth(), ["2010-10-01 none", "2011-01-01 none"]);
    gold.close();
  });

  it("mend a month and the growth of the next when a line comes late", async () => {
    const { growth, gold, sell } = await sales([0, 31]);
    assert.deepEqual(await growth(), ["2010-10-01 none", "2010-11-01 0.00"]);
    await sell(1);
    assert.deepEqual(await growth(), ["2010-10-01 none", "2010-11-01 -50.00"]);
    gold.close();
  });

  it("keep all growth when nothing is new", async () => {
    const { growth, gold } = await sales([0, 31, 61]);
    await gold.build();
    assert.deepEqual(await growth(), ["2010-10-01 none", "2010-11-01 0.00", "2010-12-01 0.00"]);
    gold.close();
  });

  it("find a month that is not the sum of its days", async () => {
    const { gold } = await sales([0, 31]);
    const setting = { type: "duckdb", incremental: false } as const;
    const { sql } = render(project, "monthly_revenue_is_the_sum_of_its_days", setting);
    assert.deepEqual(await gold.rows(sql), []);
    await gold.sql(
      "UPDATE gold.monthly_revenue SET revenue = revenue + 0.02 WHERE month(revenue_month) = 10",
    );
    assert.equal((await gold.rows(sql)).length, 1);
    gold.close();
  });

  it("read of a long history only the days around what is new", async () => {
    const gold = await openGold(project);
    await gold.build();
    await gold.sql(
      "INSERT INTO silver.orders (line_id, invoice_no, stock_code, quantity, invoice_ts, unit_price, _deleted, commit_seq) " +
        "SELECT i, '536001', '22752', 1, TIMESTAMPTZ '2009-01-01 00:00:00+00' + INTERVAL (i) MINUTE, 1, false, CASE WHEN i < 990000 THEN 1 ELSE 2 END FROM range(1000000) AS t(i)",
    );
    await gold.sql("CREATE OR REPLACE TABLE gold.daily_revenue AS SELECT 1 AS commit_seq");
    const { sql } = render(project, "daily_revenue", { type: "duckdb", incremental: true });
    const scanned = await gold.scanned(sql);
    assert.ok(scanned < 500_000, `scanned ${scanned} rows of 1,000,000`);
    gold.close();
  });

  it("describe every column they have, and no other", async () => {
    const { gold } = await sales([0]);
    await gold.assertDescribed();
    gold.close();
  });

  /** Gold after equal sales on these days since 2010-10-01, each built as it came. */
  async function sales(days: number[]) {
    const gold = await openGold(project);
    let commit = 0;
    const sell = async (day: number) => {
      const sale = { invoice: "536001", day, quantity: 1, price: 10, customer: "17850", country: "France" };
      commit += 1;
      await promoteLines(gold, [[commit, sale]], commit);
      await gold.build();
    };
    for (const day of days) await sell(day);
    const growth = () =>
      gold.rows(
        "SELECT concat_ws(' ', revenue_month, coalesce(growth_percent::VARCHAR, 'none')) FROM gold.monthly_revenue",
      );
    return { gold, growth, sell };
  }
});

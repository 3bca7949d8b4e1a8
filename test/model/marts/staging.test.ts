import assert from "node:assert/strict";
import { type Gold, insert, literal, openGold } from "./build.ts";
import { type Project, readProject } from "./project.ts";

describe("staged order lines", () => {
  const project = readProject("commerce");

  it("name countries by their ISO codes, and those that are none XX", async () => {
    const countries = ["United Kingdom", " eire ", "Channel Islands", null];
    const gold = await staged(countries.map((country) => ({ country: literal(country) })));
    assert.deepEqual(await gold.rows("SELECT country_code FROM gold.stg_orders"), ["GB", "IE", "XX", "XX"]);
    gold.close();
  });

  it("flag what is missing, free, cancelled or come back", async () => {
    const gold = await staged([
      {},
      { customer_id: "NULL" },
      { description: "' '" },
      { unit_price: 0 },
      { invoice_no: "'C536002'", quantity: -1 },
      { quantity: -1 },
      { stock_code: "' post'" },
    ]);
    const flags = [
      "is_missing_customer",
      "is_missing_description",
      "is_zero_price",
      "is_cancellation",
      "is_unexplained_return",
      "is_service",
    ];
    const told = flags.map((flag) => `CASE WHEN ${flag} THEN '${flag}' END`).join(", ");
    assert.deepEqual(await gold.rows(`SELECT concat_ws(' ', line_id, ${told}) FROM gold.stg_orders`), [
      "0",
      ...flags.map((flag, n) => `${n + 1} ${flag}`),
    ]);
    gold.close();
  });

  it("belong to their day in UTC, wherever the session is", async () => {
    const gold = await staged([{ invoice_ts: "TIMESTAMPTZ '2010-12-01 23:59:59+00'" }]);
    assert.deepEqual(await gold.rows("SELECT order_date FROM gold.stg_orders"), ["2010-12-01"]);
    gold.close();
  });

  it("leave postage out of revenue where the feature flag is off", async () => {
    const rows = [{}, { stock_code: "'POST'", unit_price: 18 }];
    const revenue = "SELECT revenue FROM gold.daily_revenue";
    const on = await staged(rows);
    assert.deepEqual(await on.rows(revenue), ["20.500"]);
    on.close();
    const off = await staged(rows, { ...project, vars: { ...project.vars, count_service_lines: false } });
    assert.deepEqual(await off.rows(revenue), ["2.500"]);
    off.close();
  });

  it("place a customer who orders often, much and lately among the champions", async () => {
    const days = [1, 5, 9, 13, 17];
    const gold = await staged(
      days.flatMap((day, customer) =>
        days.slice(0, customer + 1).map((_, n) => ({
          customer_id: `'${customer}'`,
          invoice_no: `'${536000 + customer * 10 + n}'`,
          invoice_ts: `TIMESTAMPTZ '2010-12-${String(day).padStart(2, "0")} 10:00:00+00'`,
        })),
      ),
    );
    assert.deepEqual(
      await gold.rows("SELECT concat_ws(' ', customer_id, segment) FROM gold.customer_segments"),
      ["0 dormant", "1 dormant", "2 regular", "3 champion", "4 champion"],
    );
    gold.close();
  });

  /** Gold built from lines that differ from a plain one as told; their ids count from 0. */
  async function staged(lines: Record<string, string | number>[], of: Project = project): Promise<Gold> {
    const gold = await openGold(of);
    const plain = {
      invoice_no: "'536001'",
      stock_code: "'22752'",
      description: "'nesting boxes'",
      quantity: 1,
      invoice_ts: "TIMESTAMPTZ '2010-12-01 10:00:00+00'",
      unit_price: 2.5,
      customer_id: "'17850'",
      country: "'France'",
    };
    for (const [line_id, line] of lines.entries())
      await gold.sql(insert("orders", { line_id, ...plain, ...line, commit_seq: 1 }));
    await gold.build();
    return gold;
  }
});

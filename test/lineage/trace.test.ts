import { strict as assert } from "node:assert";
import type { Lineage } from "#lineage/graph";
import { columnLineageFacet } from "#lineage/openlineage";
import { graphOf, type Point, pointsNamed, type Question, trace } from "#lineage/trace";
import { planModels } from "./support.ts";

const models = [
  { name: "stg_orders", sql: "select id as order_id, learner_id, amount from {orders} where note <> ''" },
  { name: "stg_learners", sql: "select id as learner_id, country from {learners}" },
  {
    name: "revenue",
    sql: `select l.country, sum(o.amount) as total, count(o.order_id) as orders
      from {stg_orders} o join {stg_learners} l on l.learner_id = o.learner_id group by l.country`,
  },
  { name: "report", sql: "select country, total / 100 as hundreds from {revenue}" },
  { name: "odd", sql: "select surprise from {revenue}" },
];

describe("tracing lineage", () => {
  let lineage: Lineage;
  before(async () => {
    lineage = await planModels(models);
  });

  it("a column goes up to what it is made of, nearest first", () => {
    assert.deepEqual(ways("report.hundreds", "up"), [
      "1 revenue.total",
      "2 stg_orders.amount",
      "3 silver.orders.amount",
    ]);
  });

  it("up goes through what is counted, and says that it only shapes", () => {
    assert.deepEqual(ways("revenue.orders", "up"), ["1 stg_orders.order_id", "2 silver.orders.id"]);
    const { edges } = trace(lineage, { of: point("revenue.orders"), direction: "up" });
    assert.deepEqual(
      edges.map(({ kind }) => kind),
      ["shapes", "value"],
    );
  });

  it("a column goes down to what is made of it", () => {
    assert.deepEqual(ways("silver.orders.amount", "down"), [
      "1 stg_orders.amount",
      "2 revenue.total",
      "3 report.hundreds",
      "3 odd.surprise",
    ]);
  });

  it("a column that decides rows goes down to those tables and all that read them", () => {
    assert.deepEqual(ways("silver.orders.note", "down"), ["1 stg_orders", "2 revenue", "3 report", "3 odd"]);
  });

  it("what EXCEPT takes away decides rows, and so does what a CTE is filtered by", async () => {
    const sql =
      "with o as (select id, note from {orders} where amount > 1) select id from o except select id from {learners}";
    const { nodes } = await planModels([{ name: "x", sql }]);
    assert.deepEqual(
      nodes[0]?.decidedBy.map(({ of, column, by }) => `${of}.${column} ${by}`),
      ["lake.silver.orders.amount filter", "lake.silver.learners.id set"],
    );
  });

  it("stops at the depth that is asked for", () => {
    assert.deepEqual(ways("report.hundreds", "up", 2), ["1 revenue.total", "2 stg_orders.amount"]);
    assert.deepEqual(ways("report", "up", 1), ["1 revenue"]);
  });

  it("a table goes up and down by tables", () => {
    assert.deepEqual(ways("revenue", "up"), [
      "1 stg_orders",
      "1 stg_learners",
      "2 silver.orders",
      "2 silver.learners",
    ]);
    assert.deepEqual(ways("revenue", "down"), ["1 report", "1 odd"]);
  });

  it("a column that cannot be told goes up to whole tables", () => {
    assert.deepEqual(ways("odd.surprise", "up", 2), ["1 revenue", "2 stg_orders", "2 stg_learners"]);
  });

  it("names are found with or without schema, case and the node's id", () => {
    const total = { of: "model.shop.revenue", column: "total" };
    for (const name of ["revenue.total", "gold.revenue.TOTAL", "model.shop.revenue.total"])
      assert.deepEqual(pointsNamed(lineage, name), [total]);
    assert.deepEqual(pointsNamed(lineage, "orders"), [{ of: "lake.silver.orders" }]);
    assert.deepEqual(pointsNamed(lineage, "nothing.total"), []);
  });

  it("the graph and the lineage are plain data that survive JSON", () => {
    const copy = JSON.parse(JSON.stringify(lineage)) as Lineage;
    assert.deepEqual(copy, lineage);
    assert.deepEqual(graphOf(copy), graphOf(lineage));
    const known = new Set(graphOf(lineage).tables.map(({ id }) => id));
    assert.ok(graphOf(lineage).edges.every(({ from, to }) => known.has(from.of) && known.has(to.of)));
  });

  it("OpenLineage's facet tells values, counts and what decides rows apart", () => {
    const facet = columnLineageFacet(lineage, "model.shop.revenue", {
      namespace: "firn",
      producer: "https://firn",
    });
    const from = (field: string, transformation: object) => ({
      namespace: "firn",
      name: `lake.gold.${field.split(".")[0]}`,
      field: field.split(".")[1],
      transformations: [transformation],
    });
    assert.deepEqual(facet?.fields, {
      country: { inputFields: [from("stg_learners.country", { type: "DIRECT" })] },
      total: { inputFields: [from("stg_orders.amount", { type: "DIRECT" })] },
      orders: { inputFields: [from("stg_orders.order_id", { type: "INDIRECT" })] },
    });
    assert.deepEqual(facet?.dataset, [
      from("stg_learners.learner_id", { type: "INDIRECT", subtype: "JOIN" }),
      from("stg_orders.learner_id", { type: "INDIRECT", subtype: "JOIN" }),
      from("stg_learners.country", { type: "INDIRECT", subtype: "GROUP_BY" }),
    ]);
  });

  function point(name: string): Point {
    const [found, ...others] = pointsNamed(lineage, name);
    assert.ok(found && others.length === 0, name);
    return found;
  }

  function ways(name: string, direction: Question["direction"], depth?: number): string[] {
    const question = { of: point(name), direction, ...(depth === undefined ? {} : { depth }) };
    return trace(lineage, question).reached.map(({ of, column, depth }) => {
      const short = of.replace(/^model\.shop\.|^lake\./, "");
      return `${depth} ${column === undefined ? short : `${short}.${column}`}`;
    });
  }
});

import { strict as assert } from "node:assert";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { otherColumns } from "#lineage/graph";
import { probes, unknowns } from "./queries.ts";
import { inFull, planModels } from "./support.ts";

/**
 * The oracle is DuckDB itself: each text column of the sources holds a word of its own. Whatever word comes
 * out of a query's column, that column's lineage must name, or be unknown.
 */
const words: Record<string, string> = {
  "lake.silver.learners.email": "EMAILWORD",
  "lake.silver.learners.name": "NAMEWORD",
  "lake.silver.learners.country": "COUNTRYWORD",
  "lake.silver.orders.note": "NOTEWORD",
};

describe("what DuckDB shows in a column, its lineage names", () => {
  let connection: DuckDBConnection;

  before(async () => {
    connection = await (await DuckDBInstance.create(":memory:")).connect();
    for (const statement of [
      "ATTACH ':memory:' AS lake",
      "CREATE SCHEMA lake.silver",
      `CREATE TABLE lake.silver.learners AS SELECT * FROM (VALUES
        (1, 'EMAILWORD@1', 'NAMEWORD1', 'COUNTRYWORD1', '{}'), (2, 'EMAILWORD@2', 'NAMEWORD2', 'COUNTRYWORD1', '{}')
      ) t(id, email, name, country, profile)`,
      `CREATE TABLE lake.silver.orders AS SELECT * FROM (VALUES
        (1, 1, 10, 20, 'NOTEWORD1'), (2, 2, 30, 40, 'NOTEWORD2')) t(id, learner_id, amount, placed_at, note)`,
      "CREATE SCHEMA lake.gold",
    ])
      await connection.run(statement);
  });

  after(() => connection.closeSync());

  for (const { claim, sql } of [...probes, ...unknowns]) {
    it(`of the query in which ${claim}`, () => holds(sql));
  }

  it("of queries at random", async function () {
    this.timeout(120_000);
    await fc.assert(fc.asyncProperty(query(3), holds), { numRuns: 300 });
  });

  async function holds(sql: string): Promise<void> {
    const result = await connection.runAndReadAll(inFull(sql));
    const { nodes } = await planModels([{ name: "x", sql }]);
    const columns = nodes[0]?.columns ?? [];
    const others = columns.find(({ name }) => name === otherColumns);
    const json = result.getColumnsJson();
    // A table's columns are told apart, as DuckDB does when it stores the result.
    const taken = new Map<string, number>();
    for (const [at, shown] of result.columnNames().entries()) {
      const before = taken.get(shown) ?? 0;
      taken.set(shown, before + 1);
      const name = before === 0 ? shown : `${shown}_${before}`;
      const column = columns.find((each) => each.name.toLowerCase() === name.toLowerCase()) ?? others;
      assert.ok(column, `No column ${name} in the lineage of: ${sql}`);
      const text = JSON.stringify(json[at] ?? []).toUpperCase();
      const named = column.from.map(({ of, column }) => words[`${of}.${column}`]);
      const missing = Object.values(words).filter((word) => text.includes(word) && !named.includes(word));
      assert.ok(
        missing.length === 0 || column.unknown !== undefined,
        `${name} shows ${missing} and does not say so: ${sql}`,
      );
    }
  }
});

/** A query whose columns are a, b and c, all text, made of others like it. */
function query(depth: number): fc.Arbitrary<string> {
  const leaf = fc.constantFrom(
    "select email as a, name as b, country as c from {learners}",
    "select note as a, 'x' as b, note || 'y' as c from {orders}",
    "select l.* exclude (id, profile, email, name, country), email as a, country as b, o.note as c from {learners} l join {orders} o on l.id = o.id",
  );
  if (depth === 0) return leaf;
  const of = query(depth - 1);
  const value = fc.constantFrom(
    "a",
    "q.b",
    "c",
    "upper(a)",
    "a || coalesce(b, '-')",
    "case when b > 'M' then c else a end",
    "count(b) over (partition by a)::text",
    "lag(c) over (partition by a order by b)",
    "min(a) over ()",
    "(select max(z.b) from ({}) z where z.a <> q.a)",
    "(select string_agg(z.c || q.a) from ({}) z)",
    "exists (select 1 from ({}) z where z.b = q.b)::text",
    "{'k': b, 'l': c}.k",
    "list_transform([c], lambda x: x || a)[1]",
    "'constant'",
  );
  const filled = fc.tuple(value, of).map(([text, inner]) => text.replace("{}", inner));
  const selected = fc
    .tuple(filled, filled, filled, of)
    .map(([a, b, c, from]) => `select ${a} as a, ${b} as b, ${c} as c from (${from}) q`);
  const starred = fc
    .tuple(
      fc.constantFrom(
        "*",
        "q.*",
        "* replace (b as a)",
        "* exclude (a), b || c as a",
        "* rename (a as b, b as a)",
      ),
      of,
    )
    .map(([star, from]) => `select a, b, c from (select ${star} from (${from}) q) r`);
  const united = fc
    .tuple(of, of, fc.constantFrom("union", "union all", "union all by name", "except", "intersect"))
    .map(([left, right, how]) => `(${left}) ${how} (${right})`);
  const joined = fc
    .tuple(
      of,
      of,
      fc.constantFrom("q.a, r.b, q.c", "q.a, r.b, r.c", "r.a, q.b, q.c"),
      fc.constantFrom("cross join", "positional join"),
    )
    .map(([left, right, columns, how]) => `select ${columns} from (${left}) q ${how} (${right}) r`);
  const using = fc
    .tuple(of, of, fc.constantFrom("join", "full join", "right join", "left join", "semi join", "anti join"))
    .map(([left, right, how]) =>
      how.startsWith("semi") || how.startsWith("anti")
        ? `select * from (${left}) q ${how} (${right}) r using (a)`
        : `select a, b, c from (select * from (${left}) q ${how} (select a, b as d from (${right}) i) r using (a)) s`,
    );
  const common = fc
    .tuple(of, of, fc.constantFrom("x(a, b, c)", "x(b, c, a)", "x"))
    .map(
      ([body, other, name]) =>
        `with ${name} as (${body}) select x.a, y.b, x.c from x, (select max(b) as b from (${other}) o) y`,
    );
  const grouped = fc
    .tuple(
      of,
      fc.constantFrom(
        "a, max(b) as b, string_agg(c) as c",
        "a, count(b)::text as b, any_value(c) as c",
        "a, min(b || c) as b, (count(*))::text as c",
      ),
    )
    .map(([from, columns]) => `select ${columns} from (${from}) q group by a`);
  return fc.oneof(leaf, selected, starred, united, joined, using, common, grouped);
}

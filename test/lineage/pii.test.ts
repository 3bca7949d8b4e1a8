import { strict as assert } from "node:assert";
import { FirnError } from "#core/errors";
import { piiOf, refuseUndeclaredPii, undeclaredPii } from "#lineage/pii";
import { type ModelInput, planModels } from "./support.ts";

/** The columns of the last model that hold PII. */
async function piiIn(...queries: string[]): Promise<string[]> {
  const names = ["first", "second", "third"];
  const lineage = await planModels(queries.map((sql, at) => ({ name: names[at] ?? "", sql })));
  const found = piiOf(lineage).get(`model.shop.${names[queries.length - 1]}`) ?? [];
  return found.map(({ column }) => column);
}

describe("PII by lineage", () => {
  const kept: [how: string, sql: string][] = [
    ["a rename", "select email as contact from {learners}"],
    ["concatenation", "select country || ': ' || email as contact from {learners}"],
    ["a hash", "select md5(lower(email)) as contact from {learners}"],
    ["CASE", "select case when id > 1 then email else 'none' end as contact from {learners}"],
    ["a CASE's condition", "select case when email like '%.nl' then 'nl' end as contact from {learners}"],
    ["one side of a union", "select note as contact from {orders} union select email from {learners}"],
    ["a star", "select * exclude (name, profile) rename (email as contact) from {learners}"],
    ["a CTE", "with a as (select email as e from {learners}) select e as contact from a"],
    [
      "a window",
      "select first_value(email) over (partition by country order by id) as contact from {learners}",
    ],
    [
      "a subquery",
      "select (select max(email) from {learners} l where l.id = o.learner_id) as contact from {orders} o",
    ],
    [
      "max, any_value and listagg",
      "select max(email) || any_value(email) || string_agg(email) as contact from {learners}",
    ],
    ["a struct", "select {'a': email} as contact from {learners}"],
    ["a function nobody knows", "select our_own_macro(1, email) as contact from {learners}"],
    [
      "a column whose name also an alias has",
      "select country as email, upper(email) as contact from {learners}",
    ],
  ];
  for (const [how, sql] of kept) {
    it(`goes through ${how}`, async () => assert.deepEqual(await piiIn(sql), ["contact"]));
  }

  it("ends in counts", async () => {
    const sql =
      "select country, count(*) as n, count(email) as e, count(distinct email) as d, approx_count_distinct(email) as a";
    assert.deepEqual(await piiIn(`${sql} from {learners} group by country`), []);
  });

  it("is not shown by joins, filters, groups, orders and windows that only go by it", async () => {
    const sql = `select o.note, row_number() over (partition by l.email order by l.name) as n
      from {orders} o join {learners} l on l.name = o.note where l.email > '' group by all
      qualify rank() over (order by l.email) = 1 order by l.email`;
    assert.deepEqual(await piiIn(sql), []);
  });

  it("goes from model to model, through their stars", async () => {
    const last = await piiIn(
      "select id, email as contact, country from {learners}",
      "select * from {first}",
      "select s.*, upper(contact) as loud from {second} s",
    );
    assert.deepEqual(last, ["contact", "loud"]);
  });

  it("goes through a model that reads its own table", async () => {
    const sql =
      "select id, email as a, '' as b from {learners} union all select id, b, a from {first} where id < 3";
    assert.deepEqual(await piiIn(sql), ["a", "b"]);
  });

  it("goes through what a model selects only when it runs incrementally", async () => {
    const lineage = await planModels([
      {
        name: "first",
        sql: "select id, country as c from {learners}",
        incrementalSql: "select id, email as c from {learners} where id > (select max(id) from {first})",
      },
    ]);
    assert.deepEqual(
      piiOf(lineage)
        .get("model.shop.first")
        ?.map(({ column }) => column),
      ["c"],
    );
  });

  it("is followed from where a model declares it", async () => {
    const lineage = await planModels([
      { name: "first", sql: "select note from {orders}" },
      { name: "second", sql: "select note as remark from {first}" },
    ]);
    const found = piiOf(lineage, new Map([["model.shop.first", new Set(["NOTE"])]]));
    assert.deepEqual(
      [...found.values()].flat().map(({ of, column }) => `${of} ${column}`),
      ["model.shop.first note", "model.shop.second remark"],
    );
  });
});

describe("what cannot be told counts as PII", () => {
  it("if the SQL cannot be parsed and names a table with PII", async () => {
    assert.deepEqual(await piiIn("select from where {learners} ((("), ["*"]);
    assert.deepEqual(await piiIn("select from where {orders} ((("), []);
  });

  it("if a column is not known of a table with PII", async () => {
    assert.deepEqual(await piiIn("select nickname, id from {learners}"), ["nickname"]);
    assert.deepEqual(await piiIn("select nickname, id from {orders}"), []);
  });

  it("if a table is not known and another of the query has PII", async () => {
    assert.deepEqual(await piiIn("select s.x, o.id from elsewhere.strange s, {orders} o"), []);
    assert.deepEqual(await piiIn("select s.x, l.id from elsewhere.strange s, {learners} l"), ["x"]);
  });

  it("if a name without its schema may mean several tables", async () => {
    const lineage = await planModels([
      { name: "learners", sql: "select id, note from {orders}" },
      { name: "x", sql: "select note, id from learners" },
    ]);
    const found = piiOf(lineage).get("model.shop.x");
    assert.deepEqual(
      found?.map(({ column, unknown }) => [column, unknown]),
      [
        ["note", "learners may be several tables"],
        ["id", "learners may be several tables"],
      ],
    );
  });

  it("if DuckDB pivots a table with PII", async () => {
    assert.deepEqual(await piiIn("pivot {learners} on country using max(email)"), ["*"]);
  });

  it("if a macro gives a table", async () => {
    assert.deepEqual(await piiIn("select m.x from our_macro('learners') m, {learners} l"), ["x"]);
  });

  it("until the last SELECT names its columns and they are declared", async () => {
    const sql = "select a, n from (pivot {learners} on country using max(email))";
    const lineage = await planModels([{ name: "x", sql }]);
    assert.deepEqual(
      undeclaredPii(lineage, new Map()).map(({ column }) => column),
      ["a", "n"],
    );
    assert.deepEqual(undeclaredPii(lineage, new Map([["model.shop.x", new Set(["a", "n"])]])), []);
  });

  it("for each declared column of a model whose SQL does not name them", async () => {
    const lineage = await planModels([
      { name: "x", sql: "pivot {learners} on country using max(email)", columns: ["nl", "de"] },
      { name: "y", sql: "select nl, be from {x}" },
    ]);
    const found = piiOf(lineage);
    assert.deepEqual(
      found.get("model.shop.x")?.map(({ column }) => column),
      ["nl", "de", "*"],
    );
    assert.deepEqual(
      found.get("model.shop.y")?.map(({ column }) => column),
      ["nl", "be"],
    );
  });

  it("for a model that reads, before it, one that reads it", async () => {
    const lineage = await planModels([
      { name: "x", sql: "select y.b as a from {y} y" },
      { name: "y", sql: "select email as b from {learners} where id not in (select a from {x})" },
    ]);
    assert.deepEqual([...piiOf(lineage).keys()].sort(), ["model.shop.x", "model.shop.y"]);
  });

  it("but not for a CTE that has the name of a later model", async () => {
    const lineage = await planModels([
      { name: "customers", sql: "select * from {stg_customers}" },
      {
        name: "stg_customers",
        sql: "with customers as (select id, email from {learners}) select id, email from customers",
      },
    ]);
    const customers = lineage.nodes.find(({ id }) => id === "model.shop.customers");
    assert.deepEqual(
      customers?.columns.map(({ name, unknown }) => [name, unknown]),
      [
        ["id", undefined],
        ["email", undefined],
      ],
    );
  });

  it("for models that are built from each other", async () => {
    const lineage = await planModels([
      { name: "x", sql: "select email, y.b from {learners}, {y} y" },
      { name: "y", sql: "select b from {x}" },
    ]);
    assert.deepEqual(
      undeclaredPii(lineage, new Map()).map(({ of, column }) => `${of}.${column}`),
      ["model.shop.x.email", "model.shop.x.b", "model.shop.y.b"],
    );
  });
});

describe("a column that comes from PII has to be declared", () => {
  const models: ModelInput[] = [
    { name: "stg_learners", sql: "select id, email as contact from {learners}" },
    {
      name: "mailing",
      sql: "select upper(contact) as address, count(*) as n from {stg_learners} group by 1",
    },
  ];

  it("and is refused with its way, each such column at once", async () => {
    const lineage = await planModels(models);
    assert.throws(
      () => refuseUndeclaredPii(lineage, new Map()),
      (error: unknown) => {
        assert.ok(error instanceof FirnError);
        assert.equal(error.code, "model.pii_undeclared");
        assert.match(error.message, /2 columns/);
        assert.match(error.message, /- silver\.learners\.email -> stg_learners\.contact\n/);
        assert.match(
          error.message,
          /- silver\.learners\.email -> stg_learners\.contact -> mailing\.address\n/,
        );
        assert.match(error.fix, /meta: \{pii: true\}/);
        return true;
      },
    );
  });

  it("after which nothing is refused", async () => {
    const lineage = await planModels(models);
    refuseUndeclaredPii(
      lineage,
      new Map([
        ["model.shop.stg_learners", new Set(["contact"])],
        ["model.shop.mailing", new Set(["Address"])],
      ]),
    );
  });

  it("and one that cannot be told says why", async () => {
    const lineage = await planModels([{ name: "x", sql: "select nickname from {learners}" }]);
    assert.throws(
      () => refuseUndeclaredPii(lineage, new Map()),
      /x\.nickname: may hold it.*no column nickname is known/,
    );
  });
});

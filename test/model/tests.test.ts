import assert from "node:assert/strict";
import { makeRelease } from "#release";
import { type ModelRig, openModelRig } from "../support/models.ts";
import { config, orders, rowsOf, sources } from "./support.ts";

const table = config("materialized='table'");

describe("the tests of a dbt project", () => {
  let rig: ModelRig;

  beforeEach(async () => {
    rig = await openModelRig({ ...sources, "models/m.sql": `${table}select id, who, amount from ${orders}` });
    await rig.sql(
      "CREATE TABLE silver.orders AS SELECT * FROM (VALUES (1, 'a', 5), (2, 'b', 50), (2, NULL, -1)) AS v (id, who, amount)",
      "CREATE TABLE silver.customers AS SELECT 'a' AS id",
    );
  });

  afterEach(() => rig.close());

  const onModel = (tests: string, more = "") => ({
    "models/s.yml": `models:\n  - name: m\n    data_tests: [${more}]\n    columns:\n      - name: id\n        data_tests: [${tests}]\n`,
  });

  async function tested(files: Record<string, string>) {
    rig.write(files);
    const { execution, results } = await rig.build();
    const tests = results.filter(({ id }) => id.startsWith("test."));
    return {
      execution,
      found: Object.fromEntries(
        tests.map(({ name, status, failures = 0 }) => [name, `${status} ${failures}`]),
      ),
      tests,
    };
  }

  it("find rows: not_null, unique, accepted_values, relationships, and those of dbt_utils", async () => {
    const { found, execution } = await tested({
      "models/s.yml": `
models:
  - name: m
    data_tests:
      - dbt_utils.unique_combination_of_columns: {combination_of_columns: [id, who]}
      - dbt_utils.expression_is_true: {expression: "amount < 50"}
    columns:
      - name: id
        data_tests: [unique, not_null, {accepted_values: {values: [1, 2], quote: false}}]
      - name: who
        data_tests: [not_null, {accepted_values: {values: [a]}}, {relationships: {to: "source('raw', 'customers')", field: id}}]
      - name: amount
        data_tests: [{dbt_utils.accepted_range: {min_value: 0, max_value: 50, inclusive: false}}]
`,
    });
    assert.equal(
      Object.values(found).sort().join(", "),
      "fail 1, fail 1, fail 1, fail 1, fail 1, fail 2, pass 0, pass 0, pass 0",
    );
    assert.deepEqual(
      [found.unique_m_id, found.not_null_m_id, found.not_null_m_who, found.accepted_values_m_who__a],
      ["fail 1", "pass 0", "fail 1", "fail 1"],
    );
    assert.equal(execution.error?.code, "model.test_failed");
    assert.match(execution.error.message, /6 of 9 tests failed:\n {2}- .*\n.*and 1 more/s);
  });

  it("judge only the rows that where leaves", async () => {
    const { found } = await tested(
      onModel("{unique: {config: {where: who is not null}}}, {not_null: {name: named, where: id = 7}}"),
    );
    assert.deepEqual(found, { unique_m_id: "pass 0", named: "pass 0" });
  });

  it("warn where their severity says so, and then skip nothing", async () => {
    const { found, execution } = await tested({
      ...onModel("{unique: {config: {severity: WARN}}}"),
      "models/after.sql": `${table}select * from {{ ref('m') }}`,
    });
    assert.deepEqual(found, { unique_m_id: "warn 1" });
    assert.equal(execution.outcome, "done");
    assert.equal((await rowsOf(rig, "gold.after")).length, 3);
  });

  it("skip what is built on the model where they fail", async () => {
    rig.write({
      ...onModel("unique"),
      "models/after.sql": `${table}select * from {{ ref('m') }}`,
      "models/later.sql": "select * from {{ ref('after') }}",
      "models/other.sql": "select 1 as one",
    });
    const { status, execution } = await rig.build();
    assert.deepEqual(status, {
      m: "success",
      unique_m_id: "fail",
      after: "skipped",
      later: "skipped",
      other: "success",
    });
    assert.equal(execution.error?.code, "model.test_failed");
  });

  it("are the rows of a SELECT under tests/, and macros of one's own under tests/generic or macros", async () => {
    const { found } = await tested({
      "tests/none_is_negative.sql": "select * from {{ ref('m') }} where amount < 0",
      "tests/mild.sql": `${config("severity='warn'")}select * from {{ ref('m') }} where amount < 0`,
      "tests/generic/below.sql":
        "{% test below(model, column_name, limit_to=10) %}select * from {{ model }} where {{ column_name }} >= {{ limit_to }}{% endtest %}",
      "macros/above.sql":
        "{% test above(model, column_name) %}select * from {{ model }} where {{ column_name }} < 2{% endtest %}",
      ...onModel("above, {below: {limit_to: 2}}"),
    });
    assert.deepEqual(found, {
      none_is_negative: "fail 1",
      mild: "warn 1",
      above_m_id: "fail 1",
      below_m_id__2: "fail 2",
    });
  });

  it("are run on sources before anything is built, and then skip what reads them", async () => {
    const source =
      "sources:\n  - name: raw\n    schema: silver\n    tables:\n      - name: orders\n        columns: [{name: id, data_tests: [unique]}]\n      - name: customers\n";
    rig.write({
      "models/sources.yml": source,
      "models/other.sql": "select * from {{ source('raw', 'customers') }}",
    });
    const { status, results } = await rig.build();
    assert.deepEqual(status, { source_unique_raw_orders_id: "fail", m: "skipped", other: "success" });
    assert.equal(results[0]?.name, "source_unique_raw_orders_id");
  });

  it("that are wrong themselves are errors, and the others are run all the same", async () => {
    const { found, tests, execution } = await tested({
      "tests/wrong.sql": "select colour from {{ ref('m') }}",
      "tests/broken.sql": "select from from {{ ref('m') }}",
      "tests/right.sql": "select 1 from {{ ref('m') }} where false",
      ...onModel("unique"),
    });
    assert.deepEqual(found, { wrong: "error 0", broken: "error 0", right: "pass 0", unique_m_id: "fail 1" });
    assert.match(
      String(tests.find(({ name }) => name === "wrong")?.message),
      /tests\/wrong\.sql: .*"colour"/,
    );
    assert.match(String(execution.error?.message), /3 of 4 tests failed/);
  });

  it("may fail to a share that the team declares", async () => {
    for (const [share, outcome] of [
      [1, "failed"],
      [0.67, "failed"],
      [0.66, "done"],
      [0, "done"],
    ] as const) {
      rig.write(onModel("unique, not_null, {accepted_values: {values: [1, 2], quote: false}}"));
      const { execution } = await rig.build({}, undefined, share);
      assert.equal(execution.outcome, outcome, `${share}: ${execution.error?.message}`);
    }
  });

  it("keep the old table where they block and fail on the new one", async () => {
    await rig.sql("DELETE FROM silver.orders WHERE who IS NULL");
    rig.write({
      ...onModel("{unique: {config: {meta: {blocking: true}}}}, not_null"),
      "models/after.sql": `${table}select * from {{ ref('m') }}`,
    });
    assert.equal((await rig.build()).execution.outcome, "done");
    const before = await rowsOf(rig, "gold.m");
    await rig.sql("INSERT INTO silver.orders VALUES (2, 'c', 7), (3, 'd', 8)");
    const { status, execution, results } = await rig.build();
    assert.deepEqual(status, { m: "error", unique_m_id: "fail", not_null_m_id: "skipped", after: "skipped" });
    assert.equal(execution.error?.code, "model.failed");
    assert.match(
      String(results[0]?.message),
      /unique_m_id failed on what was to take its place; the table is as it was\./,
    );
    assert.deepEqual(await rowsOf(rig, "gold.m"), before);
    assert.deepEqual(
      await rig.query("SELECT table_name FROM information_schema.tables WHERE table_name LIKE '%next%'"),
      [],
    );
    await rig.sql("DELETE FROM silver.orders WHERE who = 'c'");
    assert.equal((await rig.build()).execution.outcome, "done");
    assert.equal((await rowsOf(rig, "gold.m")).length, 3);
  });

  it("do not block where they only warn, or on a table that is new and right", async () => {
    const { found, execution } = await tested(
      onModel(
        "{unique: {config: {severity: warn, meta: {blocking: true}}}}, {not_null: {meta: {blocking: true}}}",
      ),
    );
    assert.deepEqual(found, { unique_m_id: "warn 1", not_null_m_id: "pass 0" });
    assert.equal(execution.outcome, "done");
  });

  it("are declared with a share of 1 unless the team says otherwise", () => {
    assert.equal(makeRelease({ name: "shop", pipelines: [] }).release.testsPassedShareMin, 1);
  });
});

import assert from "node:assert/strict";
import { DuckDBInstance } from "@duckdb/node-api";
import type { ErrorCode } from "#core/errors";
import { type ModelRig, openModelRig } from "../support/models.ts";
import { config, goldOf, orders, refuses, rowsOf, sources } from "./support.ts";

const table = config("materialized='table'");
const view = config("materialized='view'");
const incremental = (more = "") => config(`materialized='incremental'${more && `, ${more}`}`);
const since = "{% if is_incremental() %}where seq > (select max(seq) from {{ this }}){% endif %}";

describe("what is wrong with the data or the SQL of a model fails that model alone, and its table stays", () => {
  let rig: ModelRig;

  beforeEach(async () => {
    rig = await openModelRig(sources);
    await rig.sql(
      "CREATE TABLE silver.orders AS SELECT * FROM (VALUES (1, 10.50, 1), (2, 20.00, 2)) AS v (id, amount, seq)",
    );
  });

  afterEach(() => rig.close());

  /** Builds what must fail, with these words, and leave gold as it was but for what `changes`. */
  async function fails(
    words: RegExp,
    changes: string[] = [],
    code?: ErrorCode,
  ): Promise<Record<string, string>> {
    const before = await goldOf(rig);
    const { execution, status } = await rig.build();
    assert.equal(execution.outcome, "failed");
    assert.equal(execution.error?.code, "model.failed", execution.error?.message);
    assert.match(execution.error.message, words);
    if (code) assert.ok(execution.error.message.includes(`(${code})`), execution.error.message);
    const after = await goldOf(rig);
    for (const name of changes) for (const gold of [before, after]) delete gold[name];
    assert.deepEqual(after, before);
    return status;
  }

  it("SQL that fails, by the file and the warehouse's words; what is built on it is skipped, the rest is not", async () => {
    rig.write({
      "models/m.sql": `${table}select id from ${orders}`,
      "models/after.sql": `${table}select id from {{ ref('m') }}`,
      "models/other.sql": `${table}select max(id) as id from ${orders}`,
    });
    await rig.build();
    await rig.sql("INSERT INTO silver.orders VALUES (3, 1, 3)");
    rig.write({ "models/m.sql": `${table}select id, colour from ${orders}` });
    assert.deepEqual(
      await fails(/1 of the models failed:\n {2}- m: models\/m\.sql: .*"colour"/, ["BASE TABLE other"]),
      {
        m: "error",
        after: "skipped",
        other: "success",
      },
    );
    assert.deepEqual(await rowsOf(rig, "gold.other"), ["3"]);
  });

  it("SQL that cannot be parsed, in a table, a view and an increment", async () => {
    rig.write({
      "models/t.sql": `${table}select 1 as one`,
      "models/v.sql": `${view}select 1 as one`,
      "models/i.sql": `${incremental("full_refresh=false")}select 1 as one`,
    });
    await rig.build();
    for (const name of ["t", "v", "i"]) {
      const kept = { t: table, v: view, i: incremental("full_refresh=false") }[name];
      rig.write({ [`models/${name}.sql`]: `${kept}selec 1 as one;` });
    }
    assert.deepEqual(await fails(/3 of the models failed/), { t: "error", v: "error", i: "error" });
  });

  it("a view that cannot be made where a table stands leaves the table", async () => {
    rig.write({ "models/m.sql": `${table}select id from ${orders}` });
    await rig.build();
    rig.write({ "models/m.sql": `${view}select colour from ${orders}` });
    await fails(/models\/m\.sql: .*"colour"/);
    assert.deepEqual(await rowsOf(rig, "gold.m"), ["1", "2"]);
  });

  it("a table that cannot be made where a view stands leaves the view", async () => {
    rig.write({ "models/m.sql": `${view}select id from ${orders}` });
    await rig.build();
    rig.write({ "models/m.sql": `${table}select error('no') as id from ${orders}` });
    await fails(/models\/m\.sql: .*no/);
  });

  it("a view takes a table's place, and any kind of table a view's", async () => {
    const kinds = [
      view,
      table,
      view,
      incremental(),
      view,
      incremental("unique_key='id'"),
      table,
      incremental(),
    ];
    for (const kind of kinds) {
      rig.write({ "models/m.sql": `${kind}select id from ${orders}` });
      const { execution } = await rig.build();
      assert.equal(execution.outcome, "done", execution.error?.message);
      assert.deepEqual(await goldOf(rig), { [`${kind === view ? "VIEW" : "BASE TABLE"} m`]: ["1", "2"] });
    }
    rig.write({ "models/m.sql": null, "seeds/M.csv": "id\n7\n" });
    assert.equal((await rig.build()).execution.outcome, "done");
    assert.deepEqual(await goldOf(rig), { "BASE TABLE M": ["7"] });
  });

  for (const strategy of ["merge", "delete+insert"]) {
    it(`rows without a key under ${strategy}, when it is built first and in increments`, async () => {
      rig.write({
        "models/m.sql": `${incremental(`incremental_strategy='${strategy}', unique_key=['id', 'seq']`)}select id, seq from ${orders} ${since.replace(">", ">=")}`,
      });
      await rig.sql("UPDATE silver.orders SET id = NULL WHERE seq = 1");
      await fails(
        /m: models\/m\.sql: "m" gives 0 values of \(id, seq\) more than once, and 1 rows without one\./,
      );
      assert.deepEqual(await goldOf(rig), {});
      await rig.sql("UPDATE silver.orders SET id = 1 WHERE seq = 1");
      await rig.build();
      await rig.sql("INSERT INTO silver.orders VALUES (NULL, 1, 3), (NULL, 1, 4), (5, 1, 5)");
      await fails(/"m" gives 0 values of \(id, seq\) more than once, and 2 rows without one\./);
    });
  }

  it("two rows of one key under merge, when it is built first and in increments", async () => {
    rig.write({
      "models/m.sql": `${incremental("incremental_strategy='merge', unique_key='id'")}select id, seq from ${orders} ${since}`,
    });
    await rig.sql("INSERT INTO silver.orders VALUES (2, 1, 3)");
    await fails(/"m" gives 1 values of \(id\) more than once, and 0 rows without one\./);
    await rig.sql("DELETE FROM silver.orders WHERE seq = 3");
    await rig.build();
    await rig.sql("INSERT INTO silver.orders VALUES (3, 1, 3), (3, 1, 4), (3, 1, 5), (4, 1, 6)");
    await fails(/"m" gives 1 values of \(id\) more than once/, [], "model.duplicate_key");
  });

  it("a key that is no column", async () => {
    rig.write({ "models/m.sql": `${incremental("unique_key='nothing'")}select id, seq from ${orders}` });
    await fails(/models\/m\.sql: "m" has no column nothing/, [], "model.duplicate_key");
  });

  describe("a column whose type has changed since its table was made", () => {
    const model = (change: string) =>
      `${incremental(`unique_key='id', on_schema_change='${change}'`)}select * from ${orders} ${since}`;

    for (const change of ["ignore", "append_new_columns", "fail"])
      it(`is refused where its values would be cut, with on_schema_change ${change}`, async () => {
        rig.write({ "models/m.sql": model(change) });
        await rig.build();
        await rig.sql(
          "ALTER TABLE silver.orders ALTER amount TYPE DECIMAL(12,4)",
          "INSERT INTO silver.orders VALUES (3, 0.1234, 3)",
        );
        await fails(
          /models\/m\.sql: the columns of "m" differ from its table's: amount \(DECIMAL\(12,4\) into DECIMAL\(4,2\)\)\..*--full-refresh/,
        );
        assert.equal((await rig.build({ fullRefresh: true })).execution.outcome, "done");
        assert.deepEqual(await rowsOf(rig, "SELECT amount FROM gold.m WHERE id = 3"), ["0.1234"]);
      });

    it("is taken where the table holds its values", async () => {
      rig.write({ "models/m.sql": model("ignore") });
      await rig.build();
      await rig.sql(
        "ALTER TABLE silver.orders ALTER amount TYPE DECIMAL(3,1)",
        "ALTER TABLE silver.orders ALTER id TYPE SMALLINT",
        "INSERT INTO silver.orders VALUES (3, 0.5, 3)",
      );
      assert.equal((await rig.build()).execution.outcome, "done");
      assert.deepEqual(await rowsOf(rig, "gold.m"), ["1 10.50 1", "2 20.00 2", "3 0.50 3"]);
    });
  });

  for (const [change, outcome] of [
    ["ignore", "failed"],
    ["fail", "failed"],
    ["append_new_columns", "done"],
  ] as const)
    it(`a column that is gone ${outcome === "done" ? "stays, and is NULL in new rows," : "is refused"} with on_schema_change ${change}`, async () => {
      rig.write({
        "models/m.sql": `${incremental(`on_schema_change='${change}'`)}select * from ${orders} ${since}`,
      });
      await rig.build();
      await rig.sql("ALTER TABLE silver.orders DROP amount", "INSERT INTO silver.orders VALUES (3, 3)");
      if (outcome === "failed") await fails(/differ from its table's: amount\./, [], "model.schema_changed");
      else {
        assert.equal((await rig.build()).execution.outcome, "done");
        assert.deepEqual(await rowsOf(rig, "gold.m"), ["1 10.50 1", "2 20.00 2", "3 - 3"]);
      }
    });

  it("a table under the model's name that Firn did not make is built anew, and none under way is left", async () => {
    rig.write({ "models/m.sql": `${incremental()}select id from ${orders}` });
    await rig.sql("CREATE SCHEMA IF NOT EXISTS gold", "CREATE TABLE gold.m AS SELECT 'mine' AS other");
    const { execution } = await rig.build();
    assert.equal(execution.outcome, "done", execution.error?.message);
    assert.deepEqual(await goldOf(rig), { "BASE TABLE m": ["1", "2"] });
  });
});

describe("a model that reads the clock or randomness is refused", () => {
  let rig: ModelRig;
  before(async () => {
    rig = await openModelRig({ "models/kept.sql": `${table}select 1 as one` });
    await rig.build();
  });
  after(() => rig.close());

  const refused = (sql: string, words: RegExp) =>
    refuses(rig, { "models/bad.sql": sql }, "model.unpinned", words);

  it("by the function's name, in a model, an increment, a macro, an ephemeral model and a test", async () => {
    await refused("select now() as at", /models\/bad\.sql: "bad" calls now\..*var\('as_of'\)/);
    await refused(
      `${incremental()}select 1 as one {% if is_incremental() %}where random() < 0.5{% endif %}`,
      /calls random\./,
    );
    await refuses(
      rig,
      {
        "macros/m.sql": "{% macro m() %}current_date{% endmacro %}",
        "models/bad.sql": "select {{ m() }} as d",
      },
      "model.unpinned",
      /models\/bad\.sql: "bad" calls current_date\./,
    );
    await refuses(
      rig,
      {
        "models/e.sql": `${config("materialized='ephemeral'")}select uuid() as id`,
        "models/bad.sql": "select * from {{ ref('e') }}",
      },
      "model.unpinned",
      /calls uuid\./,
    );
    await refuses(
      rig,
      { "tests/bad.sql": "select 1 where now() > '2020-01-01'" },
      "model.unpinned",
      /tests\/bad\.sql/,
    );
  });

  it("however it is written", async () => {
    for (const sql of ["select NOW ( )", "select\nCurrent_Timestamp", "select 1 as a, 'it''s' as t, today()"])
      await refused(sql, /calls/);
    await refused("select * from {{ ref('kept') }} tablesample 10%", /calls tablesample\./i);
    await refused("select * from {{ ref('kept') }} using sample 5", /calls using sample\./i);
  });

  it("not for such a word in a text, a comment, a quoted name or a part of a name", async () => {
    rig.write({
      "models/fine.sql": `${table}-- now() is not called, don't
        select 'now()' as a, 'it''s current_date' as b, 1 as "now()", 2 as "current_date", 3 as now, 4 as known /* random() */
        , length('x') as randomly, one as random from {{ ref('kept') }}`,
    });
    const { execution } = await rig.build();
    rig.write({ "models/fine.sql": null });
    assert.equal(execution.outcome, "done", execution.error?.message);
  });

  it("for every function of DuckDB that is known to give another value each time", async () => {
    const harmless = [
      ...["current_database", "current_schema", "current_schemas", "current_query", "current_catalog"],
      ...["error", "in_search_path", "sleep_ms", "stats", "write_log"],
    ];
    const connection = await (await DuckDBInstance.create(":memory:")).connect();
    const found = await connection.runAndReadAll(
      "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type = 'scalar' AND stability <> 'CONSISTENT' OR " +
        "function_type = 'macro' AND macro_definition ILIKE '%current_timestamp%' AND function_name NOT LIKE 'pg\\_%' ESCAPE '\\'",
    );
    const names = found
      .getRowsJson()
      .map(([name]) => String(name))
      .filter((name) => !harmless.includes(name));
    connection.closeSync();
    assert.ok(names.length > 15);
    for (const name of names) await refused(`select ${name}(1) as x`, new RegExp(`calls ${name}\\.`));
  });
});

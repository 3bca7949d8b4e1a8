import assert from "node:assert/strict";
import { type ModelRig, openModelRig } from "../support/models.ts";
import { config, goldOf, orders, rowsOf, sources } from "./support.ts";

const table = config("materialized='table'");
const incremental = (more = "") => config(`materialized='incremental'${more && `, ${more}`}`);
const since = "{% if is_incremental() %}where seq > (select max(seq) from {{ this }}){% endif %}";

describe("what a dbt project says is what Firn builds", () => {
  let rig: ModelRig;

  beforeEach(async () => {
    rig = await openModelRig(sources);
    await rig.sql(
      "CREATE TABLE silver.orders AS SELECT * FROM (VALUES (1, 10.50, 'a', 1), (2, 20.00, 'b', 2)) AS v (id, amount, who, seq)",
      "CREATE TABLE silver.customers AS SELECT 'a' AS id, 'Ann' AS name",
    );
  });

  afterEach(() => rig.close());

  const add = (id: number, amount: number, who: string, seq: number) =>
    rig.sql(`INSERT INTO silver.orders VALUES (${id}, ${amount}, '${who}', ${seq})`);

  async function done(of: Parameters<ModelRig["build"]>[0] = {}, at?: string) {
    const built = await rig.build(of, at);
    assert.equal(built.execution.outcome, "done", built.execution.error?.message);
    return {
      ...built,
      kinds: Object.fromEntries(
        built.results.map(({ name, kind, reason }) => [name, reason ? `${kind}: ${reason}` : kind]),
      ),
    };
  }

  it("models build on models by ref, through ephemeral ones that name each other", async () => {
    rig.write({
      "models/a_last.sql": `${table}with mine as (select * from {{ ref('twice') }}) select * from mine`,
      "models/twice.sql": `${config("materialized='ephemeral'")}select id, amount * 2 as amount from {{ ref('once') }}`,
      "models/once.sql": `${config("materialized='ephemeral'")}-- a comment first\nwith recursive o as (select * from ${orders}) select id, amount from o -- and last`,
    });
    await done();
    assert.deepEqual(await rowsOf(rig, "gold.a_last"), ["1 21.00", "2 40.00"]);
    assert.deepEqual(Object.keys(await goldOf(rig)), ["BASE TABLE a_last"]);
  });

  it("an ephemeral model below an incremental one is never incremental itself", async () => {
    rig.write({
      "models/below.sql": `${config("materialized='ephemeral'")}select id, seq, {{ 'true' if is_incremental() else 'false' }} as inc from ${orders}`,
      "models/above.sql": `${incremental()}select * from {{ ref('below') }} ${since}`,
    });
    await done();
    await add(3, 1, "a", 3);
    const { kinds } = await done();
    assert.equal(kinds.above, "incremental");
    assert.deepEqual(await rowsOf(rig, "gold.above"), ["1 1 false", "2 2 false", "3 3 false"]);
  });

  it("config is taken from the file before its properties, and from those before dbt_project.yml", async () => {
    rig.write({
      "dbt_project.yml":
        "name: shop\nmodels:\n  shop:\n    +materialized: table\n    +tags: daily\n    +meta: {owner: all, kept: 1}\n    deep:\n      +materialized: view\n      +tags: [deep]\n",
      "models/one.sql": "select 1 as one",
      "models/deep/two.sql": "select 2 as two",
      "models/deep/three.sql": "select 3 as three",
      "models/deep/four.sql": `${config("materialized='view', tags='file'")}select 4 as four`,
      "models/deep/s.yml":
        "models:\n  - name: three\n    config: {materialized: table}\n  - name: four\n    config: {materialized: table, tags: props, meta: {owner: me}}\n",
    });
    const { kinds } = await done();
    assert.deepEqual(kinds, { one: "full: table", two: "view", three: "full: table", four: "view" });
    for (const [tag, names] of [
      ["daily", ["four", "one", "three", "two"]],
      ["deep", ["four", "three", "two"]],
      ["props", ["four"]],
      ["file", ["four"]],
    ] as const)
      assert.deepEqual(Object.keys((await done({ select: [`tag:${tag}`] })).status).sort(), names, tag);
  });

  it("vars are taken from dbt_project.yml, a project's own before those of all, else the default", async () => {
    rig.write({
      "dbt_project.yml": "name: shop\nvars:\n  rate: 2\n  deep: {a: [1, 2]}\n  shop:\n    rate: 3\n",
      "models/v.sql":
        "select {{ var('rate') }} as rate, {{ var('none', 7) }} as other, {{ var('deep').a[1] }} as deep, {{ var('flag', false) }} as flag",
    });
    await done();
    assert.deepEqual(await rowsOf(rig, "gold.v"), ["3 7 2 false"]);
  });

  it("templates loop over ranges, lists and mappings, and keep a sum in a namespace", async () => {
    rig.write({
      "models/m.sql": `select {% for n in range(2, 8, 3) %}{{ n }} as n{{ loop.index }}, {% endfor -%}
{% for key, value in {'a': 1}.items() %}{{ value }} as {{ key }}, {% endfor -%}
{% set sum = namespace(n=0) %}{% for n in range(4) %}{% set sum.n = sum.n + n %}{% endfor %}{{ sum.n }} as sum,
{{ 1 if var('as_of')[:4] == '2024' and not 'b' == 'c' else 0 }} as early, {{ 'null' if var('missing', none) is none else 1 }} as missing, '{{ ['x', 'y'] | join('-') | upper }}' as list`,
    });
    await done();
    assert.deepEqual(await rowsOf(rig, "gold.m"), ["2 5 1 6 1 - X-Y"]);
  });

  it("macros call each other across files in any order, and those of dbt_utils", async () => {
    rig.write({
      "macros/a.sql": "{% macro outer(x) %}{{ inner(x) }} + {{ shop.inner(1) }}{% endmacro %}",
      "macros/z/z.sql": "{% macro inner(x, y=5) -%} ({{ x }} * {{ y }}) {%- endmacro %}",
      "models/m.sql":
        "select {{ outer(2) }} as n, {{ dbt_utils.generate_surrogate_key(['1', 'null']) }} as k",
    });
    await done();
    const [row] = await rig.query(
      "SELECT n, k = md5('1-_dbt_utils_surrogate_key_null_') AS same FROM gold.m",
    );
    assert.deepEqual(row, { n: 15, same: true });
  });

  it("this is the table itself, target the place and as_of the instant of the run", async () => {
    rig.write({
      "models/m.sql": `${config("alias='renamed'")}select '{{ this.schema }}.{{ this.identifier }}' as here, '{{ target.name }} {{ target.type }}' as place, '{{ var('as_of') }}' as at`,
    });
    await done({}, "2024-03-02T06:00:00.000Z");
    assert.deepEqual(await rowsOf(rig, "gold.renamed"), ["gold.renamed rig duckdb 2024-03-02T06:00:00.000Z"]);
  });

  it("selectors choose by name and tag, with all upstream, all downstream, and without what is excluded", async () => {
    rig.write({
      "models/a.sql": "select 1 as id",
      "models/b.sql": "select * from {{ ref('a') }}",
      "models/c.sql": `${config("tags='late'")}select * from {{ ref('b') }}`,
      "models/d.sql": "select 1 as id",
      "models/s.yml": "models: [{name: b, columns: [{name: id, data_tests: [not_null]}]}]",
    });
    await done();
    const names = async (select: string[], exclude: string[] = []) =>
      Object.keys((await done({ select, exclude })).status).sort();
    assert.deepEqual(await names(["b"]), ["b", "not_null_b_id"]);
    assert.deepEqual(await names(["+b"]), ["a", "b", "not_null_b_id"]);
    assert.deepEqual(await names(["b+"]), ["b", "c", "not_null_b_id"]);
    assert.deepEqual(await names(["tag:late", "d"]), ["c", "d"]);
    assert.deepEqual(await names(["+c"], ["b"]), ["a", "c"]);
    assert.deepEqual(await names(["not_null_b_id"]), ["not_null_b_id"]);
  });

  it("reserved words, capital letters and long names are names like others", async () => {
    const long = "m".repeat(200);
    rig.write({
      "models/order.sql": `${table}select 1 as "select", 2 as "Mixed Case"`,
      "models/Revenue.sql": `${table}select * from {{ ref('order') }}`,
      [`models/${long}.sql`]: `${table}select * from {{ ref('Revenue') }}`,
    });
    await done();
    await done();
    assert.deepEqual(await rowsOf(rig, `gold.${long}`), ["1 2"]);
  });

  it("a model that is disabled is as if it were not there, with its tests and whatever it reads", async () => {
    rig.write({
      "models/hidden.sql": `${config("enabled=false")}select * from {{ ref('gone') }} cross join {{ source('raw', 'gone') }}`,
      "models/s.yml": "models: [{name: hidden, columns: [{name: id, data_tests: [unique]}]}]",
      "models/shown.sql": "select 1 as one",
    });
    assert.deepEqual((await done()).status, { shown: "success" });
  });

  it("a project without models is done at once", async () => {
    rig.write({ "models/sources.yml": null });
    const { results } = await done();
    assert.deepEqual(results, []);
    assert.deepEqual(await goldOf(rig), {});
  });

  describe("incrementally", () => {
    it("append adds what is new, and a run with nothing new adds nothing", async () => {
      rig.write({
        "models/m.sql": `${incremental("incremental_strategy='append'")}select id, seq from ${orders} ${since}`,
      });
      assert.equal((await done()).kinds.m, "full: first build");
      await add(3, 1, "a", 3);
      assert.equal((await done()).kinds.m, "incremental");
      await done();
      assert.deepEqual(await rowsOf(rig, "gold.m"), ["1 1", "2 2", "3 3"]);
    });

    for (const strategy of ["merge", "delete+insert"])
      it(`${strategy} replaces the rows of a key, of one column or more`, async () => {
        rig.write({
          "models/m.sql": `${incremental(`incremental_strategy='${strategy}', unique_key=['id', 'who']`)}select id, who, sum(amount) as amount, max(seq) as seq from ${orders} {% if is_incremental() %}where id in (select id from ${orders} where seq > (select max(seq) from {{ this }})){% endif %} group by all`,
        });
        await done();
        await add(1, 5, "a", 3);
        await add(1, 7, "z", 4);
        assert.equal((await done()).kinds.m, "incremental");
        assert.deepEqual(await rowsOf(rig, "gold.m"), ["1 a 15.50 3", "1 z 7.00 4", "2 b 20.00 2"]);
      });

    it("delete+insert replaces all rows of a key by all that come", async () => {
      rig.write({
        "models/m.sql": `${incremental("unique_key='who'")}select who, id, seq from ${orders} ${since}`,
      });
      await add(3, 1, "a", 3);
      await done();
      await add(4, 1, "a", 4);
      await add(5, 1, "a", 5);
      await done();
      assert.deepEqual(await rowsOf(rig, "gold.m"), ["a 4 4", "a 5 5", "b 2 2"]);
    });

    it("a model that was changed is built in full", async () => {
      rig.write({ "models/m.sql": `${incremental()}select id, seq from ${orders} ${since}` });
      await done();
      rig.write({ "models/m.sql": `${incremental()}select id * 10 as id, seq from ${orders} ${since}` });
      assert.equal((await done()).kinds.m, "full: new version");
      assert.deepEqual(await rowsOf(rig, "gold.m"), ["10 1", "20 2"]);
    });

    it("a model is built in full where a blank inside of a text was changed", async () => {
      rig.write({ "models/m.sql": `${incremental()}select 'a  b' as t, seq from ${orders} ${since}` });
      await done();
      rig.write({ "models/m.sql": `${incremental()}select 'a b' as t, seq from ${orders} ${since}` });
      assert.equal((await done()).kinds.m, "full: new version");
    });

    it("a model is built in full where a view, a macro or a seed below it was changed", async () => {
      rig.write({
        "models/m.sql": `${incremental()}select * from {{ ref('v') }} ${since}`,
        "models/v.sql": `select o.id, o.seq, {{ factor() }} * s.n as n from ${orders} as o cross join {{ ref('s') }} as s`,
        "macros/f.sql": "{% macro factor() %}2{% endmacro %}",
        "seeds/s.csv": "n\n5\n",
      });
      await done();
      assert.equal((await done()).kinds.m, "incremental");
      rig.write({ "macros/f.sql": "{% macro factor() %}3{% endmacro %}" });
      assert.equal((await done()).kinds.m, "full: new version");
      rig.write({ "seeds/s.csv": "n\n7\n" });
      assert.equal((await done()).kinds.m, "full: new version");
      assert.deepEqual(await rowsOf(rig, "gold.m"), ["1 1 21", "2 2 21"]);
    });

    it("a comment, a blank, the instant of the run and a description change nothing", async () => {
      const text = (comment: string) =>
        `${incremental()}select id, seq, ${comment} '{{ var('as_of')[:10] }}' as day, '{{ var('as_of') }}' as at from ${orders} ${since}`;
      rig.write({ "models/m.sql": text("") });
      await done({}, "2024-03-01T06:00:00.000Z");
      rig.write({
        "models/m.sql": text("-- it's about 'days'\n  /* and more */ {# of it #}  "),
        "models/s.yml": "models: [{name: m, description: of orders}]",
      });
      assert.equal((await done({}, "2024-03-02T06:00:00.000Z")).kinds.m, "incremental");
    });

    it("a full refresh is asked for, or refused by the model", async () => {
      rig.write({
        "models/m.sql": `${incremental()}select id, seq from ${orders} ${since}`,
        "models/kept.sql": `${incremental("full_refresh=false")}select id, seq from ${orders} ${since}`,
        "models/always.sql": `${incremental("full_refresh=true")}select id, seq from ${orders} ${since}`,
      });
      await done();
      await rig.sql("DELETE FROM silver.orders WHERE id = 1");
      rig.write({
        "models/kept.sql": `${incremental("full_refresh=false")}select id + 0 as id, seq from ${orders} ${since}`,
      });
      const { kinds } = await done({ fullRefresh: true });
      assert.deepEqual(kinds, { always: "full: asked for", kept: "incremental", m: "full: asked for" });
      assert.deepEqual(await rowsOf(rig, "gold.m"), ["2 2"]);
      assert.deepEqual(await rowsOf(rig, "gold.kept"), ["1 1", "2 2"]);
    });

    it("a table is built in full where the ledger does not know it", async () => {
      rig.write({ "models/m.sql": `${incremental()}select id, seq from ${orders} ${since}` });
      await done();
      await rig.sql("DELETE FROM ledger.models");
      assert.equal((await done()).kinds.m, "full: new ledger");
    });

    it("a new column is left out, refused or added, as on_schema_change says", async () => {
      const model = (change: string) =>
        `${incremental(`on_schema_change='${change}'`)}select * from ${orders} ${since}`;
      rig.write({
        "models/ignore.sql": model("ignore"),
        "models/fail.sql": model("fail"),
        "models/append.sql": model("append_new_columns"),
      });
      await done();
      await rig.sql(
        "ALTER TABLE silver.orders ADD COLUMN note VARCHAR",
        "INSERT INTO silver.orders VALUES (3, 1, 'c', 3, 'new')",
      );
      const { status, execution } = await rig.build();
      assert.deepEqual(status, { append: "success", fail: "error", ignore: "success" });
      assert.match(
        String(execution.error?.message),
        /models\/fail\.sql: the columns of "fail" differ from its table's: note\./,
      );
      assert.deepEqual(await rowsOf(rig, "gold.ignore"), ["1 10.50 a 1", "2 20.00 b 2", "3 1.00 c 3"]);
      assert.deepEqual(await rowsOf(rig, "gold.append"), [
        "1 10.50 a 1 -",
        "2 20.00 b 2 -",
        "3 1.00 c 3 new",
      ]);
      assert.deepEqual(await rowsOf(rig, "gold.fail"), ["1 10.50 a 1", "2 20.00 b 2"]);
    });
  });

  describe("once nothing is new", () => {
    const model = { "models/m.sql": `${table}select * from ${orders}` };

    /** What pipelines note in the lake when they have promoted. */
    async function promoted(run: string) {
      const { writeHint } = await import("#ledger/hint");
      const store = await (await rig.world()).store("shop");
      const hint = { format: 1 as const, generation: "g", intervals: [], done: [], empty: [], files: {} };
      await writeHint(store, "orders", { ...hint, promotedBy: run, readAt: "2024-03-01T06:00:00.000Z" });
    }

    async function wakes(of = {}): Promise<boolean> {
      const world = await rig.world();
      const { warehouse } = world;
      let woken = false;
      world.warehouse = (team) => {
        woken = true;
        return warehouse(team);
      };
      const { execution } = await rig.build({ forced: false, ...of });
      world.warehouse = warehouse;
      assert.equal(execution.outcome, "done", execution.error?.message);
      return woken;
    }

    it("a run wakes no warehouse, until a pipeline promotes or the project changes", async () => {
      rig.write(model);
      await promoted("run 1");
      assert.equal(await wakes(), true);
      assert.equal(await wakes(), false);
      await promoted("run 2");
      assert.equal(await wakes(), true);
      assert.equal(await wakes(), false);
      rig.write({ "models/m.sql": `${table}select id from ${orders}` });
      assert.equal(await wakes(), true);
      assert.equal(await wakes(), false);
      assert.equal(await wakes({ forced: true }), true);
    });

    it("a run of some models or some kinds does not count as one of all", async () => {
      rig.write({ ...model, "models/other.sql": "select 1 as one" });
      await promoted("run 1");
      await rig.build({ select: ["m"] });
      assert.equal(await wakes(), true);
      await promoted("run 2");
      await rig.build({ exclude: ["m"] });
      assert.equal(await wakes(), true);
      await promoted("run 3");
      await rig.build({ resources: ["snapshot"] });
      assert.equal(await wakes(), true);
    });

    it("a run that failed is made up for", async () => {
      rig.write({ "models/m.sql": `${table}select 1 // 0 as n, * from ${orders} where error('no') is null` });
      await promoted("run 1");
      assert.equal((await rig.build()).execution.outcome, "failed");
      rig.write(model);
      assert.equal(await wakes(), true);
    });
  });

  it("dbt's own files tell of the run: manifest.json and run_results.json", async () => {
    rig.write({
      "models/m.sql": `${incremental()}select id, seq from ${orders} ${since}`,
      "models/s.yml": "models: [{name: m, description: one, columns: [{name: id, data_tests: [unique]}]}]",
      "models/bad.sql": `${table}select error('no') as n`,
      "seeds/s.csv": "n,t\n1,{{ now() }}\n",
    });
    const { execution } = await rig.build();
    const store = await (await rig.world()).store("shop");
    const read = async (name: string) =>
      JSON.parse(
        new TextDecoder().decode(
          (await store.get(`state/models/${execution.state.run}/${name}`)) ?? undefined,
        ),
      );
    const manifest = await read("manifest.json");
    assert.equal(manifest.metadata.dbt_schema_version, "https://schemas.getdbt.com/dbt/manifest/v12.json");
    assert.deepEqual(manifest.parent_map["model.shop.m"], ["source.shop.raw.orders"]);
    assert.equal(manifest.nodes["model.shop.m"].columns.id.name, "id");
    const results = await read("run_results.json");
    const told = (
      results.results as { unique_id: string; status: string; compiled_code: string | null }[]
    ).map(({ unique_id, status, compiled_code }) => [
      unique_id.replace(/\.\w{10}$/, ""),
      status,
      typeof compiled_code,
    ]);
    assert.deepEqual(told.sort(), [
      ["model.shop.bad", "error", "string"],
      ["model.shop.m", "success", "string"],
      ["seed.shop.s", "success", "object"],
      ["test.shop.unique_m_id", "pass", "string"],
    ]);
  });
});

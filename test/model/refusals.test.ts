import { type ModelRig, openModelRig } from "../support/models.ts";
import { config, orders, refuses, sources } from "./support.ts";

type Case = [claim: string, files: Record<string, string>, words: RegExp];

const model = (sql: string, name = "bad"): Record<string, string> => ({ [`models/${name}.sql`]: sql });
const project = (text: string) => ({ "dbt_project.yml": `name: shop\nversion: '1.0.0'\n${text}` });
const yaml = (text: string) => ({ "models/bad.yml": text });

describe("a project that is wrong is refused with what, where and how, and gold stays as it was", () => {
  let rig: ModelRig;

  before(async () => {
    rig = await openModelRig({
      ...sources,
      "models/kept.sql": `${config("materialized='table'")}select id, amount from ${orders}`,
      "models/off.sql": `${config("enabled=false")}select 1 as one`,
    });
    await rig.sql(
      "CREATE TABLE silver.orders AS SELECT 1 AS id, 2.50 AS amount",
      "CREATE TABLE silver.customers AS SELECT 1 AS id, 'Ann' AS name",
    );
    await rig.build();
  });

  after(() => rig.close());

  const wrong: Case[] = [
    [
      "two models that are made of each other, with the way around",
      {
        "models/bad.sql": "select * from {{ ref('worse') }}",
        "models/worse.sql": "select * from {{ ref('bad') }}",
      },
      /models\/(bad|worse)\.sql: Models form a cycle: (bad -> worse -> bad|worse -> bad -> worse)\./,
    ],
    ["a model made of itself", model("select * from {{ ref('bad') }}"), /cycle: bad -> bad\./],
    [
      "a ref to what is not there",
      model("select * from {{ ref('nowhere') }}"),
      /models\/bad\.sql: "bad" refers to "nowhere", which is not there\./,
    ],
    [
      "a ref to a disabled model",
      model("select * from {{ ref('off') }}"),
      /models\/bad\.sql: "bad" refers to "off", which is disabled\./,
    ],
    [
      "a source that is not declared",
      model("select * from {{ source('raw', 'refunds') }}"),
      /models\/bad\.sql: "bad" reads source "raw\.refunds", which is not declared\./,
    ],
    [
      "two models of one name",
      { "models/a/bad.sql": "select 1 as one", "models/b/bad.sql": "select 2 as two" },
      /models\/b\/bad\.sql: "bad" stands in models\/a\/bad\.sql, too\./,
    ],
    [
      "two models that differ in capital letters alone",
      { "models/bad.sql": "select 1 as one", "models/BAD.sql": "select 2 as two" },
      /models\/bad\.sql: "bad" makes gold\.bad, and so does models\/BAD\.sql\./,
    ],
    [
      "two models of one alias",
      {
        "models/bad.sql": `${config("alias='same'")}select 1 as one`,
        "models/worse.sql": `${config("alias='same'")}select 2 as two`,
      },
      /models\/worse\.sql: "worse" makes gold\.same, and so does models\/bad\.sql\./,
    ],
    [
      "a name with a space",
      model("select 1 as one", "my orders"),
      /models\/my orders\.sql: "my orders" is no name of a table\./,
    ],
    ["a name with a quote", model("select 1 as one", 'my"orders'), /"my"orders" is no name of a table\./],
    ["a name with a dot", model("select 1 as one", "my.orders"), /"my\.orders" is no name of a table\./],
    ["a name that begins with a digit", model("select 1 as one", "2024"), /"2024" is no name of a table\./],
    [
      "a name of more than 200 characters",
      model("select 1 as one", "m".repeat(201)),
      /is no name of a table\./,
    ],
    [
      "an alias that is no name",
      model(`${config("alias='a; drop table b'")}select 1 as one`),
      /"a; drop table b" is no name of a table\./,
    ],
    [
      "a name that Firn keeps for tables under way",
      model("select 1 as one", "kept__next_4"),
      /"kept__next_4" is no name of a table\..*__next/,
    ],
    ["a tag that is not closed, by its line", model("select 1\n{{ ref('kept'"), /models\/bad\.sql:2: /],
    [
      "a block that is not closed",
      model("select 1\n\n{% if true %}\nas one"),
      /models\/bad\.sql:\d+: Jinja failed/,
    ],
    [
      "a name that is not defined, by its line",
      model("select 1 as one\n, {{ my_macro(1) }}"),
      /models\/bad\.sql:2: "my_macro" is not defined\./,
    ],
    [
      "a macro's fault, by the macro's file and line",
      { "macros/m.sql": "{% macro m() %}\n{{ nothing }}\n{% endmacro %}", ...model("select {{ m() }}") },
      /macros\/m\.sql:2: "nothing" is not defined\./,
    ],
    [
      "a macro that calls itself for ever",
      { "macros/m.sql": "{% macro m() %}{{ m() }}{% endmacro %}", ...model("select {{ m() }}") },
      /(macros\/m|models\/bad)\.sql:1: Jinja failed: Maximum call stack/,
    ],
    [
      "a var without a value",
      model("select {{ var('rate') }} as rate"),
      /models\/bad\.sql:1: .*There is no var "rate"\./,
    ],
    [
      "a package's macro it does not have",
      model("select {{ dbt_utils.star(from=ref('kept')) }} from x"),
      /models\/bad\.sql:1: "dbt_utils\.star" is not defined\./,
    ],
    [
      "a source that is declared twice",
      yaml("sources: [{name: raw, schema: silver, tables: [{name: orders}]}]"),
      /models\/sources\.yml: Source "raw\.orders" is declared twice\./,
    ],
    [
      "YAML that is none, by its line",
      yaml("models:\n  - name: kept\n   columns: []\n"),
      /models\/bad\.yml:[23]: This is no YAML: /,
    ],
    ["YAML of another form", yaml("models: kept\n"), /models\/bad\.yml: "models" is wrong: /],
    ["YAML that is a list", yaml("- models\n"), /models\/bad\.yml: /],
    [
      "properties of a model that is not there",
      yaml("models:\n  - name: nowhere\n    data_tests: [unique]\n"),
      /models\/bad\.yml: There is no node "nowhere"\./,
    ],
    [
      "properties of one model in two places",
      {
        "models/bad.yml": "models: [{name: kept, description: one}]",
        "models/worse.yml": "models: [{name: kept, description: two}]",
      },
      /"kept": Its properties stand in two places\./,
    ],
    [
      "a test with two names",
      yaml("models:\n  - name: kept\n    data_tests:\n      - unique:\n        not_null:\n"),
      /A test has more than one name\./,
    ],
    [
      "a merge without a unique_key",
      model(`${config("materialized='incremental', incremental_strategy='merge'")}select 1 as one`),
      /models\/bad\.sql: "bad" declares no unique_key/,
    ],
    [
      "a snapshot without updated_at",
      {
        "snapshots/bad.sql":
          "{% snapshot bad %}{{ config(unique_key='id', strategy='timestamp') }}select 1 as id{% endsnapshot %}",
      },
      /snapshots\/bad\.sql: "bad" declares no updated_at/,
    ],
    [
      "a config of another type",
      model(`${config("materialized='table', enabled='perhaps'")}select 1 as one`),
      /models\/bad\.sql: The config "enabled" is wrong/,
    ],
    [
      "a ref that only increments have",
      model(
        `${config("materialized='incremental'")}select 1 as one {% if is_incremental() %}from {{ ref('kept') }}{% endif %}`,
      ),
      /models\/bad\.sql:[12]: "bad" reads ref\('kept'\) only in some runs/,
    ],
    [
      "a ref that is only made when it is run",
      model("select 1 as one {% if execute %}from {{ ref('kept') }}{% endif %}"),
      /models\/bad\.sql:[12]: "bad" reads ref\('kept'\) only in some runs/,
    ],
    [
      "a seed that is no CSV",
      { "seeds/bad.csv": 'id,name\n1,"Ann\n2,Bob\n' },
      /seeds\/bad\.csv: This is no CSV: .*[Ll]ine/,
    ],
    [
      "a seed whose rows differ in length",
      { "seeds/bad.csv": "id,name\n1\n" },
      /seeds\/bad\.csv: This is no CSV: .*line 2/,
    ],
    ["a seed without a header", { "seeds/bad.csv": "" }, /seeds\/bad\.csv: It has no header\./],
    [
      "a seed with two columns of one name",
      { "seeds/bad.csv": "id,ID\n1,2\n" },
      /seeds\/bad\.csv: .*"ID" twice/,
    ],
    [
      "a seed with a column without a name",
      { "seeds/bad.csv": "id,\n1,2\n" },
      /seeds\/bad\.csv: .*without a name/,
    ],
    [
      "a type for a column that a seed does not have",
      {
        "seeds/bad.csv": "id\n1\n",
        "seeds/bad.yml": "seeds: [{name: bad, config: {column_types: {code: text}}}]",
      },
      /seeds\/bad\.csv: .*"code"/,
    ],
  ];
  for (const [claim, files, words] of wrong) it(claim, () => refuses(rig, files, "model.invalid", words));

  it("a project file that is missing or empty", async () => {
    await refuses(
      rig,
      { "dbt_project.yml": "" },
      "model.invalid",
      /dbt_project\.yml: It is missing or empty\./,
    );
  });

  it("a selector that means nothing", () =>
    refuses(rig, {}, "model.invalid", /nowhere: Nothing has that name or tag\./, { select: ["nowhere"] }));

  const unsupported: Case[] = [
    [
      "a hook",
      model(`${config("post_hook='select 1'")}select 1 as one`),
      /the config "post-hook"\. A hook runs apart/,
    ],
    ["grants", model(`${config("grants={'select': ['x']}")}select 1 as one`), /the config "grants"/],
    [
      "a contract",
      yaml("models: [{name: kept, config: {contract: {enforced: true}}}]"),
      /the config "contract"/,
    ],
    ["another schema", model(`${config("schema='other'")}select 1 as one`), /the config "schema"/],
    [
      "an unknown config",
      model(`${config("colour='blue'")}select 1 as one`),
      /models\/bad\.sql: .*the config "colour"/,
    ],
    [
      "microbatch",
      model(`${config("materialized='incremental', incremental_strategy='microbatch'")}select 1 as one`),
      /incremental_strategy: microbatch/,
    ],
    [
      "a materialized view",
      model(`${config("materialized='materialized_view'")}select 1 as one`),
      /materialized: materialized_view/,
    ],
    [
      "a model that says it is a snapshot",
      model(`${config("materialized='snapshot'")}select 1 as one`),
      /materialized: snapshot/,
    ],
    [
      "a model that says it is a seed",
      model(`${config("materialized='seed'")}select 1 as one`),
      /materialized: seed/,
    ],
    [
      "syncing all columns",
      model(`${config("materialized='incremental', on_schema_change='sync_all_columns'")}select 1 as one`),
      /on_schema_change: sync_all_columns/,
    ],
    ["versions of a model, declared", yaml("models: [{name: kept, versions: [{v: 1}]}]"), /versions/],
    [
      "versions of a model, named",
      model("select * from {{ ref('kept', v=1) }}"),
      /models\/bad\.sql:1: .*versions of a model/,
    ],
    [
      "Python models",
      { "models/bad.py": "def model(dbt, session): pass" },
      /models\/bad\.py: .*Python models/,
    ],
    [
      "packages it does not have",
      { "packages.yml": "packages:\n  - package: dbt-labs/codegen\n    version: 0.12.1\n" },
      /packages\.yml: .*the package "dbt-labs\/codegen"/,
    ],
    ["adapter.dispatch", model("{{ adapter.dispatch('m')() }}"), /models\/bad\.sql:1: .*adapter/],
    [
      "run_query",
      model("select 1 as one\n{% set x = run_query('select 1') %}"),
      /models\/bad\.sql:2: .*run_query/,
    ],
    [
      "{% do %}",
      model("{% set x = [] %}\n{% do x.append(1) %}\nselect 1 as one"),
      /models\/bad\.sql:2: .*\{% do %\}/,
    ],
    ["env_var", model("select '{{ env_var('HOME') }}' as home"), /models\/bad\.sql:1: .*env_var/],
    ["the instant of a run by dbt's name", model("select '{{ run_started_at }}' as at"), /run_started_at/],
    [
      "snapshots that check columns",
      {
        "snapshots/bad.sql":
          "{% snapshot bad %}{{ config(unique_key='id', strategy='check', check_cols='all') }}select 1 as id{% endsnapshot %}",
      },
      /(strategy: check|the config "check_cols")/,
    ],
    [
      "snapshots that mark what vanished",
      {
        "snapshots/bad.sql":
          "{% snapshot bad %}{{ config(unique_key='id', strategy='timestamp', updated_at='at', hard_deletes='invalidate') }}select 1 as id{% endsnapshot %}",
      },
      /the config "hard_deletes"/,
    ],
    [
      "a materialization of one's own",
      { "macros/m.sql": "{% materialization mine, default %}{% endmaterialization %}" },
      /macros\/m\.sql:1: .*materialization/,
    ],
    [
      "a macro that changes dbt",
      { "macros/m.sql": "{% macro generate_schema_name(a, b) %}x{% endmacro %}" },
      /macros\/m\.sql: .*generate_schema_name/,
    ],
    [
      "a test that is not there",
      yaml("models: [{name: kept, data_tests: [sparkling]}]"),
      /models\/bad\.yml: .*the test "sparkling"/,
    ],
    [
      "a threshold of a test",
      yaml(
        "models: [{name: kept, columns: [{name: id, data_tests: [{unique: {config: {error_if: '>10'}}}]}]}]",
      ),
      /the config "error_if"/,
    ],
    ["exposures", yaml("exposures: [{name: page}]"), /models\/bad\.yml: .*"exposures"/],
    ["unit tests", yaml("unit_tests: [{name: one}]"), /models\/bad\.yml: .*"unit_tests"/],
    [
      "freshness of a source",
      yaml("sources: [{name: other, freshness: {}, tables: [{name: t}]}]"),
      /models\/bad\.yml: .*freshness/,
    ],
  ];
  for (const [claim, files, words] of unsupported)
    it(`by name: ${claim}`, () => refuses(rig, files, "model.unsupported", words));

  for (const [claim, text] of [
    ["on-run-end", "on-run-end: ['select 1']\n"],
    ["dispatch", "dispatch: [{macro_namespace: dbt, search_order: [shop]}]\n"],
    ["query-comment", "query-comment: x\n"],
    ["folders of other names", "model-paths: [sql]\n"],
  ] as const)
    it(`by name: ${claim} in dbt_project.yml`, async () => {
      const code = claim.startsWith("folders") ? "model.invalid" : "model.unsupported";
      const words = new RegExp(`dbt_project\\.yml: .*"${text.split(":")[0]}`);
      await refuses(rig, project(text), code, words);
    });

  it("by name: a selector of another method", () =>
    refuses(rig, {}, "model.unsupported", /the selector "path:models"/, { select: ["path:models"] }));

  it("another team's table that was not granted", () =>
    refuses(
      rig,
      {
        "models/other.yml":
          "sources: [{name: commerce, database: commerce, schema: gold, tables: [{name: revenue}]}]",
        ...model("select * from {{ source('commerce', 'revenue') }}"),
      },
      "model.not_granted",
      /Source "commerce\.revenue" is commerce\.gold\.revenue, which team "shop" may not read\..*grants/,
    ));

  it("its own team's raw tables and quarantine", async () => {
    for (const schema of ["raw", "quarantine", "ledger"])
      await refuses(
        rig,
        {
          "models/other.yml": `sources: [{name: my_${schema}, schema: ${schema}, tables: [{name: orders}]}]`,
        },
        "model.not_granted",
        new RegExp(`is shop\\.${schema}\\.orders, which team "shop" may not read`),
      );
  });
});

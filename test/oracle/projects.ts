/** Projects of our own for what Firn runs, each with steps that change rows, files or variables between builds. */
import { dbtUtils } from "../../runtime/model/macros/dbt_utils.ts";
import type { Files, Given } from "./reference.ts";

type Steps = Given["steps"];
const build: Steps[number] = { args: ["build"] };
const rebuild: Steps[number] = { args: ["build", "--full-refresh"] };

/** dbt gets the macros of dbt_utils that Firn serves: a test installs nothing from dbt's hub. */
export const packages: Given["packages"] = {
  dbt_utils: { "dbt_project.yml": "name: dbt_utils\nversion: '1.3.0'\nconfig-version: 2\n", ...dbtUtils },
};

/** Rows of silver that grow by commit, for the incremental models. */
const events: Files = {
  "models/sources.yml":
    "version: 2\nsources:\n  - name: silver\n    schema: silver\n    tables: [{name: events}]\n",
};

/** What a promotion leaves in silver: rows of id and amount. */
function promote(seq: number, ...rows: [number, number | null][]): Steps {
  const made = "create schema silver; create table silver.events (id integer, amount integer, seq bigint); ";
  const values = rows.map(([id, amount]) => `(${id}, ${amount ?? "null"}, ${seq})`).join(", ");
  return [{ sql: `${seq === 1 ? made : ""}insert into silver.events values ${values}` }];
}

export const projects: Given[] = [
  project("seeds", {
    "seeds/kinds.csv": [
      "whole,big,fraction,day,moment,iso,flag,text,nothing,padded",
      "1,12,1.50,2024-01-02,2024-01-02 03:04:05,2024-01-02T03:04:05,true,a,,007",
      '-2,1000000,0.1,2024-12-31,2024-01-02 00:00:00,2024-01-03T00:00:00,false,"b, ""c""",,8',
      ",,,,,,,null,,",
    ].join("\n"),
    "seeds/mixed.csv":
      "number_or_text,date_or_text,yes_no,time\n1,2024-01-02,yes,03:04:05\nx,soon,no,23:59:59\n",
    "seeds/typed.csv": "code,amount\n007,1.10\n010,2\n",
    "seeds/unicode.csv": 'name,note\nZoë,naïve\n雪,"line\nbreak"\n',
    "seeds/properties.yml":
      "version: 2\nseeds:\n  - name: typed\n    config:\n      column_types: {code: varchar, amount: 'decimal(10,2)'}\n    columns:\n      - name: code\n        data_tests: [unique, not_null]\n",
    "models/sums.sql":
      "{{ config(materialized='table') }}\nselect sum(whole) as whole, sum(fraction) as fraction, count(text) as texts from {{ ref('kinds') }}",
  }),
  project(
    "tests",
    {
      "models/people.sql":
        "{{ config(materialized='table') }}\nselect * from (values (1, 'a', 1), (2, 'b', null), (2, null, 9), (null, 'c', 1)) as v(id, kind, boss)",
      "models/properties.yml": `version: 2
models:
  - name: people
    data_tests:
      - dbt_utils.expression_is_true: {expression: "id > 1"}
      - dbt_utils.unique_combination_of_columns: {combination_of_columns: [id, kind], config: {severity: warn}}
    columns:
      - name: id
        data_tests:
          - unique
          - not_null: {config: {where: "kind != 'c'"}}
          - dbt_utils.accepted_range: {min_value: 2}
      - name: kind
        data_tests:
          - not_null: {name: every_kind_is_known, config: {severity: warn}}
          - accepted_values: {values: [a, b]}
          - accepted_values: {arguments: {values: [a, b, c]}}
      - name: boss
        data_tests:
          - relationships: {to: ref('people'), field: id}
          - relationships: {name: low_bosses_are_people, to: ref('people'), field: id, config: {where: "boss < 5"}}
          - accepted_values: {values: [1], quote: false, config: {severity: warn}}
          - is_small: {below: 5}
`,
      "tests/nobody_is_nine.sql": "select * from {{ ref('people') }} where boss = 9",
      "tests/warns.sql": "{{ config(severity='warn') }}\nselect * from {{ ref('people') }}",
      "tests/generic/is_small.sql":
        "{% test is_small(model, column_name, below=3) %}\nselect * from {{ model }} where {{ column_name }} >= {{ below }}\n{% endtest %}\n",
      "models/after.sql": "select id from {{ ref('people') }}",
    },
    [build, { args: ["run"] }, { args: ["test"] }],
  ),
  ...["append", "delete+insert", "merge"].map((strategy) =>
    project(
      `incremental_${strategy.replace("+", "_")}`,
      {
        "models/events.sql": `{{ config(materialized='incremental', incremental_strategy='${strategy}'${strategy === "append" ? "" : ", unique_key='id'"}) }}
select id, amount, seq from {{ source('silver', 'events') }}
{% if is_incremental() %}
where seq > (select coalesce(max(seq), 0) from {{ this }})
{% endif %}
${strategy === "append" ? "" : "qualify row_number() over (partition by id order by seq desc) = 1"}`,
        "models/totals.sql":
          "{{ config(materialized='table') }}\nselect id, sum(amount) as amount from {{ ref('events') }} group by id",
        ...events,
      },
      [
        ...promote(1, [1, 10], [2, 20]),
        build,
        ...promote(2, [2, 25], [3, 30]),
        build,
        build,
        ...promote(3, [4, null]),
        rebuild,
      ],
    ),
  ),
  ...["ignore", "append_new_columns"].map((change) =>
    project(
      `on_schema_change_${change}`,
      {
        "models/events.sql": `{{ config(materialized='incremental', unique_key=['id', 'seq'], on_schema_change='${change}') }}
select id, seq, amount{% if is_incremental() %}, amount * 2 as doubled{% endif %} from {{ source('silver', 'events') }}
{% if is_incremental() %} where seq > (select max(seq) from {{ this }}) {% endif %}`,
        ...events,
      },
      [...promote(1, [1, 10]), build, ...promote(2, [2, 20]), build, ...promote(3, [1, 11]), build],
    ),
  ),
  project(
    "on_schema_change_fail",
    {
      "models/events.sql": `{{ config(materialized='incremental', unique_key='id', on_schema_change='fail') }}
select id, seq{% if is_incremental() %}, amount{% endif %} from {{ source('silver', 'events') }}`,
      "models/after.sql": "select * from {{ ref('events') }}",
      ...events,
    },
    [...promote(1, [1, 10]), build, ...promote(2, [2, 20]), build],
  ),
  project(
    "snapshots",
    {
      "snapshots/as_yaml.yml":
        "version: 2\nsnapshots:\n  - name: as_yaml\n    relation: source('silver', 'people')\n    config: {unique_key: id, strategy: timestamp, updated_at: changed_at}\n",
      "snapshots/as_block.sql":
        "{% snapshot as_block %}\n{{ config(unique_key=['id', 'name'], strategy='timestamp', updated_at='changed_at') }}\nselect * from {{ source('silver', 'people') }} where id < 3\n{% endsnapshot %}\n",
      "models/current.sql": "select id, name from {{ ref('as_yaml') }} where dbt_valid_to is null",
      "models/properties.yml":
        "version: 2\nsources:\n  - name: silver\n    schema: silver\n    tables: [{name: people}]\n",
    },
    [
      {
        sql: "create schema silver; create table silver.people (id integer, name varchar, changed_at timestamp)",
      },
      {
        sql: "insert into silver.people values (1, 'ann', '2024-01-01'), (2, 'bob', '2024-01-01'), (3, 'cid', '2024-01-01')",
      },
      build,
      {
        sql: "update silver.people set name = 'anna', changed_at = '2024-02-01' where id = 1; delete from silver.people where id = 3",
      },
      build,
      {
        sql: "insert into silver.people values (3, 'cid', '2024-03-01'), (4, 'dan', '2024-03-01'); update silver.people set name = 'bobby' where id = 2",
      },
      build,
      {
        sql: "alter table silver.people add column town varchar; update silver.people set town = 'Bern', changed_at = '2024-04-01' where id = 1",
      },
      build,
    ],
  ),
  project(
    "templates",
    {
      "macros/cents.sql":
        "{% macro cents(column, digits=2) -%}\n  round({{ column }} / 100.0, {{ digits }})\n{%- endmacro %}\n{% macro listed(names) %}{% for name in names %}{{ name }}{% if not loop.last %}, {% endif %}{% endfor %}{% endmacro %}\n",
      "models/base.sql":
        "{# kept apart #}\n{{ config(materialized='ephemeral') }}\nselect 1 as id, 250 as amount union all select 2, 399",
      "models/deep/double.sql":
        "{{ config(materialized='ephemeral', tags=['x']) }}\nselect id, amount * 2 as amount from {{ ref('base') }}",
      "models/deep/wide.sql": `{%- set kinds = ['a', 'b'] -%}
with own as (select 1 as one)
select id, {{ cents('amount') }} as paid, {{ listed(['id', 'amount']) }}
{%- for kind in kinds %},
  '{{ kind | upper }}' as is_{{ kind }}
{%- endfor %}
from {{ ref('double') }}, own
where id <= {{ var('most', 5) }}{% if target.type == 'duckdb' %} and true{% endif %} -- {{ this.schema }}`,
      "models/deep/renamed.sql":
        "{{ config(materialized='table', alias='other_name') }}\n-- a comment first\nselect count(*) as n from {{ ref('double') }}",
      "models/off.sql": "{{ config(enabled=false) }}\nselect nothing",
      "models/deep/properties.yml":
        'version: 2\nmodels:\n  - name: wide\n    description: "{{ nothing }}"\n    columns:\n      - name: id\n        data_tests:\n          - accepted_values: {values: [1, 2]}\n          - dbt_utils.accepted_range: {max_value: "{{ var(\'most\', 5) }}"}\n',
    },
    [
      build,
      { args: ["run", "--vars", "most: 1"] },
      { args: ["build", "--select", "+wide", "--exclude", "renamed"] },
      { args: ["run", "--select", "tag:x+"] },
    ],
  ),
  project(
    "failures",
    {
      "models/broken.sql": "{{ config(materialized='table') }}\nselect 1 / 'x' as n",
      "models/below.sql": "select * from {{ ref('broken') }}",
      "models/apart.sql": "{{ config(materialized='table') }}\nselect 1 as id union all select 1",
      "models/tested.sql": "select * from {{ ref('apart') }}",
      "models/properties.yml":
        "version: 2\nmodels:\n  - name: apart\n    columns: [{name: id, data_tests: [unique]}]\n  - name: below\n    columns: [{name: n, data_tests: [not_null]}]\n",
    },
    [build, { args: ["run"] }, { args: ["test"] }],
  ),
];

function project(name: string, files: Files, steps: Steps = [build, build]): Given {
  return {
    name: `ours.${name}`,
    profile: "ours",
    schema: "gold",
    files: { "dbt_project.yml": `name: ours\nversion: '1.0.0'\nprofile: ours\n`, ...files },
    packages,
    steps,
  };
}

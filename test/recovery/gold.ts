/** The gold of the small shop: every way in which a table or view is built, over the items. */
import { goldFence, warehouseNames } from "#core/names";
import { findOrphans, runJanitor } from "#janitor/run";
import { ledgerTable } from "#ledger/tables";
import type { Ports } from "#ports";
import type { Row, Warehouse } from "#ports/warehouse";

const config = (text: string) => `{{ config(${text}) }}\n`;
const newer =
  "{% if is_incremental() %}where commit_seq > (select coalesce(max(commit_seq), 0) from {{ this }}){% endif %}";
/** A template may differ from day to day without being another model: `as_of` is no part of its version. */
const isFirstDay = "var('as_of')[:10] == '2024-01-03'";

export const goldFiles: Record<string, string> = {
  "dbt_project.yml": "name: shop\n",
  "models/shop.yml": `
sources:
  - name: raw
    schema: silver
    tables: [{name: items}]
models:
  - name: plain
    columns: [{name: item_id, data_tests: [{unique: {config: {meta: {blocking: true}}}}, not_null]}]
  - name: merged
    columns: [{name: item_id, data_tests: [unique]}]
`,
  "seeds/names.csv": "item_id,label\n1,one\n2,two\n",
  "models/staged.sql": `${config("materialized='view'")}select item_id, name, price, quantity, changed_at, commit_seq, _deleted from {{ source('raw', 'items') }}`,
  "models/told.sql": `select '{{ var('as_of') }}' as told_at, count(*) as items from {{ ref('staged') }}`,
  "models/plain.sql": `${config("materialized='table'")}select item_id, name, price, '{{ var('as_of') }}' as told_at from {{ ref('staged') }} where not _deleted`,
  "models/appended.sql": `${config("materialized='incremental', incremental_strategy='append'")}select item_id, price, commit_seq from {{ ref('staged') }} ${newer}`,
  "models/merged.sql": `${config("materialized='incremental', incremental_strategy='merge', unique_key='item_id'")}select item_id, name, _deleted, commit_seq from {{ ref('staged') }} ${newer}`,
  "models/replaced.sql": `${config("materialized='incremental', unique_key='item_id'")}select item_id, part, commit_seq from {{ ref('staged') }} cross join (values (1), (2)) as parts (part) ${newer}`,
  "models/refreshed.sql": `${config("materialized='incremental', full_refresh=true")}select item_id, commit_seq from {{ ref('appended') }} ${newer}`,
  "models/widened.sql": `${config("materialized='incremental', on_schema_change='append_new_columns'")}select item_id, commit_seq{% if not ${isFirstDay} %}, price as price_later{% endif %} from {{ ref('staged') }} ${newer}`,
  "models/turned.sql": `{{ config(materialized='view' if ${isFirstDay} else 'table') }}select * from {{ ref('plain') }}`,
  "models/turned_back.sql": `{{ config(materialized='table' if ${isFirstDay} else 'view') }}select *, '{{ var('as_of') }}' as told_at from {{ ref('merged') }}`,
  "snapshots/history.sql": `{% snapshot history %}${config("unique_key='item_id', strategy='timestamp', updated_at='changed_at'")}select * from {{ ref('staged') }}{% endsnapshot %}`,
};

/** All that must be the same in gold whether a run was killed or not. */
export interface Gold {
  /** Columns and whole rows, by kind and name. */
  tables: Record<string, { columns: Row[]; rows: Row[] }>;
  /** What the ledger says of each build, without epochs and runs; one that was repeated is told once. */
  builds: Row[];
}

export async function readGold(team: string, warehouse: Warehouse): Promise<Gold> {
  const names = warehouseNames(team);
  const { dialect } = warehouse;
  const standing = await warehouse.query(
    `SELECT table_type AS "kind", table_name AS "name" FROM information_schema.tables WHERE table_schema = ${dialect.text(names.gold)} ORDER BY 2`,
  );
  const tables: Gold["tables"] = {};
  for (const { kind, name } of standing) {
    const table = { schema: names.gold, name: String(name) };
    tables[`${kind} ${name}`] = {
      columns: await warehouse.query(dialect.describe(table)),
      rows: await warehouse.query(`SELECT * FROM ${dialect.table(table)} ORDER BY ALL`),
    };
  }
  // A run that was killed after it built a table increments it when it is repeated, by nothing: hence no kind.
  const columns = ["model", "version", "backfill", "built_from", "built_at"].map(dialect.id).join(", ");
  const builds = await warehouse.query(
    `SELECT DISTINCT ${columns} FROM ${dialect.table(ledgerTable(names.ledger, "models"))} ORDER BY ALL`,
  );
  return { tables, builds };
}

/** Lets the janitor take what killed model runs left. @returns what it took */
export async function clearGold(team: string, ports: Ports): Promise<string[]> {
  const place = { team, names: warehouseNames(team), pipeline: goldFence };
  const { removed, held, error } = await runJanitor(place, await findOrphans(place, ports), ports);
  if (held || error) throw new Error(held, { cause: error });
  return removed.map(({ where }) => where);
}

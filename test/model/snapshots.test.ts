import assert from "node:assert/strict";
import { type ModelRig, openModelRig } from "../support/models.ts";
import { goldOf, rowsOf } from "./support.ts";

const snapshot = (select = "select * from {{ source('raw', 'prices') }}", more = "") =>
  `{% snapshot history %}{{ config(unique_key='id', strategy='timestamp', updated_at='changed'${more}) }}${select}{% endsnapshot %}`;

describe("a snapshot keeps each version of a row, with when it was valid", () => {
  let rig: ModelRig;

  beforeEach(async () => {
    rig = await openModelRig({
      "models/sources.yml": "sources: [{name: raw, schema: silver, tables: [{name: prices}]}]",
      "snapshots/history.sql": snapshot(),
    });
    await rig.sql(
      "CREATE TABLE silver.prices AS SELECT * FROM (VALUES (1, 10, TIMESTAMP '2024-01-01'), (2, 20, TIMESTAMP '2024-01-01')) AS v (id, price, changed)",
    );
    await done();
  });

  afterEach(() => rig.close());

  async function done(of: Parameters<ModelRig["build"]>[0] = {}) {
    const { execution, results } = await rig.build(of);
    assert.equal(execution.outcome, "done", execution.error?.message);
    return results;
  }

  async function fails(code: string, words: RegExp) {
    const before = await goldOf(rig);
    const { execution } = await rig.build();
    assert.equal(execution.error?.code, code, execution.error?.message);
    assert.match(execution.error.message, words);
    assert.deepEqual(await goldOf(rig), before);
  }

  const set = (id: number, price: number, day: number) =>
    rig.sql(
      `UPDATE silver.prices SET price = ${price}, changed = TIMESTAMP '2024-01-0${day}' WHERE id = ${id}`,
    );

  const versions = () =>
    rowsOf(
      rig,
      "SELECT id, price, CAST(CAST(dbt_valid_from AS DATE) AS VARCHAR) AS f, CAST(CAST(dbt_valid_to AS DATE) AS VARCHAR) AS t FROM gold.history",
    );

  it("a change closes the version before it, a new row begins one, and what is unchanged stays", async () => {
    await set(1, 11, 2);
    await rig.sql("INSERT INTO silver.prices VALUES (3, 30, TIMESTAMP '2024-01-02')");
    await done();
    assert.deepEqual(await versions(), [
      "1 10 2024-01-01 2024-01-02",
      "1 11 2024-01-02 -",
      "2 20 2024-01-01 -",
      "3 30 2024-01-02 -",
    ]);
  });

  it("two changes between two runs are one version: only the later one was ever seen", async () => {
    await set(1, 11, 2);
    await set(1, 12, 3);
    await done();
    assert.deepEqual(await versions(), [
      "1 10 2024-01-01 2024-01-03",
      "1 12 2024-01-03 -",
      "2 20 2024-01-01 -",
    ]);
  });

  it("run again with nothing new, and fully refreshed, it is as it was", async () => {
    await set(1, 11, 2);
    await done();
    const before = await goldOf(rig);
    await done();
    await done({ fullRefresh: true });
    assert.deepEqual(await goldOf(rig), before);
  });

  it("a change whose time is no later, and a row that is gone, change nothing", async () => {
    await rig.sql(
      "UPDATE silver.prices SET price = 99 WHERE id = 1",
      "DELETE FROM silver.prices WHERE id = 2",
    );
    await done();
    assert.deepEqual(await versions(), ["1 10 2024-01-01 -", "2 20 2024-01-01 -"]);
  });

  it("a changed SELECT does not make it anew", async () => {
    rig.write({
      "snapshots/history.sql": snapshot(
        "select id, price * 2 as price, changed from {{ source('raw', 'prices') }}",
      ),
    });
    await set(1, 11, 2);
    const [result] = await done();
    assert.equal(result?.kind, "snapshot");
    assert.deepEqual(await versions(), [
      "1 10 2024-01-01 2024-01-02",
      "1 22 2024-01-02 -",
      "2 20 2024-01-01 -",
    ]);
  });

  it("a new column is NULL in the versions before it", async () => {
    await rig.sql("ALTER TABLE silver.prices ADD COLUMN unit VARCHAR DEFAULT 'kg'");
    await set(1, 11, 2);
    await done();
    assert.deepEqual(await rowsOf(rig, "SELECT id, price, unit FROM gold.history"), [
      "1 10 -",
      "1 11 kg",
      "2 20 -",
    ]);
  });

  it("a column that is gone is NULL in the versions after it", async () => {
    await rig.sql("ALTER TABLE silver.prices ADD COLUMN unit VARCHAR DEFAULT 'kg'");
    await rig.sql("UPDATE silver.prices SET changed = TIMESTAMP '2024-01-02'");
    await done();
    await rig.sql("ALTER TABLE silver.prices DROP COLUMN unit");
    await set(1, 11, 3);
    await done();
    assert.deepEqual(await rowsOf(rig, "SELECT id, price, unit FROM gold.history WHERE id = 1"), [
      "1 10 -",
      "1 10 kg",
      "1 11 -",
    ]);
  });

  it("a type that its table cannot hold is refused, since it cannot be made anew", async () => {
    await rig.sql(
      "ALTER TABLE silver.prices ALTER price TYPE DECIMAL(8,3)",
      "UPDATE silver.prices SET price = 0.125, changed = TIMESTAMP '2024-01-02'",
    );
    await fails(
      "model.failed",
      /differ from its table's: price \(DECIMAL\(8,3\) into INTEGER\)\..*cast the column in its SELECT/,
    );
  });

  it("two rows of one key, and rows without one, are refused", async () => {
    await rig.sql(
      "INSERT INTO silver.prices VALUES (1, 5, TIMESTAMP '2024-01-05'), (1, 6, TIMESTAMP '2024-01-06')",
    );
    await fails(
      "model.failed",
      /"history" gives 1 values of \(id\) more than once, and 0 rows without one\./,
    );
    await rig.sql(
      "DELETE FROM silver.prices WHERE price IN (5, 6)",
      "INSERT INTO silver.prices VALUES (NULL, 5, TIMESTAMP '2024-01-05')",
    );
    await fails("model.failed", /gives 0 values of \(id\) more than once, and 1 rows without one\./);
  });

  it("a table of the name that is none is left alone", async () => {
    await rig.sql("CREATE TABLE gold.other AS SELECT 1 AS id");
    rig.write({ "snapshots/history.sql": snapshot().replace("history", "other") });
    await fails(
      "model.failed",
      /snapshots\/history\.sql: the table "other" is no snapshot: it has no dbt_scd_id,/,
    );
  });

  it("models are built on it, and it on models; one is declared in YAML, of several columns' key", async () => {
    rig.write({
      "snapshots/s.yml":
        "snapshots:\n  - name: declared\n    relation: ref('doubled')\n    config: {strategy: timestamp, unique_key: [id, kind], updated_at: changed}\n",
      "models/doubled.sql":
        "select id, 'a' as kind, price * 2 as price, changed from {{ ref('history') }} where dbt_valid_to is null",
    });
    await done();
    await set(1, 11, 2);
    await done();
    assert.deepEqual(await rowsOf(rig, "SELECT id, price, dbt_valid_to IS NULL FROM gold.declared"), [
      "1 20 false",
      "1 22 true",
      "2 40 true",
    ]);
  });
});

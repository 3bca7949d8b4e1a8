import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { openDuckdbWarehouse } from "#adapters/warehouses/duckdb/index";
import { bytesOf } from "#adapters/warehouses/duckdb/profile";
import { statementsOf, verbOf } from "#adapters/warehouses/duckdb/script";
import type { StatementRecord } from "#core/models";
import type { Warehouse } from "#ports/warehouse";

describe("what DuckDB tells of its statements", () => {
  let folder: string;
  let warehouse: Warehouse;
  let told: StatementRecord[];
  let clock: number;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "firn-watch-"));
    clock = Date.parse("2024-03-01T06:00:00.000Z");
    told = [];
    warehouse = await openDuckdbWarehouse({
      path: join(folder, "team.duckdb"),
      temporaryFolder: join(folder, "spill"),
      tag: "test",
      now: () => {
        clock += 250;
        return new Date(clock).toISOString();
      },
    });
  });
  afterEach(async () => {
    await warehouse.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const watch = () => warehouse.watch((statement) => told.push(statement), { profile: true });

  it("holds when each began, and for how long it ran by the same clock", async () => {
    watch();
    await warehouse.query("SELECT 1");
    await warehouse.query("SELECT 2");
    assert.deepEqual(
      told.map(({ startedAt, seconds }) => [startedAt, seconds]),
      [
        ["2024-03-01T06:00:00.250Z", 0.25],
        ["2024-03-01T06:00:00.750Z", 0.25],
      ],
    );
  });

  it("counts a column that only filters, and of every type its width", async () => {
    await warehouse.run([
      "CREATE TABLE typed AS SELECT CAST(range AS INTEGER) AS id, DATE '2024-01-01' AS day, CAST(1.5 AS DECIMAL(12,3)) AS price, 'x' AS name, TRUE AS yes FROM range(100)",
    ]);
    watch();
    await warehouse.query("SELECT SUM(price), MAX(day) FROM typed WHERE id >= 50");
    await warehouse.query("SELECT COUNT(name), MAX(yes) FROM typed");
    await warehouse.query("SELECT COUNT(*) FROM typed");
    assert.deepEqual(
      told.map(({ bytesScanned }) => bytesScanned),
      [100 * (8 + 4 + 4), 100 * (16 + 1), 0],
    );
  });

  it("counts rows of Parquet once, however many threads read them", async () => {
    const path = join(folder, "rows.parquet");
    await warehouse.run([
      `COPY (SELECT range AS id, 'x' AS name FROM range(300000)) TO '${path}' (FORMAT parquet)`,
    ]);
    watch();
    await warehouse.query(`SELECT MAX(name) FROM read_parquet('${path}')`);
    assert.deepEqual([told[0]?.rowsScanned, told[0]?.bytesScanned], [300_000, 300_000 * 16]);
  });

  it("follows a table whose columns change", async () => {
    await warehouse.run(["CREATE TABLE t AS SELECT CAST(range AS INTEGER) AS id FROM range(10)"]);
    watch();
    await warehouse.query("SELECT SUM(id) FROM t");
    await warehouse.run([
      "CREATE OR REPLACE TABLE t AS SELECT CAST(range AS BIGINT) AS id FROM range(10)",
      "SELECT SUM(id) FROM t",
    ]);
    assert.deepEqual(
      told.map(({ bytesScanned }) => bytesScanned),
      [40, 0, 80],
    );
  });

  it("never costs a statement its result: without a place for a profile it runs, and tells no scan", async () => {
    await warehouse.run(["CREATE TABLE t AS SELECT range AS id FROM range(10)"]);
    const spill = join(folder, "spill");
    watch();
    await warehouse.query("SELECT SUM(id) FROM t");
    rmSync(spill, { recursive: true });
    writeFileSync(spill, "a file where the folder was");
    await warehouse.run(["INSERT INTO t VALUES (11)"]);
    rmSync(spill);
    await warehouse.query("SELECT SUM(id) FROM t");
    assert.deepEqual(
      told.map(({ verb, rowsScanned, rowsWritten }) => [verb, rowsScanned, rowsWritten]),
      [
        ["SELECT", 10, null],
        ["INSERT", null, null],
        ["SELECT", 11, null],
      ],
    );
  });

  it("leaves no profile behind", async () => {
    watch();
    await warehouse.query("SELECT 1");
    await warehouse.close();
    const spill = join(folder, "spill");
    assert.deepEqual(existsSync(spill) ? readdirSync(spill) : [], []);
    warehouse = await openDuckdbWarehouse({ path: ":memory:", temporaryFolder: spill, tag: "test" });
  });

  it("takes a script apart as DuckDB does", async () => {
    const scripts = [
      `BEGIN; INSERT INTO t VALUES ('a;b', "c;d"); COMMIT;`,
      "SELECT 1; -- the end; of it\n/* nothing; here */ SELECT $$a;b$$; SELECT $x$;$x$",
      "SELECT 'it''s; fine' - -1;;\n;",
      "-- nothing",
      "SELECT 4 / 2; SELECT ';'",
    ];
    const connection = await (await DuckDBInstance.create(":memory:")).connect();
    await connection.run("CREATE TABLE t (a VARCHAR, b VARCHAR)");
    for (const script of scripts) {
      const count = await connection.extractStatements(script).then(
        (extracted) => extracted.count,
        () => 0,
      );
      assert.equal(statementsOf(script).length, count, script);
    }
    connection.closeSync();
    assert.deepEqual(statementsOf("SELECT 'a;' ;\n DELETE FROM t"), ["SELECT 'a;'", "DELETE FROM t"]);
  });

  it("names a statement by its first word, past comments and brackets", () => {
    assert.deepEqual(["/* a */ -- b\n merge INTO t", "(SELECT 1)", "create table t", ""].map(verbOf), [
      "MERGE",
      "SELECT",
      "CREATE",
      "",
    ]);
  });

  it("takes a column for filtered only where its whole name stands", () => {
    const scan = { table: "t", rows: 1, columns: ["id"], filters: "order_id>3" };
    const types = new Map([
      ["id", "INTEGER"],
      ["order_id", "BIGINT"],
      ["order", "BIGINT"],
    ]);
    assert.equal(bytesOf([scan], new Map([["t", types]])), 12);
  });
});

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { FirnError } from "#core/errors";
import { loadStacks } from "#stacks";
import { openLocalReader } from "#worlds/reader";

describe("one's own queries", () => {
  const folder = mkdtempSync(join(tmpdir(), "firn-sql-"));
  const file = join(folder, "warehouse", "commerce.duckdb");
  const reader = openLocalReader(loadStacks("local").environment, { folder });
  let queries: Awaited<ReturnType<typeof reader.openQueries>>;

  before(async () => {
    mkdirSync(join(folder, "warehouse"));
    const instance = await DuckDBInstance.create(file);
    const connection = await instance.connect();
    await connection.run(
      "CREATE SCHEMA silver; CREATE TABLE silver.orders AS SELECT range AS id FROM range(5)",
    );
    connection.closeSync();
    instance.closeSync();
    queries = await reader.openQueries(["commerce", "learning"]);
  });
  after(async () => {
    await queries.close();
    await reader.close();
    rmSync(folder, { recursive: true });
  });

  const refused = {
    "a second statement": "SELECT 1; SELECT 2",
    "no statement": "-- nothing",
    "a text that is no SQL": "selec 1",
    INSERT: "INSERT INTO commerce.silver.orders VALUES (9)",
    UPDATE: "UPDATE commerce.silver.orders SET id = 9",
    DELETE: "DELETE FROM commerce.silver.orders",
    DROP: "DROP TABLE commerce.silver.orders",
    CREATE: "CREATE TEMP TABLE x AS SELECT 1",
    "EXPLAIN ANALYZE of a write": "EXPLAIN ANALYZE DELETE FROM commerce.silver.orders",
    ATTACH: "ATTACH ':memory:' AS x",
    DETACH: "DETACH commerce",
    COPY: "COPY (SELECT 1) TO 'x.csv'",
    EXPORT: "EXPORT DATABASE 'x'",
    INSTALL: "INSTALL httpfs",
    LOAD: "LOAD httpfs",
    SET: "SET enable_external_access = true",
    PRAGMA: "/* a comment */ PRAGMA database_list",
    CALL: "CALL pragma_version()",
    PREPARE: "PREPARE p AS SELECT 1",
    "a transaction": "BEGIN",
    "a file by function": "SELECT * FROM read_csv('/etc/hosts')",
    "the warehouse's own file as bytes": `SELECT * FROM read_blob('${file}')`,
    "a file by a function in quotes": `SELECT * FROM "read_text"('${file}')`,
    "a file by name": "SELECT * FROM '/etc/hosts.csv'",
    "a folder's names": "SELECT * FROM glob('/etc/*')",
    "an address": "SELECT * FROM 'https://example.com/x.csv'",
    "a table that is not there": "SELECT * FROM commerce.silver.nothing",
  };
  for (const [what, sql] of Object.entries(refused)) {
    it(`are refused as ${what}`, async () => {
      await assert.rejects(
        queries.query(sql, 10),
        (error) => error instanceof FirnError && error.code === "sql.refused",
      );
    });
  }

  for (const sql of [
    "SHOW ALL TABLES",
    "DESCRIBE commerce.silver.orders",
    "SUMMARIZE commerce.silver.orders",
    "EXPLAIN SELECT 1",
    "VALUES (1)",
  ]) {
    it(`may be ${sql}`, async () => {
      assert.notEqual((await queries.query(sql, 10)).rows.length, 0);
    });
  }

  it("give as many rows as asked for, and say that there are more", async () => {
    const { rows, more } = await queries.query("FROM commerce.silver.orders ORDER BY id", 3);
    assert.deepEqual({ rows, more }, { rows: [{ id: 0 }, { id: 1 }, { id: 2 }], more: true });
    assert.equal((await queries.query("FROM commerce.silver.orders", 5)).more, false);
  });

  it("keep both of two columns of one name, and every digit of a large number", async () => {
    const { rows } = await queries.query("SELECT 1 AS a, 9007199254740993 AS a", 1);
    assert.deepEqual(Object.values(rows[0] ?? {}), [1, "9007199254740993"]);
  });

  it("find schema.table in the team that was named", async () => {
    const ours = await reader.openQueries(["commerce", "learning"], "commerce");
    try {
      assert.deepEqual((await ours.query("SELECT count(*) AS n FROM silver.orders", 1)).rows, [{ n: 5 }]);
    } finally {
      await ours.close();
    }
  });
});

import assert from "node:assert/strict";
import { missingOf, needless } from "#infra/access/coverage";
import type { Grant } from "#infra/access/facts";
import { type Needs, needsOf, type SqlReader } from "#infra/access/privileges";
import { tablesIn } from "#lineage/ast";
import { openParser } from "#lineage/parser";
import { pipelineStatements, watchStatements } from "./statements.ts";

const allReviewed = () => [...pipelineStatements(), ...watchStatements()];

const session = { database: "DB", warehouse: "WH" };
let reader: SqlReader;

function told(sql: string): string[] {
  return needs(sql).required.map(({ privilege, on }) =>
    [privilege, on.kind, [on.name, on.schema, on.object].filter(Boolean).join(".")].join(" "),
  );
}

function needs(sql: string): Needs {
  const found = needsOf(sql, session, reader);
  assert.ok(typeof found !== "string", String(found));
  return found;
}

describe("the privileges that a statement needs", () => {
  before(async () => {
    reader = { parse: await openParser("snowflake"), tablesIn };
  });
  const warehouse = "USAGE WAREHOUSE WH";
  const enter = (schema: string) => ["USAGE DATABASE DB", `USAGE SCHEMA DB.${schema}`];
  const read = (schema: string, name: string) => [...enter(schema), `SELECT TABLE DB.${schema}.${name}`];
  const cases: Record<string, [sql: string, required: string[]]> = {
    "a session needs none": ["ALTER SESSION SET QUERY_TAG = 'x', TIMEZONE = 'UTC'", []],
    "a query reads its tables, wherever it names them": [
      'SELECT (SELECT MAX("A") FROM "L"."X") FROM "S"."T" AS t WHERE EXISTS (SELECT 1 FROM "L"."Y")',
      [...read("S", "T"), ...read("L", "X"), ...read("L", "Y"), warehouse],
    ],
    "a CTE is no table": [
      'WITH c AS (SELECT 1 FROM "S"."T") SELECT * FROM c',
      [...read("S", "T"), warehouse],
    ],
    "what there is, is asked of the database": [
      "SELECT 1 FROM INFORMATION_SCHEMA.COLUMNS",
      ["USAGE DATABASE DB", warehouse],
    ],
    "another database's table has its own": [
      'SELECT 1 FROM "OTHER"."GOLD"."T"',
      ["USAGE DATABASE OTHER", "USAGE SCHEMA OTHER.GOLD", "SELECT TABLE OTHER.GOLD.T", warehouse],
    ],
    "INSERT reads only where it says so": [
      'INSERT INTO "L"."W" ("A") SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM "L"."W")',
      [...enter("L"), "INSERT TABLE DB.L.W", "SELECT TABLE DB.L.W", warehouse],
    ],
    "INSERT of values reads nothing": [
      'INSERT INTO "L"."W" VALUES (1)',
      [...enter("L"), "INSERT TABLE DB.L.W", warehouse],
    ],
    "INSERT OVERWRITE deletes": [
      'INSERT OVERWRITE INTO "G"."T" SELECT * FROM "G"."N"',
      [...enter("G"), "INSERT TABLE DB.G.T", "DELETE TABLE DB.G.T", "SELECT TABLE DB.G.N", warehouse],
    ],
    "MERGE does what its clauses say": [
      'MERGE INTO "S"."T" AS t USING (SELECT "A" FROM "R"."C") AS s ON t."A" = s."A" WHEN MATCHED THEN UPDATE SET "A" = s."A" WHEN NOT MATCHED THEN INSERT ("A") VALUES (s."A")',
      [
        ...enter("S"),
        ...["SELECT", "UPDATE", "INSERT"].map((each) => `${each} TABLE DB.S.T`),
        "USAGE SCHEMA DB.R",
        "SELECT TABLE DB.R.C",
        warehouse,
      ],
    ],
    "DELETE reads what it compares with": [
      'DELETE FROM "G"."T" AS t USING "G"."D" AS s WHERE s.a = t.a',
      [...enter("G"), "SELECT TABLE DB.G.T", "DELETE TABLE DB.G.T", "SELECT TABLE DB.G.D", warehouse],
    ],
    "COPY uses the stage, and no integration": [
      `COPY INTO "R"."T" FROM @"DB"."R"."LAKE"/x/ FILES = ('a') FORCE = TRUE`,
      [...enter("R"), "INSERT TABLE DB.R.T", "SELECT TABLE DB.R.T", "USAGE STAGE DB.R.LAKE", warehouse],
    ],
    "a table that is replaced has to be one's own": [
      'CREATE OR REPLACE TRANSIENT TABLE "G"."N" AS (\nSELECT * FROM "S"."T"\n)',
      [
        ...enter("G"),
        "CREATE TABLE SCHEMA DB.G",
        "OWNERSHIP TABLE DB.G.N",
        "USAGE SCHEMA DB.S",
        "SELECT TABLE DB.S.T",
        warehouse,
      ],
    ],
    "a masked column applies its policy": [
      'CREATE TABLE IF NOT EXISTS "S"."T" ("A" VARCHAR WITH MASKING POLICY "LEDGER"."MASK_TEXT")',
      [...enter("S"), "CREATE TABLE SCHEMA DB.S", "APPLY MASKING POLICY DB.LEDGER.MASK_TEXT", warehouse],
    ],
    "a dynamic table runs on its warehouse": [
      `CREATE OR REPLACE DYNAMIC TABLE "G"."D" TARGET_LAG = '5 minutes' WAREHOUSE = "ELT" AS (\nSELECT 1 FROM "S"."T"\n)`,
      [
        ...enter("G"),
        "CREATE DYNAMIC TABLE SCHEMA DB.G",
        "USAGE WAREHOUSE ELT",
        "OWNERSHIP DYNAMIC TABLE DB.G.D",
        "USAGE SCHEMA DB.S",
        "SELECT TABLE DB.S.T",
        warehouse,
      ],
    ],
    "search optimisation is a privilege of its own": [
      'ALTER TABLE "G"."T" ADD SEARCH OPTIMIZATION ON EQUALITY(a)',
      [...enter("G"), "OWNERSHIP TABLE DB.G.T", "ADD SEARCH OPTIMIZATION SCHEMA DB.G", warehouse],
    ],
    "a schema that is there already still needs the right to make it": [
      'CREATE SCHEMA IF NOT EXISTS "LEDGER"',
      ["CREATE SCHEMA DATABASE DB", warehouse],
    ],
  };
  for (const [name, [sql, required]] of Object.entries(cases))
    it(name, () => {
      assert.deepEqual(told(sql).sort(), [...new Set(required)].sort());
    });

  it("are told of every statement that was reviewed", () => {
    const unknown = allReviewed()
      .map((sql) => needsOf(sql, session, reader))
      .filter((each) => typeof each === "string");
    assert.deepEqual(unknown, []);
    assert.ok(allReviewed().length > 100);
  });

  it("are those of all that a promotion does, and of nothing it frames that with", () => {
    const promotion = allReviewed().find((sql) => sql.startsWith("EXECUTE IMMEDIATE")) ?? "";
    const required = told(promotion);
    assert.ok(required.some((each) => /^UPDATE TABLE DB\.LEDGER\.FENCE_/.test(each)));
    assert.ok(required.some((each) => /^INSERT TABLE DB\.LEDGER\.BATCHES$/.test(each)));
    assert.ok(!required.some((each) => /^(OWNERSHIP|CREATE)/.test(each)));
  });

  it("cannot be told of what Firn does not generate", () => {
    for (const sql of [
      'GRANT SELECT ON "S"."T" TO ROLE "X"',
      'ALTER TABLE "S"."T" SWAP WITH "S"."N"',
      'TRUNCATE TABLE "S"."T"',
      "EXECUTE IMMEDIATE 'BEGIN\nBEGIN TRANSACTION;\nDROP DATABASE x;\nCOMMIT;\nEND;'",
      "SELECT FROM WHERE",
    ])
      assert.equal(typeof needsOf(sql, session, reader), "string", sql);
  });
});

describe("what is granted", () => {
  const on = { kind: "TABLE", name: "DB", schema: "S", object: "T" };
  const grant = (privilege: string, more: Partial<Grant> = {}): Grant => ({
    role: "R",
    privilege,
    on,
    ...more,
  });
  const required = [{ privilege: "SELECT", on }];

  it("suffices by name, for all there will be, or by ownership", () => {
    const future = { on: { ...on, object: "*" }, scope: "future" as const };
    for (const each of [grant("SELECT"), grant("SELECT", future), grant("OWNERSHIP")])
      assert.deepEqual(missingOf(required, [each], [], [each]), []);
    for (const each of [grant("INSERT"), grant("SELECT", { on: { ...on, schema: "G" } })])
      assert.deepEqual(missingOf(required, [each], [], [each]), required);
  });

  it("is everything for who makes a table, but where its ownership is another's from the start", () => {
    const taken = grant("OWNERSHIP", { role: "OTHER", on: { ...on, object: "*" }, scope: "future" });
    assert.deepEqual(missingOf(required, [], [on], []), []);
    assert.deepEqual(missingOf(required, [], [on], [taken]), required);
    assert.deepEqual(missingOf(required, [taken], [on], [taken]), []);
  });

  it("is everything for the only role that makes tables in a schema", () => {
    const create = (role: string): Grant => ({
      role,
      privilege: "CREATE TABLE",
      on: { kind: "SCHEMA", name: "DB", schema: "S" },
    });
    const [mine, theirs] = [create("R"), create("OTHER")];
    assert.deepEqual(missingOf(required, [mine], [], [mine]), []);
    assert.deepEqual(missingOf(required, [mine], [], [mine, theirs]), required);
    assert.deepEqual(missingOf(required, [], [], [theirs]), required);
  });

  it("is too much where no statement needs it", () => {
    assert.deepEqual(needless([grant("SELECT"), grant("DELETE")], required), [grant("DELETE")]);
  });
});

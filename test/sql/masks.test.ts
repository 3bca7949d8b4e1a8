import assert from "node:assert/strict";
import { runCheck } from "#check/run";
import { maskName, warehouseNames } from "#core/names";
import { mayKeepOriginals, planColumns } from "#extract/plan";
import type { Pipeline } from "#firn";
import { openTeamLedger } from "#ledger/lake";
import { runLoad } from "#load/run";
import { planMasks, planMissingColumns } from "#merge/fit";
import { planTables } from "#merge/plan";
import { runMerge } from "#merge/run";
import type { Row } from "#ports/warehouse";
import { duckdb } from "#sql/duckdb";
import { snowflake } from "#sql/snowflake";
import { silverDefinition } from "#sql/tables";
import { assertSnowflake } from "./snapshots.ts";
import { type BronzeRow, declared, land, openMemory, openWorld, putRelease, stateOf } from "./support.ts";

const people = declared({
  name: "people",
  source: {
    kind: "http",
    connection: "api",
    path: "/p",
    window: { since: "s", before: "b" },
    paging: { style: "link" },
  },
  columns: {
    id: { type: "integer" },
    email: { type: "text", pii: "mask" },
    salary: { type: "decimal(12,2)", pii: "mask" },
    token: { type: "text", pii: "hash" },
    gone: { type: "text", pii: "drop" },
    seen_at: { type: "timestamp" },
  },
  strategy: { kind: "upsert", key: ["id"], version: ["seen_at"] },
  watermark: { start: "2024-01-01T00:00:00Z" },
});
const cloud = warehouseNames("shop", "prod", true);
const standard = warehouseNames("shop", "prod");

describe("columns declared as masked", () => {
  it("are made with their policies in Snowflake, so that no row is ever in sight without", () => {
    const [silver = "", quarantine = ""] = planTables(snowflake, cloud, people);
    assert.match(silver, /"EMAIL" VARCHAR WITH MASKING POLICY "LEDGER"."MASK_TEXT",/);
    assert.match(silver, /"SALARY" NUMBER\(12,2\) WITH MASKING POLICY "LEDGER"."MASK_DECIMAL_12_2",/);
    assert.equal(silver.match(/MASKING POLICY/g)?.length, 2, "nothing else is hidden");
    for (const column of ["FIELDS", "RECORD", "MALFORMED"])
      assert.match(quarantine, new RegExp(`"${column}" VARCHAR WITH MASKING POLICY "LEDGER"."MASK_TEXT"`));
    // The parser knows no policies; what is left is Snowflake's grammar.
    for (const sql of [silver, quarantine])
      assertSnowflake(sql.replaceAll(/ WITH MASKING POLICY "\w+"."\w+"/g, ""));
  });

  it("have no policies where the edition has none, nor on DuckDB", () => {
    for (const sql of [...planTables(snowflake, standard, people), ...planTables(duckdb, cloud, people)])
      assert.doesNotMatch(sql, /POLICY/);
    assert.deepEqual(planMasks(duckdb, cloud, people), []);
    assert.deepEqual(planMasks(snowflake, standard, people), []);
  });

  it("are hidden when they are added to a table that stands, and when a standing one is declared so", () => {
    const described = silverDefinition(people)
      .filter(({ name }) => name !== "email")
      .map(({ name, type }) => ({
        name,
        type: snowflake.type(type).replace("TIMESTAMP_TZ(6)", "TIMESTAMP_TZ"),
      }));
    const missing = planMissingColumns(snowflake, people, described, cloud.masks);
    assert.deepEqual(
      missing.map((column) => snowflake.addColumn({ schema: "silver", name: "people" }, column)),
      [
        'ALTER TABLE "SILVER"."PEOPLE" ADD COLUMN IF NOT EXISTS "EMAIL" VARCHAR WITH MASKING POLICY "LEDGER"."MASK_TEXT"',
      ],
    );
    const masks = planMasks(snowflake, cloud, people);
    assert.equal(
      masks[0],
      'ALTER TABLE "SILVER"."PEOPLE" MODIFY COLUMN "EMAIL" SET MASKING POLICY "LEDGER"."MASK_TEXT" FORCE',
    );
    assert.equal(masks.length, 5, "two of silver, three of quarantine");
    for (const sql of masks) assertSnowflake(sql);
  });

  it("name a policy for each type, letters, digits and _ only", () => {
    assert.deepEqual(["text", "decimal(12,2)", "timestamp"].map(maskName), [
      "mask_text",
      "mask_decimal_12_2",
      "mask_timestamp",
    ]);
  });

  it("keep their values in the lake, neither hashed nor dropped", () => {
    const landed = planColumns(people);
    assert.deepEqual(
      landed.map(({ name, pii }) => [name, pii]),
      [
        ["id", undefined],
        ["email", undefined],
        ["salary", undefined],
        ["token", "hash"],
        ["gone", "drop"],
        ["seen_at", undefined],
      ],
    );
    assert.ok(!mayKeepOriginals(landed), "hashed columns forbid it");
    assert.ok(mayKeepOriginals(landed.filter(({ name }) => name !== "token" && name !== "gone")));
  });

  it("come to silver as they were sent on a laptop, also out of records from before they were declared", async () => {
    const { email, ...others } = people.columns;
    const before = { ...people, columns: others };
    const rows = [
      { id: "1", email: "a@b.example", salary: "10.50", token: "t", seen_at: "2024-02-01T00:00:00Z" },
      {
        id: "2",
        salary: "1",
        token: "t",
        seen_at: "2024-02-01T00:00:00Z",
        _record: '{"email":"c@d.example"}',
      },
    ];
    assert.deepEqual(await silverOf(people, rows.slice(0, 1)), [{ email: "a@b.example", salary: "10.50" }]);
    assert.deepEqual(await silverOf(before, rows.slice(1)), [{ email: "c@d.example", salary: "1.00" }]);
  });
});

/** Silver of a batch that was landed under one declaration and is merged under the masked one. */
async function silverOf(landedAs: Pipeline, rows: BronzeRow[]): Promise<Row[]> {
  const world = await openWorld({ warehouse: await openMemory() });
  try {
    const { hash, release } = await putRelease(world.lake, people);
    await land(world, landedAs, hash, { seq: 1, rows });
    await openTeamLedger(world, release);
    await runMerge(await runCheck(await runLoad(stateOf(people, hash, 1), world), world), world);
    const warehouse = await world.warehouse("shop");
    return await warehouse.query(
      "SELECT email, CAST(salary AS VARCHAR) AS salary FROM silver.people ORDER BY id",
    );
  } finally {
    await world.close();
  }
}

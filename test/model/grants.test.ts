import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import type { FirnError } from "#core/errors";
import { type Environment, parseStacks } from "#firn";
import { admitModels, buildGold } from "#worlds/gold";
import { type LocalWorld, openLocalWorld } from "#worlds/local";
import { newFolder, standingClock } from "../support/worlds.ts";

const environment: Environment = {
  name: "rig",
  connections: { inbox: "." },
  retry: { attempts: 0, intervalSeconds: 1 },
  stageSecondsMax: 86_400,
  leaseSeconds: 60,
};
const pipeline = {
  name: "visits",
  source: { kind: "files", connection: "inbox" },
  columns: {
    id: { type: "integer" },
    who: { type: "text", pii: "hash" },
    mail: { type: "text", pii: "mask" },
  },
  strategy: { kind: "append", ids: ["id"], rememberDays: 10 },
};
const project = { "dbt_project.yml": "name: shop\nversion: '1.0.0'\n" };
const sourceOf = (table: string) =>
  `sources:\n  - {name: school, database: school, schema: gold, tables: [{name: ${table}}]}\n`;

describe("another team's gold", () => {
  let folder: string;
  let world: LocalWorld;

  /** Builds the shop's models, where the school grants these. */
  async function build(models: Record<string, string>, granted: string[]): Promise<FirnError | undefined> {
    const stacks = parseStacks({
      environment,
      teams: [
        {
          name: "school",
          pipelines: [pipeline],
          models: {
            ...project,
            "models/courses.sql": "select 1 as id",
            "models/secrets.sql": "select 2 as id",
          },
          ...(granted.length > 0 && { grants: [{ to: "shop", models: granted }] }),
        },
        { name: "shop", pipelines: [{ ...pipeline, name: "orders" }], models: { ...project, ...models } },
      ],
    });
    const made = (await world.putReleases(stacks)).get("shop");
    assert.ok(made);
    try {
      await admitModels(stacks, made, world);
    } catch (error) {
      return error as FirnError;
    }
    return (await buildGold({ team: "shop", release: made.hash, forced: true }, world)).error;
  }

  before(async () => {
    folder = await newFolder("grants");
    world = openLocalWorld(environment, {
      folder,
      variables: {},
      clock: standingClock("2024-03-01T06:00:00Z"),
    });
    await (await world.warehouse("school")).run([
      "CREATE SCHEMA gold",
      "CREATE TABLE gold.courses AS SELECT 7 AS id",
      "CREATE TABLE gold.secrets AS SELECT 8 AS id",
    ]);
  });
  after(async () => {
    await world.close();
    await rm(folder, { recursive: true });
  });

  const reader = {
    "models/m.sql": "{{ config(materialized='table') }}select * from {{ source('school', 'courses') }}",
  };

  it("is read where that team grants it, and the granting team's warehouse stays usable", async () => {
    assert.equal(await build({ ...reader, "models/s.yml": sourceOf("courses") }, ["courses"]), undefined);
    assert.deepEqual(await (await world.warehouse("shop")).query("SELECT id FROM gold.m"), [{ id: 7 }]);
    await (await world.warehouse("school")).run(["INSERT INTO gold.courses VALUES (9)"]);
    assert.equal(await build({ ...reader, "models/s.yml": sourceOf("courses") }, ["courses"]), undefined);
    const [row] = await (await world.warehouse("shop")).query("SELECT COUNT(*) AS n FROM gold.m");
    assert.equal(Number(row?.n), 2);
  });

  it("is refused without a grant, with the line that would grant it", async () => {
    const error = await build({ ...reader, "models/s.yml": sourceOf("courses") }, []);
    assert.equal(error?.code, "model.not_granted");
    assert.match(
      error?.fix ?? "",
      /stacks\/teams\/school\/team\.ts: grants: \[\{ to: "shop", models: \["courses"\] \}\]/,
    );
  });

  for (const [what, table] of [
    ["what was not granted", "school.gold.secrets"],
    ["that team's silver", "school.silver.visits"],
    ["a table that nobody declares", "school.gold.other"],
  ] as const)
    it(`is refused by its bare name: ${what}`, async () => {
      const error = await build({ "models/m.sql": `select id from ${table}` }, ["courses"]);
      assert.equal(error?.code, "model.not_granted", error?.message);
    });

  it("is refused where it is a file", async () => {
    for (const file of ["read_csv('/etc/hostname')", "'/etc/hostname'", "read_text('/etc/hostname')"]) {
      const error = await build({ "models/m.sql": `select * from ${file}` }, []);
      assert.ok(["model.unpinned", "model.not_granted"].includes(error?.code ?? ""), error?.message);
    }
  });

  for (const [column, pii] of [
    ["who", "hashed"],
    ["mail", "masked"],
  ])
    it(`shows PII only where it is declared, whatever hides it: ${pii}`, async () => {
      const silver = "sources:\n  - {name: silver, tables: [{name: orders}]}\n";
      const model = (meta: string) => ({
        "models/m.sql": `select md5(upper(${column}) || 'x') as token from {{ source('silver', 'orders') }}`,
        "models/s.yml": `${silver}models:\n  - {name: m, columns: [{name: token${meta}}]}\n`,
      });
      assert.equal((await build(model(""), []))?.code, "model.pii_undeclared");
      await (await world.warehouse("shop")).run([
        "CREATE SCHEMA IF NOT EXISTS silver",
        "CREATE TABLE IF NOT EXISTS silver.orders AS SELECT 1 AS id, 'a' AS who, 'b' AS mail, 1 AS commit_seq",
      ]);
      assert.equal(await build(model(", config: {meta: {pii: true}}"), []), undefined);
    });
});

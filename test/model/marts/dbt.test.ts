import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { dbtUtils } from "#model/macros/dbt_utils";
import { pythonWithDbt } from "../../oracle/reference.ts";
import { skipUnless } from "../../support/skips.ts";
import { type Change, changeOf, kept } from "./activity.ts";
import { createSilver } from "./build.ts";
import { type Line, lineOf } from "./orders.ts";
import { folderOf, readProject, render, type TeamName } from "./project.ts";

let dbt = "dbt";

const [ann, bob] = kept as [Change, Change];
const sale: Line = {
  invoice: "536001",
  day: 0,
  quantity: 3,
  price: 2.55,
  customer: "17850",
  country: "United Kingdom",
};

/** What silver is given before the first build and before the second, in statements. */
const histories: Record<TeamName, [string[], string[]]> = {
  commerce: [
    [
      lineOf(1, sale, 1),
      lineOf(2, { ...sale, invoice: "536002", day: 31, customer: "12583", country: "France" }, 1),
      lineOf(3, { ...sale, invoice: "C536003", day: 62, quantity: -1 }, 2),
    ],
    [
      lineOf(4, { ...sale, day: 1, quantity: 9, customer: null }, 3),
      "UPDATE silver.orders SET _deleted = true, commit_seq = 4 WHERE line_id = 2",
    ],
  ],
  learning: [
    [...kept, { ...bob, id: 1, day: 2 }].flatMap((change) => changeOf(change, 1)),
    [
      ...changeOf({ ...ann, kind: "confirmed", clicks: 4, version: 1 }, 2),
      ...changeOf({ ...bob, id: 1, day: 2, kind: "withdrawn", version: 2 }, 3),
      ...changeOf({ ...ann, id: 2, module: "BBB", version: 9 }, 3),
    ],
  ],
};

describe("under real dbt", function () {
  this.timeout(300_000);

  before(function () {
    const found = pythonWithDbt();
    skipUnless.call(this, "python" in found, "missing" in found ? found.missing : "");
    if ("python" in found) dbt = join(dirname(found.python), "dbt");
  });

  for (const team of ["commerce", "learning"] as const) {
    it(`the gold of ${team} passes its tests, grows, and equals a full refresh row by row`, async () => {
      const project = readProject(team);
      const models = [...project.models.keys()].filter((name) => !name.startsWith("int_"));
      await inCopy(team, async (run, warehouse) => {
        await warehouse(createSilver(team));
        for (const statements of histories[team]) {
          await warehouse(statements);
          run("build");
        }
        const contents = () =>
          warehouse(
            [],
            models.map((name) => `FROM gold.${name}`),
          );
        const grown = await contents();
        run("run", "--full-refresh");
        assert.deepEqual(await contents(), grown);
      });
    });
  }

  it("a surrogate key is compiled to the SQL that the tests without dbt run", async () => {
    const { sql } = render(readProject("commerce"), "daily_revenue", { type: "duckdb", incremental: false });
    await inCopy("commerce", async (run, warehouse) => {
      await warehouse(createSilver("commerce"));
      const compiled = run("compile", "--select", "daily_revenue");
      const key = /md5\(.*\) as daily_key/.exec(sql)?.[0];
      assert.ok(key && compiled.includes(key), compiled);
    });
  });
});

type Run = (command: string, ...args: string[]) => string;
type AskWarehouse = (statements: string[], queries?: string[]) => Promise<string[][]>;

/** A copy of the team's project beside a warehouse of its own, with dbt_utils as a package of the copy. */
async function inCopy(
  team: TeamName,
  body: (run: Run, warehouse: AskWarehouse) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "firn-dbt-"));
  const project = join(folder, "project");
  const file = join(folder, `${team}.duckdb`);
  try {
    cpSync(folderOf(team), project, { recursive: true });
    put(join(folder, "dbt_utils"), { ...dbtUtils, "dbt_project.yml": "name: dbt_utils\nversion: 1.3.0\n" });
    const output = { type: "duckdb", path: file, schema: "gold", threads: 2 };
    put(project, {
      "packages.yml": "packages: [{ local: ../dbt_utils }]\n",
      "profiles.yml": JSON.stringify({ [team]: { target: "test", outputs: { test: output } } }),
    });
    const run: Run = (command, ...args) => {
      const vars = command === "deps" ? [] : ["--vars", '{"as_of": "2013-11-17T06:00:00.000Z"}'];
      return execFileSync(dbt, [command, "--quiet", "--no-use-colors", ...args, ...vars], {
        cwd: project,
        encoding: "utf8",
        env: { ...process.env, DBT_SEND_ANONYMOUS_USAGE_STATS: "false", DBT_PROFILES_DIR: project },
      });
    };
    run("deps");
    await body(run, ask);
  } finally {
    rmSync(folder, { recursive: true });
  }

  /** Opens the warehouse only as long as dbt does not run: one process has it at a time. */
  async function ask(statements: string[], queries: string[] = []): Promise<string[][]> {
    const instance = await DuckDBInstance.create(file);
    const connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'; CREATE SCHEMA IF NOT EXISTS silver");
    for (const statement of statements) await connection.run(statement);
    const found: string[][] = [];
    for (const query of queries) {
      const reader = await connection.runAndReadAll(query);
      found.push(
        reader
          .getRows()
          .map((row) => row.map(String).join(" | "))
          .sort(),
      );
    }
    connection.closeSync();
    instance.closeSync();
    return found;
  }
}

function put(folder: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/**
 * A project of 200 models and 500 tests, made of copies of a shipped one: what Firn adds to its bare SQL, and
 * dbt-core with dbt-duckdb on the very same files. Both sides' processes are timed whole, their start included.
 *
 * Every copy reads the same silver, of as many rows as records are asked for: the fewer, the more weighs what
 * each model costs beside its SQL.
 *
 * Goals: reading and planning under 2 s; at most 1.15 times the bare SQL; 5 times faster than dbt where nothing
 * has changed, and 2 times in a full run; the lineage of every column under 5 s.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import type { Team } from "#firn";
import { compile } from "#model/compile";
import { choose, planSteps } from "#model/dbt/graph";
import type { DbtNode } from "#model/dbt/project";
import { dbtUtils } from "#model/macros/dbt_utils";
import { openProject } from "#model/open";
import { makeRelease } from "#release";
import { duckdb } from "#sql/duckdb";
import { silverDefinition } from "#sql/tables";
import { loadStacks } from "#stacks";
import { buildGold } from "#worlds/gold";
import { planTeamsLineage } from "#worlds/lineage";
import { openLocalWorld } from "#worlds/local";
import { installedPython } from "../support/python.ts";
import { type Measured, measureBest, serveTasks } from "./child.ts";
import { copiesOf } from "./copies.ts";
import type { Benchmark, Figure } from "./run.ts";

const [models, tests] = [200, 500];
const asOf = "2013-11-15T06:00:00.000Z";

export const run: Benchmark = async (silverRows) => {
  const folder = mkdtempSync(join(tmpdir(), "firn-bench-"));
  try {
    await fill(folder, silverRows);
    const task = (name: string) => measureBest(import.meta.filename, name, { folder });
    const plan = await task("plan");
    const lineage = await task("lineage");
    const bare = await task("bare");
    const firn = await task("full");
    const again = await task("unchanged");
    const dbt = runDbt(folder);
    const figure = (
      name: string,
      measured: Measured,
      ratios: Record<string, number>,
      note: string,
    ): Figure => ({
      ...{ name, records: models, ratios, note },
      ...measured,
    });
    return [
      figure("read and plan", plan, {}, "goal: under 2 s"),
      figure("lineage of all columns", lineage, {}, "goal: under 5 s"),
      figure("bare SQL", bare, {}, "every CREATE and test, one after the other on one connection"),
      figure("Firn, full run", firn, { "the bare SQL": firn.seconds / bare.seconds }, "goal: 1.15x"),
      figure("Firn, nothing changed", again, {}, "it wakes no warehouse"),
      ...(dbt === null
        ? []
        : [
            figure(
              "dbt, full run",
              dbt.full,
              { "Firn's full run": dbt.full.seconds / firn.seconds },
              "goal: 2x",
            ),
            figure(
              "dbt, nothing changed (dbt parse, with its cache)",
              dbt.parse,
              { "Firn's reading and planning": dbt.parse.seconds / plan.seconds },
              "goal: 5x",
            ),
          ]),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
};

interface Task {
  folder: string;
}

function projectOf(team: Team) {
  const { hash, release } = makeRelease(team);
  return openProject(release, { hash, environment: "local", dialect: "duckdb", asOf });
}

function copiedTeam(): { stacks: ReturnType<typeof loadStacks>; team: Team } {
  const stacks = loadStacks("local");
  const commerce = stacks.teams.find(({ name }) => name === "commerce") as Team;
  const team = { ...commerce, models: copiesOf(models, tests) };
  return { stacks: { ...stacks, teams: [team] }, team };
}

async function build({ folder }: Task, forced: boolean): Promise<void> {
  const { stacks, team } = copiedTeam();
  const clock = { now: () => new Date().toISOString(), sleep: async () => undefined };
  const world = openLocalWorld(stacks.environment, { folder, variables: {}, clock });
  const { hash, body } = makeRelease(team);
  await (await world.store(team.name)).putIfAbsent(`state/releases/${hash}.json`, body);
  const { error } = await buildGold({ team: team.name, release: hash, forced, fullRefresh: forced }, world);
  await world.close();
  if (error) throw error;
}

const tasks = {
  async plan() {
    const { team } = copiedTeam();
    return async () => {
      const project = projectOf(team);
      const steps = planSteps(project, choose(project, []));
      for (const { node } of steps) if (node) compile(project, project.nodes.get(node) as DbtNode, false);
    };
  },
  async lineage() {
    const { stacks } = copiedTeam();
    return () => planTeamsLineage(stacks);
  },
  async bare({ folder }: Task) {
    const project = projectOf(copiedTeam().team);
    const statements = planSteps(project, choose(project, [])).flatMap(({ node: id, tests }) => {
      const [node, ...rest] = [...(id === null ? [] : [id]), ...tests].map(
        (each) => project.nodes.get(each) as DbtNode,
      );
      const select = (of: DbtNode) => compile(project, of, false);
      const count = (of: DbtNode) => `SELECT COUNT(*) FROM (${select(of)}) AS t`;
      if (!node) return [];
      const kind = node.config.materialized === "view" ? "VIEW" : "TABLE";
      const make = `CREATE OR REPLACE ${kind} ${project.renderer.relation({ ...node.relation, schema: "bare" }).text} AS (${select(node)})`;
      return [
        node.resource === "test" ? count(node) : make.replaceAll('"gold"', '"bare"'),
        ...rest.map(count),
      ].map((sql) => sql.replaceAll('"gold"', '"bare"'));
    });
    const instance = await DuckDBInstance.create(join(folder, "warehouse/commerce.duckdb"));
    const connection = await instance.connect();
    for (const sql of [...duckdb.session("bench"), "CREATE SCHEMA IF NOT EXISTS bare"])
      await connection.run(sql);
    return async () => {
      for (const sql of statements) await connection.run(sql);
      connection.closeSync();
      instance.closeSync();
    };
  },
  full: async (task: Task) => () => build(task, true),
  unchanged: async (task: Task) => () => build(task, false),
};

/** Silver as the shop's lines would make it, in a folder as a run would leave it. */
async function fill(folder: string, silverRows: number): Promise<void> {
  mkdirSync(join(folder, "warehouse"));
  const pipeline = copiedTeam().team.pipelines[0];
  if (!pipeline) throw new Error("team commerce has no pipeline");
  const values: Record<string, string> = {
    line_id: "range",
    invoice_no: "CAST(536365 + range // 20 AS VARCHAR)",
    stock_code: "'S' || range % 3000",
    description: "'article ' || range % 3000",
    quantity: "1 + range % 12",
    invoice_ts: "TIMESTAMPTZ '2012-12-01' + to_minutes(CAST(range AS INTEGER))",
    unit_price: "CAST(range % 500 AS DECIMAL(12,3)) / 100",
    customer_id: "CAST(12000 + range % 4000 AS VARCHAR)",
    country: "'United Kingdom'",
    _deleted: "FALSE",
    batch_id: "'orders.000001'",
    ingested_at: "TIMESTAMPTZ '2013-11-15'",
    commit_seq: "1",
    _file: "'f'",
  };
  const columns = silverDefinition(pipeline).map(
    ({ name, type }) => `CAST(${values[name] ?? "range"} AS ${duckdb.type(type)}) AS "${name}"`,
  );
  const instance = await DuckDBInstance.create(join(folder, "warehouse/commerce.duckdb"));
  const connection = await instance.connect();
  await connection.run("CREATE SCHEMA silver");
  await connection.run(
    `CREATE TABLE silver.orders AS SELECT ${columns.join(", ")} FROM range(${silverRows})`,
  );
  connection.closeSync();
  instance.closeSync();
}

/** dbt on a copy of the same silver; null, and why, where it cannot run. */
function runDbt(folder: string): { full: Measured; parse: Measured } | null {
  const requirements = join(import.meta.dirname, "../oracle/requirements.txt");
  const given = process.env.FIRN_TEST_DBT;
  const installed = given ? { python: join(dirname(given), "python") } : installedPython("dbt", requirements);
  if (!("python" in installed)) {
    console.error(`dbt is skipped: ${installed.missing}`);
    return null;
  }
  const project = join(folder, "dbt");
  const files: Record<string, string> = {
    ...copiesOf(models, tests),
    "packages.yml": "packages:\n  - local: dbt_utils_of_firn\n",
    "dbt_utils_of_firn/dbt_project.yml": "name: dbt_utils\nversion: '1.0.0'\n",
    "profiles.yml": `commerce:\n  target: local\n  outputs:\n    local: { type: duckdb, path: ${join(folder, "warehouse/commerce.duckdb")}, schema: dbt, threads: 1 }\n`,
    ...Object.fromEntries(
      Object.entries(dbtUtils).map(([path, text]) => [`dbt_utils_of_firn/${path}`, text]),
    ),
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(project, path)), { recursive: true });
    writeFileSync(join(project, path), text);
  }
  const dbt = (...args: string[]): Measured => {
    const begun = performance.now();
    const vars = JSON.stringify({ as_of: asOf });
    const all = [
      "-m",
      "dbt.cli.main",
      ...args,
      "--profiles-dir",
      project,
      "--profile",
      "commerce",
      ...(args[0] === "deps" ? [] : ["--vars", vars]),
    ];
    const { status, stdout } = spawnSync(installed.python, all, {
      cwd: project,
      encoding: "utf8",
      env: { ...process.env, DBT_SEND_ANONYMOUS_USAGE_STATS: "false", DO_NOT_TRACK: "1" },
    });
    if (status !== 0) throw new Error(`dbt ${args[0]} failed:\n${stdout.split("\n").slice(-20).join("\n")}`);
    return { seconds: (performance.now() - begun) / 1000, cpuSeconds: 0, peakRssMegabytes: 0 };
  };
  dbt("deps");
  const full = dbt("build", "--full-refresh");
  return { full, parse: dbt("parse") };
}

if (import.meta.main) await serveTasks(tasks);

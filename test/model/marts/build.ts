/** Builds a team's marts in a DuckDB of their own, first whole and then by increments, as dbt would. */
import assert from "node:assert/strict";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { duckdb } from "#sql/duckdb";
import { silverDefinition } from "#sql/tables";
import { loadStacks } from "#stacks";
import { type Project, type Rendered, render } from "./project.ts";

export interface Gold {
  sql(statement: string): Promise<void>;
  /** The rows of a query as texts, sorted; of one column, its values. */
  rows(query: string): Promise<string[]>;
  /** How many rows a query's scans read of tables. */
  scanned(query: string): Promise<number>;
  /** Runs every model in order; those that stand already grow by increments. */
  build(): Promise<void>;
  /** Runs every model as if none stood. */
  rebuild(): Promise<void>;
  /** Fails unless the schema files describe just the columns there are. */
  assertDescribed(): Promise<void>;
  /** All rows of every model by its name. */
  contents(): Promise<Record<string, string[]>>;
  close(): void;
}

/** Opens a warehouse with the team's silver, empty, as its pipelines declare it. */
export async function openGold(project: Project): Promise<Gold> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  // Not UTC, so that a day that follows the session's zone is found out.
  await connection.run("SET TimeZone = 'Asia/Tokyo'; CREATE SCHEMA silver; CREATE SCHEMA gold");
  for (const statement of createSilver(project.team)) await connection.run(statement);
  const standing = new Set<string>();
  const names = inOrder(project);
  return { sql, rows, scanned, build, rebuild, assertDescribed, contents, close };

  async function sql(statement: string): Promise<void> {
    await connection.run(statement);
  }

  async function rows(query: string): Promise<string[]> {
    return textRows(connection, query);
  }

  async function scanned(query: string): Promise<number> {
    const [profile = ""] = await rows(`EXPLAIN (ANALYZE, FORMAT json) ${query}`);
    return [...profile.matchAll(/"operator_rows_scanned": *(\d+)/g)].reduce(
      (sum, [, n]) => sum + Number(n),
      0,
    );
  }

  async function build(): Promise<void> {
    for (const name of names) {
      const incremental = standing.has(name);
      const model = render(project, name, { type: "duckdb", incremental });
      await put(name, model, incremental);
      if (model.config.materialized === "incremental") standing.add(name);
    }
  }

  async function rebuild(): Promise<void> {
    standing.clear();
    await build();
  }

  async function put(name: string, { sql: select, config }: Rendered, incremental: boolean): Promise<void> {
    const table = `gold.${name}`;
    if (config.materialized === "table" || (config.materialized === "incremental" && !incremental)) {
      await connection.run(`CREATE OR REPLACE TABLE ${table} AS ${select}`);
      return;
    }
    if (config.materialized !== "incremental") {
      await connection.run(`CREATE OR REPLACE VIEW ${table} AS ${select}`);
      return;
    }
    const key = String(config.unique_key);
    await connection.run(`CREATE OR REPLACE TEMP TABLE delta AS ${select}`);
    const wrong =
      config.incremental_strategy === "merge"
        ? `SELECT ${key} FROM delta GROUP BY ${key} HAVING count(*) > 1 OR ${key} IS NULL`
        : `SELECT ${key} FROM delta WHERE ${key} IS NULL`;
    const problems = await rows(wrong);
    if (problems.length > 0) throw new Error(`${name}: ${key} is NULL or not unique in an increment`);
    await connection.run(`DELETE FROM ${table} WHERE ${key} IN (SELECT ${key} FROM delta)`);
    await connection.run(`INSERT INTO ${table} BY NAME FROM delta`);
  }

  async function assertDescribed(): Promise<void> {
    for (const name of names) {
      const found = await rows(`SELECT column_name FROM (DESCRIBE gold.${name})`);
      const described = (project.described.get(name)?.columns ?? []).map((column) => column.name);
      assert.deepEqual(described.sort(), found, name);
    }
  }

  async function contents(): Promise<Record<string, string[]>> {
    const found: Record<string, string[]> = {};
    for (const name of names) found[name] = await rows(`FROM gold.${name}`);
    return found;
  }

  function close(): void {
    connection.closeSync();
    instance.closeSync();
  }
}

/** The statements that make a team's silver. */
export function createSilver(team: string): string[] {
  const { pipelines = [] } = loadStacks("local").teams.find(({ name }) => name === team) ?? {};
  return pipelines.map((pipeline) =>
    duckdb.createTable({ schema: "silver", name: pipeline.name }, silverDefinition(pipeline)),
  );
}

/** The statement that puts a row into silver: SQL by column, NULL where none is given. */
export function insert(table: string, row: Record<string, string | number | boolean>): string {
  return `INSERT INTO silver.${table} (${Object.keys(row).join(", ")}) VALUES (${Object.values(row).join(", ")})`;
}

async function textRows(connection: DuckDBConnection, query: string): Promise<string[]> {
  const reader = await connection.runAndReadAll(query);
  return reader
    .getRows()
    .map((row) => row.map(String).join(" | "))
    .sort();
}

/** The models that become relations, each after those it refers to. */
function inOrder(project: Project): string[] {
  const ordered: string[] = [];
  const visit = (name: string) => {
    if (ordered.includes(name) || !project.models.has(name)) return;
    render(project, name, { type: "duckdb", incremental: false }).refs.forEach(visit);
    if (!name.startsWith("int_")) ordered.push(name);
  };
  [...project.models.keys()].forEach(visit);
  return ordered;
}

/** Fails unless what has grown is what a rebuild makes, row by row. */
export async function assertEqualsRebuild(gold: Gold): Promise<void> {
  const grown = await gold.contents();
  await gold.rebuild();
  assert.deepEqual(grown, await gold.contents());
}

export function literal(value: string | null): string {
  return value === null ? "NULL" : `'${value}'`;
}

/** What real dbt does with its own adapter tests' projects: run by extract.py and given.py, read here. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { installedPython } from "../support/python.ts";

/** A dbt project's files by path. */
export type Files = Record<string, string>;

/** How dbt says that a node ended. */
export interface ReferenceResult {
  id: string;
  type: string;
  materialized: string | null;
  status: string;
  failures: number | null;
  compiled: string | null;
}

/** A statement that dbt's test sent itself, between two calls of dbt. */
export interface SqlStep {
  sql: string;
  startedAt: string;
}

/** One call of dbt. */
export interface DbtStep {
  args: string[];
  /** Null: the same as before. */
  files: Files | null;
  startedAt: string;
  /** `exception`: dbt refused the project or the call; `failure`: some node failed. */
  outcome?: "success" | "failure" | "exception";
  message?: string | null;
  results?: ReferenceResult[];
}

/** One test class of dbt's, or another project that dbt ran. */
export interface Reference {
  /** Such as incremental.test_incremental_unique_id.BaseIncrementalUniqueKey. */
  name: string;
  /** Holds STEP/wh.duckdb: the database after that step, if the step was dbt's. */
  folder: string;
  steps: (SqlStep | DbtStep)[];
  /** Where dbt's own test failed, or could not begin; Firn's comparison does not depend on it. */
  reasons: string[];
}

const here = import.meta.dirname;

/**
 * The Python that has dbt, or why there is none. FIRN_TEST_DBT is the path of a dbt executable whose Python has
 * what requirements.txt pins.
 */
export function pythonWithDbt(): { python: string } | { missing: string } {
  const dbt = process.env.FIRN_TEST_DBT;
  if (!dbt) return installedPython("dbt", join(here, "requirements.txt"));
  const python = join(dirname(dbt), "python");
  return existsSync(python) ? { python } : { missing: `beside FIRN_TEST_DBT, ${dbt}, is no python` };
}

/**
 * Runs dbt's tests into a folder that must not exist.
 *
 * @param names only these; empty for all, by as many processes as said
 */
export async function runReference(
  python: string,
  folder: string,
  { processes, names }: { processes: number; names: string[] },
): Promise<Reference[]> {
  const shards = names.length > 0 ? 1 : processes;
  const script = join(here, "extract.py");
  const logs = await Promise.all(
    Array.from({ length: shards }, (_, at) => output(python, [script, folder, `${at}/${shards}`, ...names])),
  );
  return names.length > 0 ? readReferences(folder) : written(folder, logs);
}

/** A project of ours for dbt to run. */
export interface Given {
  name: string;
  /** As dbt_project.yml names it. */
  profile: string;
  schema: string;
  files: Files;
  /** Files of each package by its name, as `dbt deps` would put them. */
  packages: Record<string, Files>;
  steps: ({ sql: string } | { args: string[] })[];
}

/** Runs dbt on given projects into a folder that must not exist. */
export async function runGiven(python: string, folder: string, given: Given[]): Promise<Reference[]> {
  if (given.length === 0) return [];
  mkdirSync(folder, { recursive: true });
  const request = join(folder, "request.json");
  writeFileSync(request, JSON.stringify(given));
  return written(folder, [await output(python, [join(here, "given.py"), folder, request])]);
}

function written(folder: string, logs: string[]): Reference[] {
  const references = readReferences(folder);
  if (references.length === 0) throw new Error(`dbt wrote nothing:\n${logs.join("\n").slice(-4000)}`);
  return references;
}

/** What an earlier run wrote, by name. */
export function readReferences(folder: string): Reference[] {
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((each) => existsSync(join(each, "project.json")))
    .map((each) => ({ ...JSON.parse(readFileSync(join(each, "project.json"), "utf8")), folder: each }))
    .sort((a: Reference, b: Reference) => (a.name < b.name ? -1 : 1));
}

/** pytest exits with 1 where a test failed, as some do on DuckDB: what was written counts. */
function output(command: string, args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
    });
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
    });
    child.stderr.on("data", (chunk) => {
      text += chunk;
    });
    child.on("error", reject);
    child.on("close", () => resolve(text));
  });
}

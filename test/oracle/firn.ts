/** Firn's side of the comparison: the same files, the same step, by Firn's own state machine of model runs. */
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { sha256 } from "#core/ids";
import type { NodeResult } from "#core/models";
import { keys } from "#core/names";
import type { Environment } from "#firn";
import { readJson, readModelResults } from "#ledger/lake";
import { runModelsLocally } from "#orchestrate/local";
import { firstModelState, type ModelState, makeRelease } from "#release";
import { openLocalWorld } from "#worlds/local";
import { standingClock } from "../support/worlds.ts";
import type { BuildCommand, Verb } from "./command.ts";
import type { Files } from "./reference.ts";

/** What was built in one step, or why it was refused. */
export interface Built {
  refused?: { code: string; message: string };
  results: NodeResult[];
  /** The SQL of each node, by its unique id. */
  compiled: Record<string, string>;
}

/** One step of a project. */
export interface Step extends BuildCommand {
  files: Files;
  /** Where all of the project's state lies, from its first step to its last. */
  folder: string;
  /** The schema that sources are read from. dbt's fixtures read from where they build. */
  silver: string;
}

/** Builds a step in its folder's database, which is `databasePath(folder)`. */
export type Builder = (step: Step) => Promise<Built>;

/** The database's name, by its file's, is the one dbt's profile names. */
export const databaseName = "wh";

/** The DuckDB file in which a folder's tables lie. */
export function databasePath(folder: string): string {
  return join(folder, "warehouse", `${databaseName}.duckdb`);
}

const environment: Environment = {
  name: "default",
  connections: {},
  retry: { attempts: 0, intervalSeconds: 1 },
  stageSecondsMax: 86_400,
  leaseSeconds: 60,
};

const resources: Record<Verb, ModelState["resources"]> = {
  build: ["model", "snapshot", "seed", "test"],
  run: ["model"],
  seed: ["seed"],
  snapshot: ["snapshot"],
  test: ["test"],
};

/** What only a project's files decide: such a refusal is Firn's answer, all else is a result or a failure. */
const refusals = ["model.unsupported", "model.unpinned", "model.invalid", "model.not_granted"];

let runs = 0;

/**
 * Builds with Firn, at the instant that the variable as_of names, or now. A model or test that fails stands in the results; a
 * project that is refused, in `refused`.
 */
export const buildWithFirn: Builder = async (step) => {
  const { as_of: asOf = new Date().toISOString(), ...vars } = step.vars;
  const world = openLocalWorld(environment, {
    folder: step.folder,
    variables: {},
    clock: standingClock(String(asOf)),
    onAlert() {},
  });
  try {
    const { hash, body } = releaseOf({ ...step, vars });
    const store = await world.store(databaseName);
    await store.putIfAbsent(keys.release(hash), body);
    const run = `run-${++runs}`;
    const first = firstModelState({ team: databaseName, release: hash, run, forced: true });
    const { verb, select, exclude, fullRefresh } = step;
    const { error } = await runModelsLocally(
      { ...first, select, exclude, fullRefresh, resources: resources[verb] },
      world,
    );
    if (error && refusals.includes(error.code))
      return { refused: { code: error.code, message: error.what }, results: [], compiled: {} };
    if (error && !["model.failed", "model.test_failed"].includes(error.code)) throw error;
    const artifact = await readJson<RunResults>(store, keys.artifact(run, "run_results.json"));
    return {
      results: await readModelResults(store, run),
      compiled: Object.fromEntries(
        (artifact?.results ?? []).map((each) => [each.unique_id, each.compiled_code ?? ""]),
      ),
    };
  } finally {
    await world.close();
  }
};

interface RunResults {
  results: { unique_id: string; compiled_code: string | null }[];
}

/** The release of a team that has nothing but this project. */
function releaseOf({ files, vars, silver }: Step): { hash: string; body: Uint8Array } {
  const models = { ...files, "dbt_project.yml": withVars(files["dbt_project.yml"] ?? "", vars) };
  const { release } = makeRelease({ name: databaseName, pipelines: [], models });
  const text = JSON.stringify({ ...release, names: { ...release.names, silver } });
  return { hash: sha256(text), body: new TextEncoder().encode(text) };
}

/** dbt's --vars win over the project's; Firn's runs take none but the project's. */
function withVars(project: string, vars: Record<string, unknown>): string {
  if (Object.keys(vars).length === 0) return project;
  const declared = parse(project);
  const own = declared.vars?.[declared.name];
  return stringify({
    ...declared,
    vars: { ...declared.vars, ...vars, ...(own && { [declared.name]: { ...own, ...vars } }) },
  });
}

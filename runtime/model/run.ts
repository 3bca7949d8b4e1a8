import { FirnError } from "#core/errors";
import { secondsBetween } from "#core/interval";
import type { NodeResult } from "#core/models";
import { goldFence, keys } from "#core/names";
import { planFence } from "#ledger/fence";
import { readHint } from "#ledger/hint";
import {
  encode,
  type ModelPlan,
  openTeamLedger,
  readJson,
  readModelPlan,
  readModelResults,
  requireRelease,
} from "#ledger/lake";
import { keepLease, releaseLease, takeLease } from "#ledger/lease";
import type { Ports } from "#ports";
import type { Store } from "#ports/store";
import { type ModelState, modelState, type Release } from "#release";
import type { Dialect } from "#sql/dialect";
import { manifestOf, runResultsOf } from "./artifacts.ts";
import { compile } from "./compile.ts";
import { choose, planSteps, type Step } from "./dbt/graph.ts";
import type { DbtNode, Project } from "./dbt/project.ts";
import { runStep } from "./node/run.ts";
import { openProject } from "./open.ts";
import { planSilver } from "./plan.ts";
import { verdictOf } from "./results.ts";
import { planSeed } from "./seeds.ts";

/**
 * Decides what to build and freezes it. Where neither silver nor the release has changed since the last run
 * that came to its end, nothing is built and no warehouse is woken.
 *
 * @throws {FirnError} `model.*` for a project that cannot be run
 */
export async function runSelect(state: ModelState, ports: Ports): Promise<ModelState> {
  const { team, run } = state;
  const store = await ports.store(team);
  const release = await requireRelease(store, state.release);
  const silver = await markSilver(store, release, ports.environment.name, ports.clock.now());
  if (!state.forced && (await isBuilt(store, state, silver, ports))) return { ...state, next: "stop" };
  let epoch: number;
  try {
    epoch = await takeLease(ports, team, goldFence, run);
  } catch (error) {
    if (error instanceof FirnError && error.code === "lease.held") return { ...state, next: "skip" };
    throw error;
  }
  try {
    const planned = await plan({ ...state, epoch });
    return planned;
  } catch (error) {
    await releaseLease(ports, team, goldFence, epoch).catch(() => undefined);
    throw error;
  }

  async function plan(state: ModelState): Promise<ModelState> {
    const { generation } = await openTeamLedger(ports, release);
    const warehouse = await ports.warehouse(team);
    const { dialect } = warehouse;
    const at = ports.clock.now();
    const project = openProject(release, {
      hash: state.release,
      environment: ports.environment.name,
      dialect: dialect.name,
      asOf: at,
    });
    const chosen = choose(project, state.select, state.exclude);
    const steps = planSteps(
      project,
      new Set([...chosen].filter((id) => state.resources.some((each) => id.startsWith(`${each}.`)))),
    );
    requireRendered(project, steps, dialect);
    await warehouse.run([
      ...dialect.createSchema(release.names.gold),
      ...planFence(dialect, release.names.ledger, goldFence),
    ]);
    await store.putIfAbsent(keys.modelPlan(run), encode({ at, steps, silver } satisfies ModelPlan));
    // A retry finds the first try's plan: one run has one instant.
    const frozen = await readModelPlan(store, run);
    const there = await warehouse.query(planSilver(dialect, release.names.silver));
    const failed = [...project.sources.values()]
      .filter(({ relation }) => relation.schema === release.names.silver)
      .filter(({ relation }) => !there.some(({ name }) => name === relation.identifier.toLowerCase()))
      .map(({ id }) => id);
    return {
      ...state,
      at: frozen.at,
      generation,
      position: 0,
      // What reads a table that no pipeline has filled yet is skipped, not failed.
      failed,
      next: frozen.steps.length > 0 ? "model" : "watch",
    };
  }
}

/** Builds the node at the run's position and runs its tests. */
export async function runModel(state: ModelState, ports: Ports): Promise<ModelState> {
  const { team, run, position } = state;
  await keepLease(ports, team, goldFence, state.epoch);
  const store = await ports.store(team);
  const { steps } = await readModelPlan(store, run);
  const step = steps[position];
  if (!step) return { ...state, next: "watch" };
  const release = await requireRelease(store, state.release);
  const warehouse = await ports.warehouse(team, Object.keys(release.reads));
  const project = openProject(release, {
    hash: state.release,
    environment: ports.environment.name,
    dialect: warehouse.dialect.name,
    asOf: state.at,
  });
  const results = await runStep(
    { project, release, state, warehouse, clock: ports.clock, attemptId: () => ports.attemptId() },
    step,
  );
  await store.put(keys.nodeResult(run, position), encode(results));
  for (const result of results) ports.metrics.built(team, result);
  const failed = results
    .filter(({ status }) => status === "error" || status === "fail" || status === "skipped")
    .map(({ id }) => id);
  const next = position + 1 < steps.length ? "model" : "watch";
  return {
    ...state,
    position: position + 1,
    failed: [...new Set([...state.failed, ...failed])],
    next,
  };
}

/**
 * Ends a run: dbt's artifacts, the verdict, the lease.
 *
 * @throws {FirnError} `model.failed`, `model.test_failed`
 */
export async function runEnd(state: ModelState, ports: Ports): Promise<ModelState> {
  const { team, run } = state;
  await keepLease(ports, team, goldFence, state.epoch);
  const store = await ports.store(team);
  const { silver } = await readModelPlan(store, run);
  const release = await requireRelease(store, state.release);
  const results = await readModelResults(store, run);
  const { dialect } = await ports.warehouse(team);
  const project = openProject(release, {
    hash: state.release,
    environment: ports.environment.name,
    dialect: dialect.name,
    asOf: state.at,
  });
  const args = {
    which: "build",
    select: state.select,
    exclude: state.exclude,
    full_refresh: state.fullRefresh,
  };
  const of = { at: state.at, seconds: secondsBetween(state.at, ports.clock.now()), args };
  await store.put(keys.artifact(run, "manifest.json"), encode(manifestOf(project, state.at)));
  await store.put(keys.artifact(run, "run_results.json"), encode(runResultsOf(project, results, of)));
  const verdict = verdictOf(results, release.testsPassedShareMin);
  // Under the lease: a newer run's note must not be put back by this one's.
  if (!verdict && isWhole(state, results))
    await store.put(keys.lastModels, encode({ silver, release: state.release, run }));
  const failing = results.filter(({ status }) => status === "fail");
  // As many may fail, but somebody should know.
  if (!verdict && failing.length > 0) {
    const detail = `${failing.length} tests failed, as many as testsPassedShareMin lets pass: ${failing.map(({ name }) => name).join(", ")}.`;
    const at = ports.clock.now();
    await ports.alerts.send({
      severity: "warning",
      team,
      pipeline: goldFence,
      code: "model.test_failed",
      detail,
      at,
    });
  }
  await releaseLease(ports, team, goldFence, state.epoch);
  if (verdict) throw verdict;
  return { ...state, next: "stop" };
}

/**
 * Renders all that is to be built, so that a project that is wrong is refused before anything is.
 *
 * @throws {FirnError} `model.invalid`, `model.unsupported`, `model.unpinned`
 */
function requireRendered(project: Project, steps: readonly Step[], dialect: Dialect): void {
  for (const id of steps.flatMap(({ node, tests }) => [...(node === null ? [] : [node]), ...tests])) {
    const node = project.nodes.get(id) as DbtNode;
    if (node.resource === "seed") planSeed(dialect, node);
    compile(project, node, false);
    if (node.config.materialized === "incremental") compile(project, node, true);
  }
}

/** Equal marks: the same release over the same silver. Asks no warehouse. */
async function markSilver(
  store: Store,
  release: Release,
  environment: string,
  now: string,
): Promise<string | null> {
  // How far another team's gold has come is in no lake of this team's.
  if (Object.keys(release.reads).length > 0) return null;
  const marks: string[] = [environment];
  // What is told as of an instant is told anew each day.
  if (Object.values(release.models).some((text) => text.includes("as_of"))) marks.push(now.slice(0, 10));
  for (const { name } of release.pipelines) {
    const hint = await readHint(store, name);
    if (!hint?.promotedBy) return null;
    marks.push(`${name} ${hint.generation} ${hint.promotedBy}`);
  }
  return marks.join("; ");
}

async function isBuilt(
  store: Store,
  { team, release }: ModelState,
  silver: string | null,
  ports: Ports,
): Promise<boolean> {
  if (silver === null || ports.warehouseIsGone(team)) return false;
  const last = await readJson<{ silver: string; release: string }>(store, keys.lastModels);
  return last?.silver === silver && last.release === release;
}

/** Whether all of gold is as silver was: where a part was left out, the next run must not take it for built. */
function isWhole({ select, exclude, resources }: ModelState, results: readonly NodeResult[]): boolean {
  const kinds = modelState.shape.resources.element.options;
  return (
    [...select, ...exclude].length === 0 &&
    kinds.every((kind) => resources.includes(kind)) &&
    results.every(({ status }) => status !== "skipped")
  );
}

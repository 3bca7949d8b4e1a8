import { FirnError } from "#core/errors";
import { secondsBetween } from "#core/interval";
import type { NodeResult } from "#core/models";
import { goldFence, keys } from "#core/names";
import { planFence } from "#ledger/fence";
import { readHint } from "#ledger/hint";
import { encode, openTeamLedger, readJson, requireRelease } from "#ledger/lake";
import { keepLease, releaseLease, takeLease } from "#ledger/lease";
import type { Ports } from "#ports";
import type { Store } from "#ports/store";
import type { ModelState, Release } from "#release";
import { manifestOf, runResultsOf } from "./artifacts.ts";
import { choose, planSteps, type Step } from "./dbt/graph.ts";
import { runStep } from "./node/run.ts";
import { openProject } from "./open.ts";
import { planSilver } from "./plan.ts";

/** What a model run was decided to do; frozen in the lake before anything is built. */
export interface ModelPlan {
  at: string;
  steps: Step[];
  /** What silver was when the run began. Null where that is not known: never taken for unchanged. */
  silver: string | null;
}

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
  const silver = await markSilver(store, release, ports.environment.name);
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
    await warehouse.run([
      dialect.createSchema(release.names.gold),
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
  const warehouse = await ports.warehouse(team);
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
  const blamed = results.flatMap(({ id, status }) =>
    status === "fail" || (status === "error" && id.startsWith("test."))
      ? (project.nodes.get(id)?.dependsOn ?? [])
      : [],
  );
  const next = position + 1 < steps.length ? "model" : "watch";
  return {
    ...state,
    position: position + 1,
    failed: [...new Set([...state.failed, ...failed, ...blamed])],
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
  const store = await ports.store(team);
  const { silver } = await readModelPlan(store, run);
  const release = await requireRelease(store, state.release);
  const results = await readResults(store, run);
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
  await releaseLease(ports, team, goldFence, state.epoch);
  const verdict = judge(results, release.testsPassedShareMin);
  if (verdict) throw verdict;
  if (state.select.length === 0 && state.exclude.length === 0)
    await store.put(keys.lastModels, encode({ silver, release: state.release, run }));
  return { ...state, next: "stop" };
}

/** How each node of a run ended, in the order of its steps; none where the run never got so far. */
export async function readResults(store: Store, run: string): Promise<NodeResult[]> {
  const plan = await readJson<ModelPlan>(store, keys.modelPlan(run));
  const results: NodeResult[] = [];
  for (let at = 0; at < (plan?.steps.length ?? 0); at++)
    results.push(...((await readJson<NodeResult[]>(store, keys.nodeResult(run, at))) ?? []));
  return results;
}

async function readModelPlan(store: Store, run: string): Promise<ModelPlan> {
  return (await readJson<ModelPlan>(store, keys.modelPlan(run))) as ModelPlan;
}

/** Equal marks: the same release over the same silver. Asks no warehouse. */
async function markSilver(store: Store, release: Release, environment: string): Promise<string | null> {
  const marks: string[] = [environment];
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

function judge(results: readonly NodeResult[], testsPassedShareMin: number): FirnError | undefined {
  const wrong = results.filter(({ id, status }) => status === "error" && !id.startsWith("test."));
  const list = (of: readonly NodeResult[]) =>
    of
      .slice(0, 5)
      .map(({ name, message }) => `\n  - ${name}: ${message}`)
      .join("") + (of.length > 5 ? `\n  - and ${of.length - 5} more` : "");
  if (wrong.length > 0) {
    return new FirnError("model.failed", {
      what: `${wrong.length} of the models failed:${list(wrong)}\n`,
      why: "Their tables are as they were, and what is built on them was skipped.",
      fix: "Mend them and run again: what was built is not built again in vain.",
    });
  }
  const tests = results.filter(({ id, status }) => id.startsWith("test.") && status !== "skipped");
  const failed = tests.filter(({ status }) => status === "fail" || status === "error");
  if (failed.length === 0 || 1 - failed.length / tests.length >= testsPassedShareMin) return undefined;
  return new FirnError("model.test_failed", {
    what: `${failed.length} of ${tests.length} tests failed:${list(failed)}\n`,
    why: `At least ${testsPassedShareMin * 100} % of them must pass; what is built on the models they test was skipped.`,
    fix: "Look at the rows: the compiled SQL of each test stands in run_results.json. Mend the data or the test, and run again.",
  });
}

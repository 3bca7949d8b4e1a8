import { scanAlert } from "#core/metrics";
import type { NodeResult, StatementRecord } from "#core/models";
import { goldFence, keys } from "#core/names";
import { readModelResults, requireRelease } from "#ledger/lake";
import type { Ports } from "#ports";
import type { Warehouse } from "#ports/warehouse";
import type { ModelState, Release, StageState } from "#release";
import { judgeBudget, planSpending, spendingSince } from "./budget.ts";
import { judgeBuild } from "./canary.ts";
import { planBill } from "./credits.ts";
import {
  billed,
  type LedgerBuild,
  parseBuilds,
  parsePromoted,
  planBuilds,
  planNoting,
  planPromoted,
  planRan,
  type Scan,
  statementsOf,
  statementsOfStage,
  withChangedRows,
} from "./plan.ts";

export interface WatchRequest {
  team: string;
  release: Release;
  run: string;
  /** How the run's nodes ended, with their statements. */
  results: NodeResult[];
  /** Now; ISO 8601 UTC. */
  at: string;
}

/**
 * Notes what a model run's statements scanned and cost, and tells of models that scanned more than twice what
 * they did before, and of the budget.
 *
 * Repeating it is harmless: nothing is noted twice, and what was told is not told again. Its own statements,
 * five of them and one more for each thing to tell, are in no bill unless the caller watches them.
 */
export async function runWatch(request: WatchRequest, ports: Ports): Promise<void> {
  const { release, run, results } = request;
  const warehouse = await ports.warehouse(request.team);
  await note(warehouse, release, billed(statementsOf(run, results), release.elt));
  await watchBuilds(request, warehouse, ports);
  await watchBudget(request, warehouse, ports);
}

/** Watches a model run that has built what it was to build. @see runWatch */
export async function watchRun({ team, release: hash, run }: ModelState, ports: Ports): Promise<void> {
  const store = await ports.store(team);
  const release = await requireRelease(store, hash);
  const results = await readModelResults(store, run);
  await runWatch({ team, release, run, results, at: ports.clock.now() }, ports);
}

/** Notes what one stage of a pipeline's run cost; nothing where it asked the warehouse nothing. @see noteStage */
export async function watchStage(
  { team, release: hash, run }: Pick<StageState, "team" | "release" | "run">,
  stage: string,
  statements: readonly StatementRecord[],
  ports: Ports,
): Promise<void> {
  if (statements.length === 0) return;
  const release = await requireRelease(await ports.store(team), hash);
  await noteStage({ team, release, run, stage, statements }, ports);
}

/**
 * Notes what one stage of a pipeline's run cost, so that the parts of a team's bill are all known.
 *
 * Repeating it with the same statements is harmless.
 */
export async function noteStage(
  request: {
    team: string;
    release: Release;
    run: string;
    stage: string;
    statements: readonly StatementRecord[];
  },
  ports: Ports,
): Promise<void> {
  const { team, release, run, stage, statements } = request;
  const scans = billed(statementsOfStage(run, stage, statements), release.elt);
  await note(await ports.warehouse(team), release, scans);
}

async function note(warehouse: Warehouse, { names }: Release, scans: Scan[]): Promise<void> {
  if (scans.length > 0) await warehouse.run([planNoting(warehouse.dialect, names.ledger, scans)]);
}

async function watchBuilds(
  { team, release, run, results, at }: WatchRequest,
  { query, dialect }: Warehouse,
  ports: Ports,
): Promise<void> {
  const built = results.filter(
    ({ status, kind }) => status === "success" && (kind === "full" || kind === "incremental"),
  );
  if (built.length === 0) return;
  const { ledger } = release.names;
  const named = built.map(({ name }) => name);
  const builds = parseBuilds(await query(planBuilds(dialect, ledger, named, at)));
  const asked = planPromoted(dialect, ledger, builds);
  const promoted = asked === null ? [] : parsePromoted(await query(asked));
  for (const model of named) {
    const own = latestOfRuns(builds.filter((each) => each.model === model));
    const [build, ...history] = withChangedRows(own, promoted);
    if (build?.run !== run) continue;
    const finding = judgeBuild(model, build, history);
    if (finding === null) continue;
    const alert = { team, pipeline: model, code: scanAlert, detail: finding.detail, at };
    await tellOnce([`scans/${run}/${model}`], alert, ports);
  }
}

/** A model that a run built again, after an answer was lost, counts once. */
function latestOfRuns(builds: readonly LedgerBuild[]): LedgerBuild[] {
  return builds.filter(({ run }, at) => builds.findIndex((each) => each.run === run) === at);
}

async function watchBudget(
  { team, release, at }: WatchRequest,
  { query, dialect }: Warehouse,
  ports: Ports,
): Promise<void> {
  const { budget, elt, names } = release;
  if (!budget) return;
  const rows = await query(planRan(dialect, names.ledger, spendingSince(at)));
  const ran = rows.map((row) => ({ startedAt: String(row.started_at), seconds: Number(row.seconds) }));
  const spending = planSpending(planBill(ran, elt), elt, at);
  const month = `budget/${spending.month}`;
  const store = await ports.store(team);
  const told = await store.list(keys.told(`${month}/`));
  const reached = judgeBudget(
    budget,
    spending,
    told.map((key) => key.slice(key.lastIndexOf("/") + 1)),
  );
  if (reached === null) return;
  const alert = { team, pipeline: goldFence, code: "watch.budget", detail: reached.detail, at };
  await tellOnce(
    reached.notes.map((each) => `${month}/${each}`),
    alert,
    ports,
  );
}

/** Told before it is noted: a kill in between tells it twice, the other way round it would never be told. */
async function tellOnce(
  notes: string[],
  alert: { team: string; pipeline: string; code: string; detail: string; at: string },
  ports: Ports,
): Promise<void> {
  const store = await ports.store(alert.team);
  const first = notes[0] ?? "";
  if ((await store.get(keys.told(first))) !== null) return;
  await ports.alerts.send({ severity: "warning", ...alert });
  const body = new TextEncoder().encode(JSON.stringify({ at: alert.at }));
  for (const each of notes) await store.putIfAbsent(keys.told(each), body);
}

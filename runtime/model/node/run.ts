import { FirnError } from "#core/errors";
import { secondsBetween } from "#core/interval";
import type { BuildKind, NodeResult } from "#core/models";
import { goldFence } from "#core/names";
import { planTakeFence } from "#ledger/fence";
import type { Clock } from "#ports/clock";
import type { Warehouse } from "#ports/warehouse";
import type { ModelState, Release } from "#release";
import type { TableName } from "#sql/dialect";
import { runTests, watchStatements } from "../audit/run.ts";
import { fitColumns, requireSnapshot } from "../columns.ts";
import { compile } from "../compile.ts";
import { type Step, upstream } from "../dbt/graph.ts";
import type { DbtNode, Project } from "../dbt/project.ts";
import { planAggregate, planPhysical, planShare } from "../physical.ts";
import {
  type Change,
  decideBuild,
  nextOf,
  planBuildRow,
  planChange,
  planIncrement,
  planKeyCheck,
  planNext,
  planSnapshotDelta,
  planSnapshotMerge,
  planSnapshotRows,
  planView,
  type Standing,
  tableOf,
} from "../plan.ts";
import { failedResult, resultOf, skipped } from "../results.ts";
import { planSeed } from "../seeds.ts";
import { forgetGold, openGold, readLastBuild, readStanding } from "../standing/run.ts";
import { versionOf } from "../version.ts";

/** What a node is built with. */
export interface NodeRun {
  project: Project;
  release: Release;
  state: ModelState;
  warehouse: Warehouse;
  clock: Clock;
  attemptId(): string;
}

/**
 * Builds a step's node and runs its tests. A model that is wrong ends in its result; what is no fault of the
 * model's is thrown.
 *
 * Repeating is harmless: a node that this run has built is found in the ledger and left alone.
 *
 * @throws {FirnError} `lease.lost`, `ledger.generation`, and what is transient
 */
export async function runStep(run: NodeRun, step: Step): Promise<NodeResult[]> {
  const { project } = run;
  const nodeOf = (id: string) => project.nodes.get(id) as DbtNode;
  const tests = step.tests.map(nodeOf);
  const results: NodeResult[] = [];
  let audited: NodeResult[] = [];
  if (step.node !== null) {
    const node = nodeOf(step.node);
    const broken = brokenAbove(run, node);
    if (broken !== undefined) return [node, ...tests].map((each) => skipped(each, broken));
    const built = await measured(run, node, async (result) => {
      audited = await build(run, node, tests.filter(blocks), result);
      await run.warehouse.run(planShare(run.warehouse.dialect, run.release, node));
    }).catch((error: unknown) => {
      forgetGold(run.warehouse);
      throw error;
    });
    results.push(built);
    if (built.status === "error") {
      const told = audited.map(({ id }) => id);
      return [
        ...results,
        ...audited,
        ...tests.filter(({ id }) => !told.includes(id)).map((each) => skipped(each, node.id)),
      ];
    }
  }
  const left = tests.filter(({ id }) => !audited.some((each) => each.id === id));
  const [ready, waiting] = [[] as DbtNode[], [] as NodeResult[]];
  for (const test of left) {
    const broken = brokenAbove(run, test);
    if (broken === undefined) ready.push(test);
    else waiting.push(skipped(test, broken));
  }
  return [...results, ...audited, ...(await runTests(run, ready)), ...waiting];
}

/**
 * What did not succeed above a node: something it is made of, or a test of nothing but what it is made of. As in
 * dbt, a test that also asks of another model does not stand in the way, and none in that of another test.
 */
function brokenAbove({ project, state }: NodeRun, node: DbtNode): string | undefined {
  const above = upstream(project, node);
  return state.failed.find((id) => {
    const { resource, dependsOn = [] } = project.nodes.get(id) ?? {};
    const blocks = resource === "test" && node.resource !== "test";
    return above.has(id) || (blocks && dependsOn.every((each) => above.has(each)));
  });
}

/** A test that must hold before a table made anew takes its place. */
function blocks({ config }: DbtNode): boolean {
  return config.meta.blocking === true && config.severity === "error";
}

/** @returns results of the blocking tests, where they were run on what was to take the table's place */
async function build(
  run: NodeRun,
  node: DbtNode,
  blocking: DbtNode[],
  result: NodeResult,
): Promise<NodeResult[]> {
  const { project, release, state, warehouse } = run;
  const { dialect } = warehouse;
  const { ledger } = release.names;
  const next = nextOf(node, state.epoch);
  const gold = await openGold(warehouse, release.names, state.run);
  const before = await gold.lastBuild(node.name);
  const standing = await gold.standing(tableOf(node));
  gold.touch(node.name, tableOf(node));
  const sql = compile(project, node, false);
  const version = versionOf(project, node);
  const { kind, reason } = decideBuild(node, version, standing, before, state.fullRefresh);
  Object.assign(result, { version, kind }, reason && { reason });
  const aggregate = planAggregate(dialect, node, sql, release.names.elt);
  if (aggregate !== null) {
    const drop = standing.kind === "view" ? [dialect.dropView(tableOf(node))] : [];
    await promote(planChange(dialect, [...drop, aggregate], []));
    return [];
  }
  if (kind === "view") {
    await promote(planView(dialect, node, sql, { standing, next }));
    return [];
  }
  if (before?.runId === state.run) return [];
  const own = [...upstream(project, node)].map((id) => project.sources.get(id)?.relation.identifier);
  const builtFrom = Object.fromEntries(
    Object.entries(gold.commits).filter(([pipeline]) => own.includes(pipeline)),
  );
  try {
    const change = await makeNext(run, node, { kind, standing, next, sql });
    const on = (test: string) => onNext(run, node, next, test);
    const audited = kind === "full" ? await runTests(run, blocking, { on, watched: false }) : [];
    const failed = audited.filter(({ status }) => status === "fail" || status === "error");
    if (failed.length === 0) {
      await promote(change, builtFrom);
      const enterprise = release.cloud?.snowflake.enterprise === true;
      if (kind === "full") await warehouse.run(planPhysical(dialect, node, enterprise));
    } else {
      result.status = "error";
      result.message = `${failed.map(({ name }) => name).join(", ")} failed on what was to take its place; the table is as it was.`;
    }
    return audited;
  } finally {
    // Where this fails, too, the janitor takes it.
    await warehouse.run([dialect.dropTable(next)]).catch(() => undefined);
  }

  /** @param from what the ledger is told it was built from; a view is always what it is made of */
  async function promote({ ddl, script }: Change, from?: Record<string, string>): Promise<void> {
    if (ddl.length > 0) {
      await warehouse.promote(dialect.promotion({ ...fence(), statements: [] }));
      await warehouse.run(ddl);
    }
    const row = from && {
      ...{ schema: ledger, model: node.name, runId: state.run, kind, version, builtFrom: from },
      ...{ backfill: state.backfill, epoch: state.epoch, at: run.clock.now() },
    };
    const statements = [...script, ...(row ? [planBuildRow(dialect, row)] : [])];
    try {
      if (statements.length > 0) await warehouse.promote(dialect.promotion({ ...fence(), statements }));
    } catch (error) {
      // The answer may have been lost after the commit: the ledger knows.
      const now = await readLastBuild(warehouse, ledger, node.name);
      if (now?.runId !== state.run) throw error;
    }
  }

  function fence() {
    return planTakeFence(dialect, {
      schema: ledger,
      pipeline: goldFence,
      batchId: `${state.run}/${node.name}`,
      epoch: state.epoch,
      generation: state.generation,
      token: run.attemptId(),
      replay: true,
    });
  }
}

/** Makes the table or the delta beside the table, and plans how it goes in. */
async function makeNext(
  { project, warehouse }: NodeRun,
  node: DbtNode,
  { kind, standing, next, sql }: { kind: BuildKind; standing: Standing; next: TableName; sql: string },
): Promise<Change> {
  const { dialect } = warehouse;
  if (kind === "seed") {
    const { columns, selects } = planSeed(dialect, node);
    const names = columns.map(dialect.id).join(", ");
    const [first = "", ...more] = selects;
    await warehouse.run([
      planNext(dialect, next, first),
      ...more.map((select) => `INSERT INTO ${dialect.table(next)} (${names}) ${select}`),
    ]);
    return into();
  }
  const isNew = kind === "full" || standing.kind !== "table";
  const isSnapshot = kind === "snapshot";
  if (isSnapshot && !isNew) requireSnapshot(node, standing);
  const rows = isSnapshot ? planSnapshotRows(dialect, node, sql) : sql;
  const delta = () => (isSnapshot ? planSnapshotDelta(dialect, node, sql) : compile(project, node, true));
  await warehouse.run([planNext(dialect, next, isNew ? rows : delta())]);
  if (node.config.materialized !== "table" && node.config.unique_key.length > 0)
    await requireKeys(warehouse, node, next);
  if (isNew) return into();
  const { columns, added } = fitColumns(node, standing, await readStanding(warehouse, next));
  const table = dialect.table(tableOf(node));
  const ddl = added.map(({ name, type }) => `ALTER TABLE ${table} ADD COLUMN ${dialect.id(name)} ${type}`);
  const plan = isSnapshot ? planSnapshotMerge : planIncrement;
  return planChange(dialect, ddl, plan(dialect, node, columns, next));

  async function into(): Promise<Change> {
    const drop = standing.kind === "view" ? [dialect.dropView(tableOf(node))] : [];
    const same = async () => JSON.stringify(await readStanding(warehouse, next)) === JSON.stringify(standing);
    const { ddl, script } = dialect.overwrite(
      tableOf(node),
      next,
      dialect.overwritesByName || (await same()),
    );
    return planChange(dialect, [...drop, ...ddl], script);
  }
}

/** @throws {FirnError} `model.duplicate_key` for rows without a key, and where a key could mean two rows */
async function requireKeys(warehouse: Warehouse, node: DbtNode, next: TableName): Promise<void> {
  const { unique_key, incremental_strategy, materialized } = node.config;
  const names = (await readStanding(warehouse, next)).columns.map(({ name }) => name);
  const lacking = unique_key.filter((key) => /^\w+$/.test(key) && !names.includes(key.toLowerCase()));
  if (lacking.length > 0) {
    throw new FirnError("model.duplicate_key", {
      what: `${node.path}: "${node.name}" has no column ${lacking.join(", ")}, which its unique_key names.`,
      why: "Rows are found again by their unique_key. Nothing was changed.",
      fix: "Mend unique_key, or select the column.",
    });
  }
  const [row] = await warehouse.query(planKeyCheck(warehouse.dialect, unique_key, next));
  const one = materialized === "snapshot" || incremental_strategy === "merge";
  const [missing, repeated] = [Number(row?.missing), one ? Number(row?.repeated) : 0];
  if (missing + repeated === 0) return;
  throw new FirnError("model.duplicate_key", {
    what: `${node.path}: "${node.name}" gives ${repeated} values of (${unique_key.join(", ")}) more than once, and ${missing} rows without one.`,
    why: "Rows are found again by their unique_key: one that comes twice could be either, and one without is found by nothing and would be added at every run. Nothing was changed.",
    fix: "Make the key whole and unique in the model's SELECT, or declare the key that its rows have.",
  });
}

/** A test's SQL, asked of what is to take its model's place. */
function onNext({ project, warehouse }: NodeRun, node: DbtNode, next: TableName, sql: string): string {
  const written = project.renderer.relation(node.relation).text;
  const beside = project.renderer.relation({ ...node.relation, identifier: next.name }).text;
  const whole = new RegExp(
    `${written.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?![\\w"])`,
    warehouse.dialect.name === "snowflake" ? "gi" : "g",
  );
  return sql.replaceAll(whole, () => beside);
}

async function measured(
  run: NodeRun,
  node: DbtNode,
  work: (result: NodeResult) => Promise<void>,
): Promise<NodeResult> {
  const { warehouse, clock, state } = run;
  const startedAt = clock.now();
  const result = { ...resultOf(node, "success", startedAt), ...(state.backfill && { backfill: true }) };
  result.statements = watchStatements(warehouse);
  try {
    await work(result);
  } catch (error) {
    Object.assign(result, failedResult(node, error, startedAt), { statements: result.statements });
  } finally {
    warehouse.watch(null);
  }
  result.seconds = secondsBetween(startedAt, clock.now());
  return result;
}

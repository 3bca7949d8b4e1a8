import { FirnError } from "#core/errors";
import { secondsBetween } from "#core/interval";
import type { BuildKind, NodeResult, StatementRecord } from "#core/models";
import { goldFence } from "#core/names";
import { planTakeFence } from "#ledger/fence";
import type { Clock } from "#ports/clock";
import type { Warehouse } from "#ports/warehouse";
import type { ModelState, Release } from "#release";
import type { TableName } from "#sql/dialect";
import { compile } from "../compile.ts";
import { type Step, upstream } from "../dbt/graph.ts";
import type { DbtNode, Project } from "../dbt/project.ts";
import {
  decideBuild,
  fitColumns,
  nextOf,
  planBuildRow,
  planCommits,
  planIncrement,
  planKeyCheck,
  planLastBuild,
  planNext,
  planSnapshotDelta,
  planSnapshotMerge,
  planSnapshotRows,
  planStanding,
  planTests,
  planView,
  type Standing,
  tableOf,
} from "../plan.ts";
import { planSeed } from "../seeds.ts";

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
  const { project, state } = run;
  const nodeOf = (id: string) => project.nodes.get(id) as DbtNode;
  const tests = step.tests.map(nodeOf);
  const results: NodeResult[] = [];
  let audited: NodeResult[] = [];
  if (step.node !== null) {
    const node = nodeOf(step.node);
    const broken = [...upstream(project, node)].find((id) => state.failed.includes(id));
    if (broken !== undefined) return [node, ...tests].map((each) => skipped(each, broken));
    const built = await measured(run, node, async (result) => {
      audited = await build(run, node, tests.filter(blocks), result);
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
    const broken = [...upstream(project, test)].find((id) => state.failed.includes(id));
    if (broken === undefined) ready.push(test);
    else waiting.push(skipped(test, broken));
  }
  return [...results, ...audited, ...(await runTests(run, ready)), ...waiting];
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
  const [last] = await warehouse.query(planLastBuild(dialect, release.names.ledger, node.name));
  const standing = await readStanding(warehouse, tableOf(node));
  const full = compile(project, node, false);
  result.version = full.version;
  const before = last ? { version: String(last.version), runId: String(last.run_id) } : null;
  const { kind, reason } = decideBuild(node, full.version, standing, before, state.fullRefresh);
  result.kind = kind;
  if (reason) result.reason = reason;
  if (kind === "view") {
    await warehouse.run(planView(dialect, node, full.sql, standing));
    return [];
  }
  if (before?.runId === state.run) return [];
  const commits = await warehouse.query(planCommits(dialect, release.names.ledger));
  const builtFrom = Object.fromEntries(commits.map((row) => [String(row.pipeline), String(row.commit_seq)]));
  const next = await makeNext(run, node, kind, standing, full.sql);
  if (kind !== "full" && kind !== "incremental") {
    await promote(next.script, next.ddl);
    return [];
  }
  const audited = kind === "full" ? await runTests(run, blocking, (sql) => onNext(run, node, sql)) : [];
  const failed = audited.filter(({ status }) => status === "fail" || status === "error");
  if (failed.length > 0) {
    result.status = "error";
    result.message = `${failed.map(({ name }) => name).join(", ")} failed on what was to take its place; the table is as it was.`;
    await warehouse.run([dialect.dropTable(nextOf(node))]);
    return audited;
  }
  await promote(next.script, next.ddl);
  return audited;

  async function promote(statements: string[], ddl: string[]): Promise<void> {
    const fence = planTakeFence(dialect, {
      schema: release.names.ledger,
      pipeline: goldFence,
      batchId: `${state.run}/${node.name}`,
      epoch: state.epoch,
      generation: state.generation,
      token: run.attemptId(),
      replay: true,
    });
    const row = planBuildRow(dialect, {
      ...{ schema: release.names.ledger, model: node.name, runId: state.run, kind, version: full.version },
      ...{ backfill: state.backfill, builtFrom, epoch: state.epoch, at: run.clock.now() },
    });
    await warehouse.run(ddl);
    try {
      await warehouse.promote(dialect.promotion({ ...fence, statements: [...statements, row] }));
    } catch (error) {
      // The answer may have been lost after the commit: the ledger knows.
      const [now] = await warehouse.query(planLastBuild(dialect, release.names.ledger, node.name));
      if (now?.run_id !== state.run) throw error;
    }
    await warehouse.run([dialect.dropTable(nextOf(node))]);
  }
}

/** Makes the table or the delta beside the table, and plans how it goes in. */
async function makeNext(
  { project, warehouse }: NodeRun,
  node: DbtNode,
  kind: BuildKind,
  standing: Standing,
  full: string,
): Promise<{ ddl: string[]; script: string[] }> {
  const { dialect } = warehouse;
  const dropView = standing.kind === "view" ? [dialect.dropView(tableOf(node))] : [];
  const into = async (): Promise<{ ddl: string[]; script: string[] }> => {
    const same = JSON.stringify(await readStanding(warehouse, nextOf(node))) === JSON.stringify(standing);
    const { ddl, script } = dialect.overwrite(tableOf(node), nextOf(node), same);
    return { ddl: [...dropView, ...ddl], script };
  };
  if (kind === "seed") {
    const { columns, selects } = planSeed(dialect, node);
    const names = columns.map(dialect.id).join(", ");
    const [first = "", ...more] = selects;
    await warehouse.run([
      planNext(dialect, node, first),
      ...more.map((select) => `INSERT INTO ${dialect.table(nextOf(node))} (${names}) ${select}`),
    ]);
    return into();
  }
  if (kind === "full") {
    await warehouse.run([planNext(dialect, node, full)]);
    if (node.config.incremental_strategy === "merge") await requireKeys(warehouse, node);
    return into();
  }
  if (kind === "snapshot" && standing.kind !== "table") {
    await warehouse.run([planNext(dialect, node, planSnapshotRows(dialect, node, full))]);
    await requireKeys(warehouse, node);
    return into();
  }
  const sql = kind === "snapshot" ? planSnapshotDelta(dialect, node, full) : compile(project, node, true).sql;
  await warehouse.run([planNext(dialect, node, sql)]);
  if (kind === "snapshot" || node.config.unique_key.length > 0) await requireKeys(warehouse, node);
  const delta = await readStanding(warehouse, nextOf(node));
  const config =
    kind === "snapshot" ? { ...node.config, on_schema_change: "append_new_columns" as const } : node.config;
  const { columns, added } = fitColumns({ ...node, config }, standing, delta);
  const table = dialect.table(tableOf(node));
  const ddl = added.map(({ name, type }) => `ALTER TABLE ${table} ADD COLUMN ${dialect.id(name)} ${type}`);
  const script =
    kind === "snapshot" ? planSnapshotMerge(dialect, node, columns) : planIncrement(dialect, node, columns);
  return { ddl, script };
}

async function readStanding(warehouse: Warehouse, table: TableName): Promise<Standing> {
  const rows = await warehouse.query(planStanding(warehouse.dialect, table));
  const kind = rows.length === 0 ? null : rows[0]?.kind === "VIEW" ? "view" : "table";
  return { kind, columns: rows.map(({ name, type }) => ({ name: String(name), type: String(type) })) };
}

/** @throws {FirnError} `model.duplicate_key` where a merge could not tell rows apart */
async function requireKeys(warehouse: Warehouse, node: DbtNode): Promise<void> {
  const { unique_key, incremental_strategy, materialized } = node.config;
  const [row] = await warehouse.query(planKeyCheck(warehouse.dialect, node));
  const one = materialized === "snapshot" || incremental_strategy === "merge";
  const [missing, repeated] = [Number(row?.missing), one ? Number(row?.repeated) : 0];
  if (missing + repeated === 0) return;
  await warehouse.run([warehouse.dialect.dropTable(nextOf(node))]);
  throw new FirnError("model.duplicate_key", {
    what: `${node.path}: "${node.name}" gives ${repeated} values of (${unique_key.join(", ")}) more than once, and ${missing} rows without one.`,
    why: "Rows are found again by their unique_key: one that comes twice could be either, and one without is found by nothing and would be added at every run. Nothing was changed.",
    fix: "Make the key whole and unique in the model's SELECT, or declare the key that its rows have.",
  });
}

async function runTests(run: NodeRun, tests: DbtNode[], on = (sql: string) => sql): Promise<NodeResult[]> {
  if (tests.length === 0) return [];
  const { project, warehouse, clock } = run;
  const startedAt = clock.now();
  const statements = watch(warehouse);
  const compiled: [DbtNode, string][] = [];
  const results: NodeResult[] = [];
  for (const test of tests) {
    try {
      compiled.push([test, on(compile(project, test, false).sql)]);
    } catch (error) {
      results.push(failedResult(test, error, startedAt, 0));
    }
  }
  try {
    const sql = planTests(compiled.map(([, sql]) => sql));
    const rows = compiled.length > 0 ? await warehouse.query(sql) : [];
    const found = new Map(rows.map((row) => [Number(row.at), Number(row.failures)]));
    const seconds = secondsBetween(startedAt, clock.now()) / compiled.length;
    results.push(...compiled.map(([test], at) => judged(test, found.get(at) ?? 0, startedAt, seconds)));
  } catch (error) {
    if (!(error instanceof FirnError) || error.code !== "warehouse.failed") throw error;
    // One of them is wrong: told apart by running each alone.
    if (compiled.length === 1)
      for (const [test] of compiled) results.push(failedResult(test, error, startedAt, 0));
    else for (const [test] of compiled) results.push(...(await runTests(run, [test], on)));
  }
  warehouse.watch(null);
  const [first] = results;
  if (first) first.statements = statements;
  return results;
}

function judged(test: DbtNode, failures: number, startedAt: string, seconds: number): NodeResult {
  const { severity } = test.config;
  const status = failures === 0 ? "pass" : severity === "warn" ? "warn" : "fail";
  const message = `Got ${failures} result${failures === 1 ? "" : "s"}, configured to ${status} if != 0`;
  return { ...resultOf(test, status, startedAt), failures, seconds, ...(failures > 0 && { message }) };
}

/** A test's SQL, asked of what is to take its model's place. */
function onNext({ project, warehouse }: NodeRun, node: DbtNode, sql: string): string {
  const written = project.renderer.relation(node.relation).text;
  const next = project.renderer.relation({ ...node.relation, identifier: nextOf(node).name }).text;
  const whole = new RegExp(
    `${written.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?![\\w"])`,
    warehouse.dialect.name === "snowflake" ? "gi" : "g",
  );
  return sql.replaceAll(whole, () => next);
}

async function measured(
  run: NodeRun,
  node: DbtNode,
  work: (result: NodeResult) => Promise<void>,
): Promise<NodeResult> {
  const { warehouse, clock, state } = run;
  const startedAt = clock.now();
  const result = { ...resultOf(node, "success", startedAt), ...(state.backfill && { backfill: true }) };
  result.statements = watch(warehouse);
  try {
    await work(result);
  } catch (error) {
    Object.assign(result, failedResult(node, error, startedAt, 0), { statements: result.statements });
  } finally {
    warehouse.watch(null);
  }
  result.seconds = secondsBetween(startedAt, clock.now());
  return result;
}

function watch(warehouse: Warehouse): StatementRecord[] {
  const statements: StatementRecord[] = [];
  warehouse.watch((statement) => statements.push(statement), { profile: true });
  return statements;
}

/** A model's own fault as its result. @throws what is not */
function failedResult(node: DbtNode, error: unknown, startedAt: string, seconds: number): NodeResult {
  if (!(error instanceof FirnError)) throw error;
  const own = error.code === "warehouse.failed" || error.code.startsWith("model.");
  if (!own) throw error;
  const cause = error.cause instanceof Error ? error.cause.message.trim() : "";
  const message = error.code === "warehouse.failed" ? `${node.path}: ${cause || error.what}` : error.message;
  return { ...resultOf(node, "error", startedAt), message, seconds };
}

function skipped(node: DbtNode, because: string): NodeResult {
  return {
    ...resultOf(node, "skipped", ""),
    message: because.startsWith("source.")
      ? `${because.split(".").slice(2).join(".")} is not there yet`
      : `${because.split(".")[2]} did not succeed`,
  };
}

function resultOf({ id, name }: DbtNode, status: NodeResult["status"], startedAt: string): NodeResult {
  return { id, name, status, startedAt, seconds: 0, statements: [] };
}

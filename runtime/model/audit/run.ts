import { FirnError } from "#core/errors";
import { secondsBetween } from "#core/interval";
import type { NodeResult, StatementRecord } from "#core/models";
import type { Clock } from "#ports/clock";
import type { Warehouse } from "#ports/warehouse";
import { compile } from "../compile.ts";
import type { DbtNode, Project } from "../dbt/project.ts";
import { planTests } from "../plan.ts";
import { failedResult, judged } from "../results.ts";

/**
 * Runs tests in one statement; where one of them is wrong, each alone, so that the others are told of.
 *
 * @param on what the tests' SQL becomes: it may be asked of another table than the one it names
 * @param watched false where the statements are a part of what is watched already
 * @throws {FirnError} what is no test's own fault
 */
export async function runTests(
  run: { project: Project; warehouse: Warehouse; clock: Clock },
  tests: readonly DbtNode[],
  { on = (sql: string) => sql, watched = true } = {},
): Promise<NodeResult[]> {
  if (tests.length === 0) return [];
  const { project, warehouse, clock } = run;
  const startedAt = clock.now();
  const compiled: [DbtNode, string][] = [];
  const results: NodeResult[] = [];
  for (const test of tests) {
    try {
      compiled.push([test, on(compile(project, test, false))]);
    } catch (error) {
      results.push(failedResult(test, error, startedAt));
    }
  }
  const statements = watched ? watchStatements(warehouse) : [];
  try {
    const sql = planTests(compiled.map(([, sql]) => sql));
    const rows = compiled.length > 0 ? await warehouse.query(sql) : [];
    const found = new Map(rows.map((row) => [Number(row.at), Number(row.failures)]));
    const seconds = secondsBetween(startedAt, clock.now()) / compiled.length;
    results.push(...compiled.map(([test], at) => judged(test, found.get(at) ?? 0, startedAt, seconds)));
  } catch (error) {
    if (!(error instanceof FirnError) || error.code !== "warehouse.failed") throw error;
    if (compiled.length === 1)
      for (const [test] of compiled) results.push(failedResult(test, error, startedAt));
    else for (const [test] of compiled) results.push(...(await runTests(run, [test], { on, watched })));
  } finally {
    if (watched) warehouse.watch(null);
  }
  const [first] = results;
  if (first) first.statements = [...statements, ...first.statements];
  return results;
}

/** What each statement does from now on, until `warehouse.watch(null)`. */
export function watchStatements(warehouse: Warehouse): StatementRecord[] {
  const statements: StatementRecord[] = [];
  warehouse.watch((statement) => statements.push(statement), { profile: true });
  return statements;
}

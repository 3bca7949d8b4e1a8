/** How nodes end, as results. */
import { FirnError } from "#core/errors";
import type { NodeResult } from "#core/models";
import type { DbtNode } from "./dbt/project.ts";

export function resultOf({ id, name }: DbtNode, status: NodeResult["status"], startedAt: string): NodeResult {
  return { id, name, status, startedAt, seconds: 0, statements: [] };
}

/** A node's own fault as its result. @throws what is not */
export function failedResult(node: DbtNode, error: unknown, startedAt: string): NodeResult {
  if (!(error instanceof FirnError)) throw error;
  const own = error.code === "warehouse.failed" || error.code.startsWith("model.");
  if (!own) throw error;
  const cause = error.cause instanceof Error ? error.cause.message.trim() : "";
  const message = error.code === "warehouse.failed" ? `${node.path}: ${cause || error.what}` : error.message;
  return { ...resultOf(node, "error", startedAt), message };
}

/** @param because the id of what it is made of and that did not succeed */
export function skipped(node: DbtNode, because: string): NodeResult {
  return {
    ...resultOf(node, "skipped", ""),
    message: because.startsWith("source.")
      ? `${because.split(".").slice(2).join(".")} is not there yet`
      : `${because.split(".")[2]} did not succeed`,
  };
}

/** How many rows a test found, judged by its severity. */
export function judged(test: DbtNode, failures: number, startedAt: string, seconds: number): NodeResult {
  const { severity } = test.config;
  const status = failures === 0 ? "pass" : severity === "warn" ? "warn" : "fail";
  const message = `Got ${failures} result${failures === 1 ? "" : "s"}, configured to ${status} if != 0`;
  return { ...resultOf(test, status, startedAt), failures, seconds, ...(failures > 0 && { message }) };
}

/** What stops a run after its end; undefined where it may pass. */
export function verdictOf(
  results: readonly NodeResult[],
  testsPassedShareMin: number,
): FirnError | undefined {
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

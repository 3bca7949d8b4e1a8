import assert from "node:assert/strict";
import { readCommand } from "./command.ts";
import { differentResults, differentTables } from "./compare.ts";
import type { DbtStep } from "./reference.ts";

describe("comparing what Firn built with what dbt built", () => {
  const table = { columns: ["id INTEGER"], rows: ['["1"]', '["1"]', '["2"]'] };
  const step: DbtStep = {
    args: ["build"],
    files: null,
    startedAt: "2026-01-01T00:00:00Z",
    results: [
      result("model.a.m", "model", "success", "select  1\n"),
      result("test.a.t", "test", "warn", "select 2", 3),
    ],
  };
  const built = {
    results: [node("model.a.m", "success"), node("test.a.t", "warn", 3)],
    compiled: { "model.a.m": "select 1", "test.a.t": " select 2" },
  };

  it("finds nothing where tables, verdicts and SQL are the same but for whitespace", () => {
    assert.equal(differentTables({ "gold.m": table }, { "gold.m": table }), undefined);
    assert.equal(differentResults(step, built), undefined);
  });

  it("counts rows: a row that is there once too little is a difference", () => {
    const once = { ...table, rows: ['["1"]', '["2"]'] };
    assert.match(
      String(differentTables({ "gold.m": table }, { "gold.m": once })),
      /gold\.m: only dbt has 1 row/,
    );
    assert.match(String(differentTables({ "gold.m": once }, { "gold.m": table })), /only Firn has 1 row/);
  });

  it("tells columns of another type, name or order", () => {
    const wide = { ...table, columns: ["id BIGINT"] };
    assert.match(
      String(differentTables({ "gold.m": table }, { "gold.m": wide })),
      /id INTEGER with dbt, id BIGINT/,
    );
  });

  it("tells a table that only one of them has", () => {
    assert.equal(differentTables({ "gold.m": table }, {}), "only dbt has gold.m");
    assert.equal(differentTables({}, { "gold.m": table }), "only Firn has gold.m");
  });

  it("tells another verdict, another number of failures, other SQL, and a node that only one of them ran", () => {
    const differently = (change: Partial<typeof built>) =>
      String(differentResults(step, { ...built, ...change }));
    const [model, test] = built.results as [(typeof built.results)[0], (typeof built.results)[0]];
    assert.match(
      differently({ results: [model, { ...test, status: "fail" }] }),
      /warn with dbt, fail with Firn/,
    );
    assert.match(
      differently({ results: [model, { ...test, failures: 2 }] }),
      /3 failures with dbt, 2 with Firn/,
    );
    assert.match(differently({ compiled: { ...built.compiled, "model.a.m": "select 2" } }), /compiles to/);
    assert.match(differently({ results: [model] }), /test.a.t is warn with dbt, and not built by Firn/);
    assert.match(
      differently({ results: [...built.results, node("model.a.n", "success")] }),
      /model.a.n is built by Firn, and not by dbt/,
    );
  });

  it("reads dbt's arguments, and tells those that Firn has no like of", () => {
    const command = readCommand(["--debug", "run", "-s", "a", "b+", "--vars", "x: 1", "--full-refresh"]);
    assert.deepEqual(command, {
      ...{ verb: "run", select: ["a", "b+"], exclude: [], vars: { x: 1 } },
      ...{ fullRefresh: true },
    });
    assert.equal(readCommand(["docs", "generate"]), "silent");
    assert.deepEqual(readCommand(["clone", "--state", "state"]), { outside: "clone --state" });
    assert.deepEqual(readCommand(["run", "--empty"]), { outside: "run --empty" });
  });

  function result(
    id: string,
    type: string,
    status: string,
    compiled: string,
    failures: number | null = null,
  ) {
    return { id, type, materialized: null, status, failures, compiled };
  }

  function node(id: string, status: "success" | "warn" | "fail", failures?: number) {
    const times = { startedAt: "2026-01-01T00:00:00Z", seconds: 0, statements: [] };
    return { id, name: id, status, ...(failures !== undefined && { failures }), ...times };
  }
});

import assert from "node:assert/strict";
import { problemsWithCodes, readTree, type Tree } from "./codes.ts";

describe("the catalogue of error codes", () => {
  const sound: Tree = {
    catalogue: ["merge.no_key"],
    runtime: { "runtime/merge/plan.ts": 'throw new FirnError("merge.no_key", { what: "..." })' },
    tests: { "test/merge.test.ts": 'provokes("merge.no_key", () => planMerge(table))' },
    readme: "| code | what to do |\n|---|---|\n| `merge.no_key` | declare a key |",
  };

  it("holds in this repository only codes that are thrown, provoked by a test and explained", () => {
    assert.deepEqual(problemsWithCodes(readTree()), []);
  });

  it("passes where each code is thrown, provoked and explained", () => {
    assert.deepEqual(problemsWithCodes(sound), []);
  });

  const typo = { "runtime/x.ts": 'throw new FirnError(\n  "merge.typo",\n  { what: "..." })' };
  refuses(
    "a code that it does not list",
    { runtime: { ...sound.runtime, ...typo } },
    /runtime\/x\.ts throws merge\.typo/,
  );
  refuses("a code that nothing throws", { runtime: {} }, /Nothing in runtime or infra throws merge\.no_key/);
  refuses(
    "a code that tests only speak of",
    { tests: { "test/a.test.ts": "// merge.no_key" } },
    /No test provokes/,
  );
  refuses(
    "a code the README names outside its table",
    { readme: "`merge.no_key` happens." },
    /does not explain/,
  );
  refuses("a repository without a README", { readme: undefined }, /no README/);

  function refuses(what: string, change: Partial<Tree>, saying: RegExp): void {
    it(`refuses ${what}`, () => {
      const problems = problemsWithCodes({ ...sound, ...change });
      assert.equal(problems.length, 1, problems.join("\n"));
      assert.match(problems[0] ?? "", saying);
    });
  }
});

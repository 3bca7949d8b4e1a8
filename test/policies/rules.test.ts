import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { basename, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { rules } from "../../policies/rules.ts";
import { awsMutants } from "./mutants/aws.ts";
import type { Mutant } from "./mutants/mutant.ts";
import { snowflakeMutants } from "./mutants/snowflake.ts";
import { NotThere, type Plain, Registry, shipped } from "./registry.ts";
import { sample } from "./sample.ts";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const mutants: Record<string, Mutant[]> = { ...awsMutants, ...snowflakeMutants };

describe("the policies", () => {
  for (const environment of ["dev", "staging", "prod", "large"]) {
    it(`find nothing wrong with what is shipped for ${environment}`, async () => {
      const registry = new Registry(await shipped(environment));
      assert.ok(registry.all.length > 20, "the program registered next to nothing");
      assert.deepEqual(registry.findings(), []);
    });
  }

  it("find nothing wrong with the sample", () => {
    assert.deepEqual(new Registry(sample).findings(), []);
  });

  it("are at least thirty, one a file, and each is in the pack", () => {
    const files = globSync("policies/rules/*.ts", { cwd: root }).map((path) => basename(path, ".ts"));
    assert.ok(rules.length >= 30);
    assert.deepEqual(rules.map(({ name }) => name).sort(), files.sort());
  });

  it("say what holds, why, how to mend it, and where the rule comes from", () => {
    for (const { name, claim, why, fix, provision } of rules) {
      for (const text of [claim, why, fix]) assert.match(text, /^[A-Z].{10,}[.)]$/s, `${name}: ${text}`);
      assert.match(provision.url, /^https:\/\//, name);
      assert.ok(provision.source.length > 5, name);
    }
  });

  it("have a mutant each, and no mutant is of no rule", () => {
    assert.deepEqual(Object.keys(mutants).sort(), rules.map(({ name }) => name).sort());
  });
});

describe("a mutant of", () => {
  const fromSample = new Set<string>();
  for (const [rule, breaks] of Object.entries(mutants)) {
    for (const [index, change] of breaks.entries()) {
      it(`${rule} (${index + 1} of ${breaks.length}) is found by that rule and by no other`, async () => {
        const found =
          broken(await shipped("prod"), change) ?? broken(sample, change, () => fromSample.add(rule));
        assert.ok(found, "neither the program nor the sample has what it breaks");
        assert.deepEqual(
          [...new Set(found.map((each) => each.rule))],
          [rule],
          JSON.stringify(found, null, 2),
        );
      });
    }
  }
  after(() => {
    if (fromSample.size > 0) console.log(`      of the sample alone: ${[...fromSample].join(", ")}`);
  });
});

/** What the rules find in a program after it was broken; undefined where it has nothing of the kind. */
function broken(
  plain: readonly Plain[],
  change: Mutant,
  then?: () => void,
): ReturnType<Registry["findings"]> | undefined {
  const registry = new Registry(plain);
  try {
    change(registry);
  } catch (error) {
    if (error instanceof NotThere) return undefined;
    throw error;
  }
  then?.();
  return registry.findings();
}

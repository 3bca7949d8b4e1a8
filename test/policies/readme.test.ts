import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Rule } from "../../policies/rule.ts";
import { rules } from "../../policies/rules.ts";

const path = join(import.meta.dirname, "..", "..", "policies", "README.md");
const between = /<!-- rules -->.*<!-- \/rules -->/s;

describe("the page about the policies", () => {
  it("tells of every rule what it holds, its bounds and where it comes from", () => {
    const page = readFileSync(path, "utf8");
    const table = page.replace(between, () => `<!-- rules -->\n\n${tableOf(rules)}\n\n<!-- /rules -->`);
    if (process.env.UPDATE_SNAPSHOTS === "1") writeFileSync(path, table);
    else assert.equal(page, table, "UPDATE_SNAPSHOTS=1 npm test -- test/policies/readme.test.ts writes it");
  });
});

function tableOf(all: readonly Rule[]): string {
  return [
    "| rule | what holds | severity | settings, and production's values | from |",
    "|---|---|---|---|---|",
    ...all.map(({ name, claim, severity, settings, provision }) => {
      const values = Object.entries(settings).map(
        ([key, setting]) => `\`${key}\` ${[setting.default].flat().join(", ")}`,
      );
      return `| [${name}](rules/${name}.ts) | ${claim} | ${severity} | ${values.join("; ")} | [${provision.source}](${provision.url}) |`;
    }),
  ].join("\n");
}

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * One line a room, as the linter sees it: a file of it, imports it must refuse, imports it must let pass.
 * biome.json holds the rules; these are their proof.
 */
const rooms: Room[] = [
  {
    file: "stacks/teams/a/team.ts",
    refuses: ["#core/names", "#worlds/local", "../../../runtime/declare.ts", "node:fs", "zod"],
    allows: ["#firn", "../../environments/local.ts"],
  },
  {
    file: "stacks/index.ts",
    refuses: ["#core/names", "../runtime/declare.ts", "zod"],
    allows: ["#firn", "node:fs", "./teams/a/team.ts"],
  },
  {
    file: "runtime/core/names.ts",
    refuses: ["#firn", "#ports/store", "../sql/dialect.ts", "node:fs", "zod", "randomUUID from node:crypto"],
    allows: ["./errors.ts", "createHash from node:crypto"],
  },
  {
    file: "runtime/declare.ts",
    refuses: ["#release", "#sql/dialect", "./core/names.ts", "node:fs"],
    allows: ["zod", "#core/names", "./declare/sources.ts"],
  },
  {
    file: "runtime/declare/sources.ts",
    refuses: ["#release", "#sql/dialect", "../core/names.ts", "node:fs"],
    allows: ["zod", "#core/names", "#firn"],
  },
  {
    file: "runtime/release.ts",
    refuses: ["#ports/store", "./declare.ts", "node:fs"],
    allows: ["#firn", "#core/names", "createHash from node:crypto"],
  },
  {
    file: "runtime/sql/duckdb.ts",
    refuses: ["#ledger/tables", "@duckdb/node-api", "../core/names.ts", "node:fs"],
    allows: ["./dialect.ts", "#core/columns", "#firn"],
  },
  {
    file: "runtime/merge/plan.ts",
    refuses: [
      "./run.ts",
      "#ports/warehouse",
      "#ledger/fence",
      "#window/plan",
      "../window/plan.ts",
      "node:fs",
      "zod",
    ],
    allows: [
      "./strategies/upsert.ts",
      "#core/batch",
      "#sql/statement",
      "#ledger/tables",
      "#firn",
      "#release",
    ],
  },
  {
    file: "runtime/merge/strategies/upsert.ts",
    refuses: ["../run.ts", "../../sql/cast.ts", "#ports/warehouse", "node:crypto"],
    allows: ["../plan.ts", "#core/batch", "#sql/statement"],
  },
  {
    file: "runtime/merge/run.ts",
    refuses: [
      "#adapters/stores/folder",
      "#worlds/local",
      "#window/plan",
      "#window/run",
      "#janitor/run",
      "../janitor/run.ts",
      "#orchestrate/local",
      "../window/plan.ts",
      "node:fs",
    ],
    allows: [
      "./plan.ts",
      "#core/batch",
      "#sql/statement",
      "#ledger/fence",
      "#ports/warehouse",
      "#firn",
      "#release",
      "zod",
    ],
  },
  {
    file: "runtime/load/handler.ts",
    refuses: ["#adapters/stores/s3", "#stacks", "node:fs"],
    allows: ["./run.ts", "#worlds/aws", "#release"],
  },
  {
    file: "runtime/janitor/plan.ts",
    refuses: ["./run.ts", "#ports/store", "#ledger/lease", "#merge/plan", "../merge/plan.ts", "node:fs"],
    allows: ["#core/batch", "#sql/tables", "#ledger/tables", "#firn", "#release"],
  },
  {
    file: "runtime/janitor/run.ts",
    refuses: ["#adapters/stores/folder", "#worlds/local", "#merge/run", "../merge/run.ts", "node:fs"],
    allows: ["./plan.ts", "#core/names", "#sql/tables", "#ledger/lease", "#ports/store", "zod"],
  },
  {
    file: "runtime/watch/canary.ts",
    refuses: ["./run.ts", "#ports/warehouse", "#ledger/fence", "#merge/plan", "../model/plan.ts", "node:fs"],
    allows: ["./credits.ts", "#core/models", "#sql/dialect", "#ledger/tables", "#firn", "#release"],
  },
  {
    file: "runtime/watch/run.ts",
    refuses: ["#adapters/alerts/file", "#worlds/local", "#merge/run", "../merge/run.ts", "node:fs"],
    allows: ["./canary.ts", "#core/models", "#ledger/tables", "#ports/alerts", "#firn", "#release", "zod"],
  },
  {
    file: "runtime/lineage/plan.ts",
    refuses: ["#ports/warehouse", "#worlds/local", "#model/plan", "../model/plan.ts", "node:fs", "zod"],
    allows: ["./graph.ts", "#core/errors", "#sql/tables", "#firn", "#release", "@polyglot-sql/sdk"],
  },
  {
    file: "runtime/prove/history/plan.ts",
    refuses: ["./run.ts", "#ports/store", "#model/node/run", "#merge/plan", "../../merge/plan.ts", "node:fs"],
    allows: ["../cut.ts", "#core/batch", "#sql/tables", "#model/dbt/graph", "#firn", "#release"],
  },
  {
    file: "runtime/prove/run.ts",
    refuses: [
      "#adapters/stores/folder",
      "#worlds/local",
      "#merge/run",
      "#model/run",
      "../merge/plan.ts",
      "node:fs",
    ],
    allows: ["./history/run.ts", "#merge/plan", "#model/node/run", "#ledger/fence", "#ports/store"],
  },
  {
    file: "runtime/ledger/fence.ts",
    refuses: ["#adapters/warehouses/duckdb", "#merge/plan", "../merge/plan.ts", "node:fs"],
    allows: ["./tables.ts", "#core/interval", "#sql/statement", "#ports", "#ports/warehouse", "#firn", "zod"],
  },
  {
    file: "runtime/ports/store.ts",
    refuses: ["#adapters/stores/folder", "#sql/duckdb", "../adapters/stores/folder.ts", "node:fs"],
    allows: ["./clock.ts", "#ports/clock", "#core/batch", "#sql/dialect", "#firn", "#release"],
  },
  {
    file: "runtime/adapters/warehouses/duckdb/index.ts",
    refuses: [
      "#worlds/local",
      "#merge/run",
      "#ledger/fence",
      "../../../core/names.ts",
      "../../../../stacks/index.ts",
      "commander",
    ],
    allows: [
      "#ports/warehouse",
      "#core/names",
      "#sql/duckdb",
      "../../packer/duckdb.ts",
      "node:fs/promises",
      "@duckdb/node-api",
      "@aws-sdk/client-secrets-manager",
    ],
  },
  {
    file: "runtime/orchestrate/local.ts",
    refuses: ["#worlds/local", "#adapters/stores/folder", "#merge/plan", "../merge/run.ts", "node:fs"],
    allows: [
      "./definition.ts",
      "#merge/run",
      "#ledger/lease",
      "#ports/clock",
      "#core/names",
      "aws-local-stepfunctions",
    ],
  },
  {
    file: "runtime/report/page.ts",
    refuses: ["#adapters/stores/folder", "#worlds/local", "node:fs"],
    allows: ["./lineage.ts", "#ports/warehouse", "#core/names"],
  },
  {
    file: "runtime/worlds/local.ts",
    refuses: ["#stacks", "../../demo/start.ts", "../core/names.ts", "../../test/support/skips.ts"],
    allows: ["#adapters/stores/folder", "#merge/run", "#release", "#firn", "node:fs"],
  },
  {
    file: "runtime/cli.js",
    refuses: ["#adapters/stores/folder", "#stacks/teams", "../demo/start.ts", "node:fs"],
    allows: ["./cli/main.ts", "#worlds/local", "commander"],
  },
  {
    file: "runtime/cli/status.ts",
    refuses: [
      "#adapters/stores/folder",
      "#merge/run",
      "../worlds/local.ts",
      "../../demo/start.ts",
      "undici",
      "node:fs",
    ],
    allows: ["./print.ts", "#worlds/local", "#stacks", "#lineage/plan", "#orchestrate/local", "picocolors"],
  },
  { file: "runtime/setup.js", refuses: ["picocolors", "./core/errors.ts"], allows: ["node:fs"] },
  {
    file: "infra/lake/component.ts",
    refuses: ["#worlds/aws", "#merge/plan", "../../stacks/teams/a/team.ts"],
    allows: ["./plan.ts", "#stacks", "#release", "#orchestrate/definition", "@pulumi/aws"],
  },
  {
    file: "infra/lake/plan.ts",
    refuses: ["@pulumi/aws", "./component.ts", "#worlds/aws", "#stacks", "node:fs", "../../stacks/index.ts"],
    allows: ["../scope.ts", "#firn", "#core/names", "#release", "#orchestrate/definition"],
  },
  {
    file: "policies/rules/encrypted.ts",
    refuses: ["#firn", "#core/names", "../../runtime/declare.ts"],
    allows: ["../rule.ts", "@pulumi/policy"],
  },
  {
    file: "demo/start.ts",
    refuses: [
      "#firn",
      "#worlds/local",
      "../runtime/cli.js",
      "../stacks/index.ts",
      "../test/support/skips.ts",
    ],
    allows: ["./api.ts", "node:http", "commander"],
  },
];

/** Reads of the clock, randomness and the environment, which only runtime/worlds may do. */
const reads = [
  "process.env.HOME",
  "Date.now()",
  "new Date()",
  "Date()",
  "Math.random()",
  "performance.now()",
  "crypto.randomUUID()",
  "globalThis.Date.now()",
];
const pure = ["new Date(0)", 'Date.parse("2024-01-15T00:00:00Z")', "Math.max(1, 2)"];
const withoutClock = [
  "runtime/core/a.ts",
  "runtime/merge/run.ts",
  "runtime/adapters/stores/a.ts",
  "runtime/cli/a.ts",
  "stacks/teams/a/b.ts",
  "infra/a.ts",
  "policies/a.ts",
];

interface Room {
  file: string;
  refuses: string[];
  allows: string[];
}

interface Diagnostic {
  category: string;
  location: { path: string; start: { line: number } };
}

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

describe("the rooms of the house", () => {
  let folder: string;
  /** Lines the linter refused, as "path:line category". */
  let refused: Set<string>;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "firn-rooms-"));
    cpSync(join(root, "biome.json"), join(folder, "biome.json"));
    cpSync(join(root, "test/house/worlds.grit"), join(folder, "test/house/worlds.grit"));
    cpSync(join(root, ".gitignore"), join(folder, ".gitignore"));
    for (const { file, refuses, allows } of rooms) {
      plant(file, [...refuses, ...allows].map(importing));
    }
    for (const file of [...withoutClock, "runtime/worlds/clock.ts"]) {
      plant(
        file,
        [...reads, ...pure].map((read, i) => `export const x${i} = ${read};`),
        "-reads",
      );
    }
    refused = lint();
  });

  after(() => rmSync(folder, { recursive: true }));

  for (const { file, refuses, allows } of rooms) {
    it(`${file} may not import ${refuses.join(", ")}`, () => {
      const passed = refuses.filter(
        (_, i) => !refused.has(`${file}:${i + 1} lint/style/noRestrictedImports`),
      );
      assert.deepEqual(passed, []);
    });

    it(`${file} may import ${allows.join(", ")}`, () => {
      const stopped = allows.filter((_, i) =>
        refused.has(`${file}:${refuses.length + i + 1} lint/style/noRestrictedImports`),
      );
      assert.deepEqual(stopped, []);
    });
  }

  it("a dynamic import, a re-export and a type import are refused like any other", () => {
    plant("runtime/core/forms.ts", [
      'export const a = import("#firn");',
      'export { b } from "#firn";',
      'export type { C } from "#firn";',
      'import type { D } from "#firn";',
    ]);
    const found = [...lint()].filter((at) => /forms.*noRestrictedImports/.test(at));
    assert.deepEqual(
      found.sort(),
      [1, 2, 3, 4].map((line) => `runtime/core/forms.ts:${line} lint/style/noRestrictedImports`),
    );
  });

  it("every folder and file of runtime belongs to a room", () => {
    const known = new Set(
      rooms.map(({ file }) => file.split("/")).flatMap(([top, room]) => (top === "runtime" ? [room] : [])),
    );
    const stages = ["window", "extract", "load", "check", "merge", "model", "watch", "backfill"];
    const homeless = readdirSync(join(root, "runtime")).filter(
      (name) => !known.has(name) && !stages.includes(name),
    );
    assert.deepEqual(homeless, [], "Give it a room: a line in biome.json and in this test.");
  });

  for (const file of withoutClock) {
    it(`${dirname(file)} reads no clock, randomness or environment`, () => {
      assert.deepEqual(
        linesRefused(suffixed(file, "-reads")),
        reads.map((_, i) => i + 1),
      );
    });
  }

  it("runtime/worlds reads the clock, randomness and the environment", () => {
    assert.deepEqual(linesRefused("runtime/worlds/clock-reads.ts"), []);
  });

  function plant(file: string, lines: string[], suffix = ""): void {
    const path = join(folder, suffixed(file, suffix));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${lines.join("\n")}\n`);
  }

  function lint(): Set<string> {
    const biome = join(root, "node_modules/.bin/biome");
    const run = spawnSync(biome, ["lint", "--reporter=json", "--max-diagnostics=none"], {
      cwd: folder,
      encoding: "utf8",
    });
    assert.equal(run.status, 1, `The linter should have refused something: ${run.stderr}`);
    const { diagnostics } = JSON.parse(run.stdout) as { diagnostics: Diagnostic[] };
    return new Set(
      diagnostics.map(({ category, location }) => `${location.path}:${location.start.line} ${category}`),
    );
  }

  function linesRefused(file: string): number[] {
    const lines = [...refused]
      .filter((at) => at.startsWith(`${file}:`))
      .map((at) => Number.parseInt(at.slice(file.length + 1), 10));
    return [...new Set(lines)].sort((a, b) => a - b);
  }
});

/** An import statement from its short form, `path` or `name from path`. */
function importing(what: string): string {
  const [path = "", name] = what.split(" from ").reverse();
  return name === undefined ? `import "${path}";` : `export { ${name} } from "${path}";`;
}

function suffixed(file: string, suffix: string): string {
  return file.replace(/(?=\.\w+$)/, suffix);
}

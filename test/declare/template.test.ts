import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import ts from "typescript";
import { parseStacks } from "#firn";
import { loadStacks } from "#stacks";
import { exampleHttp } from "../../stacks/template/pipelines/example_http.ts";
import { template } from "../../stacks/template/team.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const files = globSync("stacks/template/**/*.ts", { cwd: root }).map((path) => join(root, path));

describe("the template of a team", function () {
  this.timeout(60_000);

  it("is checked by the compiler with everything else, and right", () => {
    const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
    const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, root);
    assert.ok(files.length >= 3);
    assert.deepEqual(
      files.filter((path) => !fileNames.includes(path)),
      [],
    );
    const program = ts.createProgram(files, options);
    const problems = files.flatMap((path) => program.getSemanticDiagnostics(program.getSourceFile(path)));
    assert.deepEqual(
      problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n")),
      [],
    );
  });

  it("declares nothing that contradicts itself, in the pipeline it does not list either", () => {
    const { environment } = loadStacks("local");
    const connections = { example_inbox: "inbox", example_api: "http://127.0.0.1:1" };
    const pipelines = [...template.pipelines, exampleHttp];
    const { teams } = parseStacks({
      environment: { ...environment, connections },
      teams: [{ ...template, pipelines }],
    });
    assert.deepEqual(
      teams.map(({ pipelines: parsed }) => parsed.length),
      [2],
    );
  });

  it("is loaded by nobody as it lies there", () => {
    const loaded = loadStacks("local").teams.map(({ name }) => name);
    assert.ok(!loaded.includes("template"), loaded.join(", "));
  });

  it("copied, named and given its address, runs to silver", async () => {
    const copy = mkdtempSync(join(tmpdir(), "firn-template-"));
    try {
      for (const each of ["package.json", "infra", "runtime", "stacks"])
        cpSync(join(root, each), join(copy, each), { recursive: true });
      symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
      follow(copy);
      const firn = async (...args: string[]) => {
        const { stdout } = await promisify(execFile)(
          process.execPath,
          ["runtime/cli.js", "--json", ...args],
          {
            cwd: copy,
            env: { ...process.env, FIRN_NOW: "2024-01-17T06:00:00Z" },
          },
        );
        return JSON.parse(stdout);
      };
      const [ran] = (await firn("run", "helpdesk.example")).pipelines;
      assert.deepEqual(
        [ran.outcome, ran.extracted, ran.quarantined, ran.merged],
        ["done", 6, 1, 3],
        JSON.stringify(ran),
      );
      const { rows } = await firn(
        "sql",
        'SELECT ticket_id, title, hours::VARCHAR AS hours, opened_on::VARCHAR AS opened_on, status, length(requester) AS token, "_deleted" AS gone FROM helpdesk.silver.example ORDER BY 1',
      );
      const opened = { opened_on: "2024-01-15", token: 64 };
      assert.deepEqual(rows, [
        ...[
          { ticket_id: 1, title: "The printer is on fire", hours: "3.25", status: "closed", gone: false },
          { ticket_id: 2, title: "A new keyboard", hours: null, status: "open", gone: false },
          { ticket_id: 3, title: "Sent by mistake", hours: "0.00", status: "withdrawn", gone: true },
        ].map((row) => ({ ...row, ...opened })),
      ]);
      const [again] = (await firn("run", "helpdesk.example")).pipelines;
      assert.deepEqual([again.outcome, again.extracted], ["done", 0]);
    } finally {
      rmSync(copy, { recursive: true });
    }
  });
});

/** Does what the comment in the template's team.ts says, for a team "helpdesk". */
function follow(project: string): void {
  const stacks = join(project, "stacks");
  cpSync(join(stacks, "template"), join(stacks, "teams/helpdesk"), { recursive: true });
  const edit = (path: string, what: string | RegExp, by: string) => {
    const before = readFileSync(join(stacks, path), "utf8");
    const after = before.replace(what, by);
    assert.notEqual(after, before, `${path} holds no ${what}`);
    writeFileSync(join(stacks, path), after);
  };
  edit(
    "teams/helpdesk/team.ts",
    'export const template = team({ name: "template"',
    'export const helpdesk = team({ name: "helpdesk"',
  );
  edit("index.ts", "\n\nconst", '\nimport { helpdesk } from "./teams/helpdesk/team.ts";\n\nconst');
  edit("index.ts", /teams: \[/, "teams: [helpdesk, ");
  edit(
    "environments/local.ts",
    "connections: {",
    'connections: { example_inbox: "stacks/teams/helpdesk/sample",',
  );
}

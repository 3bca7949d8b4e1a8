import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { binary, type Ended, openBench } from "./support.ts";

describe("what the command line refuses", function () {
  this.timeout(30_000);
  const bench = openBench();
  after(() => bench.close());

  refuses("an unknown command", ["staus"], "cli.usage", /Did you mean status\?/);
  refuses("an unknown option", ["status", "--jsn"], "cli.usage", /Did you mean --json\?/);
  refuses(
    "a pipeline that is not declared",
    ["run", "lerner_activity"],
    "cli.usage",
    /Did you mean learner_activity\?/,
  );
  refuses(
    "a team that is not declared",
    ["sql", "SELECT 1", "--team", "comerce"],
    "cli.usage",
    /Did you mean commerce\?/,
  );
  refuses(
    "an environment that there is not",
    ["status", "--env", "locl"],
    "environment.unknown",
    /Choose one of local, dev/,
  );
  refuses("an environment it cannot work in", ["status", "--env", "prod"], "cli.usage", /no adapters/);
  refuses(
    "a table that does not exist",
    ["digest", "silver.odrers"],
    "cli.usage",
    /Did you mean silver\.orders/,
  );
  refuses(
    "a limit of no rows",
    ["quarantine", "show", "orders", "--limit", "0"],
    "cli.usage",
    /whole number from 1/,
  );
  refuses("a batch that is no batch", ["replay", "orders", "--batch", "x"], "cli.usage", /names no batch/);
  refuses(
    "a batch that was never landed",
    ["replay", "orders", "--batch", "9"],
    "batch.unknown",
    /has no manifest/,
  );
  refuses("a query that writes", ["sql", "CREATE TABLE x AS SELECT 1"], "sql.refused", /of the kind CREATE/);

  function refuses(what: string, args: string[], code: string, saying: RegExp): void {
    it(`refuses ${what} with ${code}, saying what, why and how to fix it`, async () => {
      const ended = await bench.firn(...args);
      assertTold(ended, code);
      assert.match(ended.stderr, saying);
      assert.equal(ended.code, 2);
      assert.equal(ended.stdout, "");
    });
  }

  it("prints an error as one JSON document, too, and a stack trace only with --debug", async () => {
    const [json, debug] = await Promise.all([
      bench.firn("run", "nothing", "--json"),
      bench.firn("run", "nothing", "--debug"),
    ]);
    assert.deepEqual(Object.keys(JSON.parse(json.stdout).error), ["code", "blame", "what", "why", "fix"]);
    assert.doesNotMatch(json.stderr, stackLine);
    assert.match(debug.stderr, stackLine);
  });

  it("tries every pipeline although one fails, and ends with the worst of their codes", async () => {
    const server = createServer((_, response) => response.writeHead(401).end()).listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      const ended = await bench.firnWith(
        { ...platformAt(server), FIRN_CONNECTION_ORDERS_INBOX: `${bench.folder}/no-such-folder` },
        ...["run", "--dir", `${bench.folder}/failing`],
      );
      assert.match(ended.stdout, /^firn: environment\.invalid in commerce\.orders$/m);
      assert.match(ended.stdout, /^firn: source\.refused in learning\.learner_activity$/m);
      assert.equal(ended.code, 2);
      assert.doesNotMatch(ended.stdout + ended.stderr, stackLine);
      assert.match(ended.stderr, /^ALERT error source\.refused learning\.learner_activity: /m);
    } finally {
      server.close();
    }
  });

  it("says at Ctrl-C that running again resumes, and ends with 130", async () => {
    const server = createServer(() => {}).listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      const args = [binary, "run", "learner_activity", "--dir", `${bench.folder}/stopped`];
      const env = { ...process.env, FIRN_NOW: "2013-02-01T06:00:00Z", ...platformAt(server) };
      const child = spawn(process.execPath, args, { env, stdio: ["ignore", "ignore", "pipe"] });
      let stderr = "";
      child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
      await once(server, "request");
      child.kill("SIGINT");
      const [code] = await once(child, "close");
      assert.equal(code, 130);
      assert.match(stderr, /^firn: stopped by SIGINT\. Nothing is lost: running again resumes/m);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it("tells an old Node from a new one in a sentence", async () => {
    const old = "Object.defineProperty(process, 'versions', { value: { node: '20.19.0' } })";
    const ended = await bench.node("--import", `data:text/javascript,${old}`, binary, "status");
    assertTold(ended, "environment.invalid");
    assert.match(ended.stderr, /Firn runs on Node 22\.18 or later/);
    assert.equal(ended.code, 2);
  });

  it("explains every command with two examples, and the exit codes", async () => {
    const commands = [
      ["run"],
      ["plan"],
      ["status"],
      ["replay"],
      ["quarantine"],
      ["quarantine", "list"],
      ["quarantine", "show"],
      ["quarantine", "replay"],
      ["janitor"],
      ["sql"],
      ["digest"],
    ];
    const told = await Promise.all(commands.map((command) => bench.firn(...command, "--help")));
    for (const [at, { stdout, code }] of told.entries()) {
      const command = commands[at]?.join(" ");
      assert.ok((stdout.match(new RegExp(`^  npx firn ${command}\\b`, "gm")) ?? []).length >= 2, stdout);
      assert.match(stdout, /--json/);
      assert.equal(code, 0);
    }
    const { stdout } = await bench.firn("--help");
    for (const code of ["0", "1", "2", "3", "130"]) assert.match(stdout, new RegExp(`^  ${code} +\\w`, "m"));
  });

  it("works from any folder", async () => {
    const below = `${bench.folder}/below`;
    mkdirSync(below);
    const ended = await bench.firn("sql", "SELECT 42 AS answer");
    assert.equal(ended.stdout, "answer\n42\n\n(1 row)\n");
  });

  function platformAt(server: { address(): AddressInfo | string | null }) {
    const { port } = server.address() as AddressInfo;
    return {
      FIRN_CONNECTION_LEARNING_PLATFORM: `http://127.0.0.1:${port}`,
      FIRN_SECRET_LEARNING_PLATFORM_TOKEN: "token",
    };
  }
});

const stackLine = /^\s+at .+:\d+:\d+\)?$/m;

function assertTold({ stderr }: Ended, code: string): void {
  assert.match(
    stderr,
    new RegExp(`^firn: ${code.replace(".", "\\.")}\n  what: .+\n  why:  .+\n  fix:  .+\n$`),
  );
  assert.doesNotMatch(stderr, stackLine);
}

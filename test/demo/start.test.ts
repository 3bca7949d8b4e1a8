import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { temporaryFolder } from "./support.ts";

const start = join(import.meta.dirname, "../../demo/start.ts");

/**
 * What stands in for the public command: it calls the platform once, tells what it was given, and ends as
 * `ENDS` says; `ENDS=waits` has it wait until it is stopped, or alone.
 */
const command = `
  const url = process.env.FIRN_CONNECTION_LEARNING_PLATFORM + "/v1/activities?limit=1";
  const headers = { Authorization: "Bearer " + process.env.FIRN_SECRET_LEARNING_PLATFORM_TOKEN };
  const { status } = await fetch(url, { headers });
  const { FIRN_NOW: now, FIRN_CONNECTION_ORDERS_INBOX: inbox, ENDS: ends } = process.env;
  console.log(JSON.stringify({ args: process.argv.slice(2), now, inbox, url, status }));
  if (ends === "waits") {
    process.on("SIGTERM", () => process.exit(7));
    const parent = process.ppid;
    setInterval(() => process.ppid === parent || process.exit(8), 50);
  } else {
    process.exit(Number(ends ?? 0));
  }
`;

interface Seen {
  args: string[];
  now: string;
  inbox: string;
  url: string;
  status: number;
}

describe("npm start", () => {
  const folder = temporaryFolder();
  const firn = join(folder, ".firn");
  before(() => {
    mkdirSync(join(folder, "runtime"));
    writeFileSync(join(folder, "runtime", "cli.js"), command);
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  });

  it("plays day 1, and hands the command its time, its inbox and a token that the platform takes", async () => {
    const { code, seen, stdout, stderr } = await run([]);
    assert.equal(code, 0);
    assert.deepEqual(seen.args, ["run"]);
    assert.equal(seen.now, "2013-11-15T06:00:00.000Z");
    assert.equal(seen.status, 200);
    assert.ok(existsSync(join(seen.inbox, "orders-2010-12-01.csv")));
    assert.match(stdout, /^Day 1, 2013-11-15 06:00 UTC: .*missing/);
    assert.match(stdout, /Run npm start again for day 2\.\n$/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a pipe must get none of them
    assert.doesNotMatch(stdout + stderr, /[\u0000-\u0009\u000b-\u001f\u007f]/);
  });

  it("repeats a day whose run failed, ends with the command's code, and leaves no platform behind", async () => {
    const failed = await run([], { ENDS: "3" });
    assert.equal(failed.code, 3);
    assert.match(failed.stdout, /Day 2 did not succeed; npm start runs it again\./);
    assert.equal(await isListening(failed.seen.url), false);
    assert.equal(readDay(), 1);
  });

  it("prints only the command's JSON with --json, and tells the rest aside", async () => {
    const { code, stdout, stderr, seen } = await run(["--json"]);
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(stdout), seen);
    assert.deepEqual(seen.args, ["run", "--json"]);
    assert.equal(seen.now, "2013-11-16T06:00:00.000Z");
    assert.match(stderr, /^Day 2/);
    assert.equal(readDay(), 2);
  });

  it("passes on what stops it, and stops the platform too", async () => {
    const child = spawnStart([], { ENDS: "waits" });
    const { url } = await untilCalled(child);
    child.kill("SIGTERM");
    assert.deepEqual(await once(child, "exit"), [7, null]);
    assert.equal(await isListening(url), false);
    assert.equal(readDay(), 2);
  });

  it("leaves no platform behind even when it is killed outright", async () => {
    const child = spawnStart([], { ENDS: "waits" });
    const { url } = await untilCalled(child);
    child.kill("SIGKILL");
    const until = performance.now() + 5_000;
    while ((await isListening(url)) && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.equal(await isListening(url), false);
  });

  it("begins again at day 1 with --fresh, with as many rows as asked for", async () => {
    writeFileSync(join(firn, "warehouse.duckdb"), "old");
    const { stdout } = await run(["--fresh", "--rows", "500"]);
    assert.match(stdout, /^Day 1/);
    assert.equal(existsSync(join(firn, "warehouse.duckdb")), false);
    assert.equal(readFileSync(join(firn, "demo.json"), "utf8"), '{"day":1,"rows":500}\n');
  });

  it("does not change the source under a pipeline that has begun", async () => {
    const { code, stderr } = await run(["--rows", "600"]);
    assert.equal(code, 1);
    assert.match(stderr, /begun with --rows 500[\s\S]*--fresh/);
  });

  for (const [args, words] of [
    [["--frsh"], /unknown option '--frsh'[\s\S]*--help/],
    [["--rows", "0"], /'0' is invalid.*positive whole number/],
    [["--rows", "1e6"], /'1e6' is invalid.*positive whole number/],
    [["--data", "nowhere"], /nowhere lacks oulad\/studentVle_first1048575\.parquet/],
  ] as const) {
    it(`says in words what is wrong with ${args.join(" ")}`, async () => {
      const { code, stderr } = await run(args);
      assert.equal(code, 1);
      assert.match(stderr, words);
      assert.doesNotMatch(stderr, /^\s+at /m);
    });
  }

  async function run(args: readonly string[], env: Record<string, string> = {}) {
    const child = spawnStart(args, env);
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "exit") as Promise<[number | null]>,
    ]);
    return { code, stdout, stderr, seen: stdout.includes('"status"') ? seenIn(stdout) : ({} as Seen) };
  }

  function spawnStart(args: readonly string[], env: Record<string, string>): ChildProcessWithoutNullStreams {
    return spawn(process.execPath, [start, ...args], { cwd: folder, env: { ...process.env, ...env } });
  }

  function readDay(): number {
    return JSON.parse(readFileSync(join(firn, "demo.json"), "utf8")).day;
  }
});

describe("npm start -- --fresh", () => {
  const folder = temporaryFolder();
  before(() => {
    mkdirSync(join(folder, "runtime"));
    writeFileSync(join(folder, "runtime", "cli.js"), "process.exit(0)");
  });

  it("does not delete a .firn folder that holds what Firn never put there", async () => {
    mkdirSync(join(folder, ".firn"));
    writeFileSync(join(folder, ".firn", "thesis.txt"), "three years");
    const child = spawn(process.execPath, [start, "--fresh"], { cwd: folder });
    const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
    assert.equal(code, 1);
    assert.match(stderr, /was not deleted[\s\S]*thesis\.txt/);
    assert.ok(existsSync(join(folder, ".firn", "thesis.txt")));
  });

  it("does not follow a link to a folder elsewhere", async () => {
    const elsewhere = join(folder, "elsewhere");
    const linked = join(folder, "linked");
    mkdirSync(join(linked, "runtime"), { recursive: true });
    mkdirSync(elsewhere);
    writeFileSync(join(linked, "runtime", "cli.js"), "process.exit(0)");
    writeFileSync(join(elsewhere, "demo.json"), '{"day":4}');
    symlinkSync(elsewhere, join(linked, ".firn"));
    const child = spawn(process.execPath, [start, "--fresh"], { cwd: linked });
    assert.equal((await once(child, "exit"))[0], 1);
    assert.ok(existsSync(join(elsewhere, "demo.json")));
  });
});

/** Waits until the command has called the platform and told what it was given. */
async function untilCalled(child: ChildProcessWithoutNullStreams): Promise<Seen> {
  let stdout = "";
  while (!/"status":\d+\}\n/.test(stdout)) {
    const [bytes] = (await once(child.stdout, "data")) as [Buffer];
    stdout += bytes.toString();
  }
  child.stdout.resume();
  return seenIn(stdout);
}

function seenIn(stdout: string): Seen {
  return JSON.parse(stdout.split("\n").find((line) => line.startsWith("{")) ?? "{}");
}

function isListening(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLocalSecrets } from "#adapters/secrets/local";
import { type Input, readHidden } from "../../runtime/cli/hidden.ts";
import { binary } from "./support.ts";

const canary = 'tk-canary-77"\\ü';

describe("firn secrets on a laptop", function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "firn-secrets-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("sets what standard input gives, for runs to read, in a file of the user's own, and prints it nowhere", async () => {
    const before = await firn("", "--json", "secrets", "list");
    assert.equal(heldOf(before.stdout, "learning_platform_token"), "empty");
    const set = await firn(`${canary}\n`, "secrets", "set", "learning_platform_token", "--team", "learning");
    assert.equal(set.code, 0, set.stderr);
    const after = await firn("", "--json", "secrets", "list");
    assert.equal(heldOf(after.stdout, "learning_platform_token"), "set");
    assert.ok(![set, after].some(({ stdout, stderr }) => `${stdout}${stderr}`.includes("canary")));
    assert.equal(await openLocalSecrets(folder, {}, () => "").get("learning_platform_token"), canary);
    assert.equal(statSync(join(folder, "secrets.json")).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(folder), ["secrets.json"]);
  });

  it("keeps the other values", async () => {
    await firn("one", "secrets", "set", "learning_platform_token");
    await firn("two", "secrets", "set", "learning_pii_key");
    assert.deepEqual(JSON.parse(readFileSync(join(folder, "secrets.json"), "utf8")), {
      learning_platform_token: "one",
      learning_pii_key: "two",
    });
  });

  it("exchanges no PII key unasked", async () => {
    await firn("one", "secrets", "set", "learning_pii_key");
    const again = await firn("two", "secrets", "set", "learning_pii_key");
    assert.equal(again.code, 2);
    assert.match(again.stderr, /equal values would no longer have equal tokens/);
    assert.equal((await firn("two", "secrets", "set", "learning_pii_key", "--replace")).code, 0);
  });

  it("refuses a name that nothing declares, an empty value, one that is too long, and one as an argument", async () => {
    const unknown = await firn("x", "secrets", "set", "learning_platform_tokn");
    assert.match(unknown.stderr, /cli\.usage[\s\S]*Did you mean learning_platform_token\?/);
    assert.match((await firn("", "secrets", "set", "learning_platform_token")).stderr, /There is no value/);
    const long = await firn("x".repeat(65_537), "secrets", "set", "learning_platform_token");
    assert.match(long.stderr, /65537 bytes/);
    const argument = await firn("", "secrets", "set", "learning_platform_token", canary);
    assert.equal(argument.code, 2);
    assert.deepEqual(readdirSync(folder), []);
  });

  async function firn(input: string, ...args: string[]) {
    const child = spawn(process.execPath, [binary, "--dir", folder, ...args]);
    const ended = { code: 0, stdout: "", stderr: "" };
    child.stdout.on("data", (chunk: Buffer) => (ended.stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (ended.stderr += chunk.toString()));
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    [ended.code] = (await once(child, "close")) as [number];
    return ended;
  }
});

describe("a value typed at a terminal", () => {
  const read = async (...chunks: (string | Buffer)[]) => {
    const raw: boolean[] = [];
    let shown = "";
    const input: Input = {
      isTTY: true,
      setRawMode: (on) => raw.push(on),
      async *[Symbol.asyncIterator]() {
        yield* chunks;
      },
    };
    const output = { write: (text: string) => (shown += text) };
    const value = await readHidden("Value: ", input, output).finally(() =>
      assert.deepEqual(raw, [true, false]),
    );
    return { value, shown };
  };

  it("is what stands before Enter, without what was taken back, and is not shown", async () => {
    const ü = Buffer.from("ü");
    assert.deepEqual(await read("ab", "x\u007f", ü.subarray(0, 1), ü.subarray(1), "\rrest"), {
      value: "abü",
      shown: "Value: \n",
    });
  });

  it("is not taken where Ctrl-C ended it, and the terminal shows again what is typed", async () => {
    await assert.rejects(read("ab", "\u0003"), { code: "cli.usage" });
  });
});

function heldOf(json: string, name: string): string | undefined {
  const { secrets } = JSON.parse(json) as { secrets: { name: string; held: string }[] };
  return secrets.find((each) => each.name === name)?.held;
}

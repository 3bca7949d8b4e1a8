import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildArchives, bundle } from "#infra/archives/build";
import { fetchNative, readNative } from "#infra/archives/native";
import {
  type Archive,
  type ArchiveName,
  archiveNames,
  archives,
  hashOf,
  problemsOf,
  requireNoProblems,
} from "#infra/archives/plan";
import { firstModelState, firstState } from "#release";

const root = dirname(dirname(import.meta.dirname));
const release = "ab".repeat(32);
const variables = {
  FIRN_ENVIRONMENT: "dev",
  FIRN_TEAM: "learning",
  FIRN_LAKE: "a-bucket",
  FIRN_RELEASE: release,
};

describe("the archives of the functions", function () {
  this.timeout(120_000);
  let built: Record<ArchiveName, Archive>;

  before(async () => {
    built = await buildArchives(root);
  });

  it("have the same bytes twice, and hold nothing of where the project lies", async () => {
    const [once, twice] = [await bundle(root, archives), await bundle(root, archives)];
    for (const name of archiveNames) {
      assert.deepEqual(Object.keys(once[name].files), Object.keys(twice[name].files));
      assert.equal(hashOf(once[name].files), hashOf(twice[name].files));
      for (const bytes of Object.values(once[name].files))
        assert.ok(!Buffer.from(bytes).includes(root), name);
    }
    assert.deepEqual(await buildArchives(root), built);
  });

  it("carry DuckDB only where it packs, for the machine that functions run on", () => {
    const native = "node_modules/@duckdb/node-bindings-linux-arm64";
    for (const name of archiveNames) {
      const files = readdirSync(built[name].folder, { recursive: true, encoding: "utf8" });
      assert.equal(
        files.some((path) => path.includes("duckdb")),
        name === "extract",
        name,
      );
    }
    const elf = readFileSync(join(built.extract.folder, native, "duckdb.node")).subarray(0, 20);
    // e_machine 183 is AArch64.
    assert.deepEqual([elf.subarray(1, 4).toString(), elf.readUInt16LE(18)], ["ELF", 183]);
  });

  it("are refused where one carries the other warehouse's driver, or what is of a laptop", async () => {
    const folder = mkdtempSync(join(root, "node_modules", ".firn-planted-"));
    try {
      const entry = join(folder, "handler.ts");
      writeFileSync(
        entry,
        'import { DuckDBInstance } from "@duckdb/node-api"; export const handler = () => DuckDBInstance;',
      );
      const { planted } = await bundle(root, { planted: { entry } });
      assert.deepEqual(problemsOf("planted", { carries: ["snowflake"] }, planted.inputs), [
        "planted carries the driver of duckdb",
      ]);
      assert.deepEqual(problemsOf("planted", { carries: ["duckdb"] }, planted.inputs), []);
      assert.throws(() => requireNoProblems(problemsOf("planted", { carries: [] }, planted.inputs)), {
        code: "internal.bug",
      });
      assert.match(
        problemsOf("x", { carries: [] }, ["node_modules/snowflake-sdk/index.js"]).join(),
        /snowflake/,
      );
      assert.match(problemsOf("x", { carries: [] }, ["infra/index.ts"]).join(), /infra\/index\.ts/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("have a hash that each byte, name and package of theirs changes, and their order does not", () => {
    const bytes = (text: string) => new TextEncoder().encode(text);
    const hash = hashOf({ a: bytes("1"), b: bytes("2") }, ["p 1"]);
    assert.equal(hashOf({ b: bytes("2"), a: bytes("1") }, ["p 1"]), hash);
    for (const other of [
      hashOf({ a: bytes("1"), b: bytes("3") }, ["p 1"]),
      hashOf({ a: bytes("1"), c: bytes("2") }, ["p 1"]),
      hashOf({ a: bytes("1"), b: bytes("2") }, ["p 2"]),
    ])
      assert.notEqual(other, hash);
  });

  it("refuse a DuckDB that is not the lockfile's, or cannot be had", async () => {
    const kept = mkdtempSync(join(tmpdir(), "firn-native-"));
    try {
      const absent = { ...readNative(root), version: "0.0.0-none" };
      await assert.rejects(fetchNative(absent, kept), {
        code: "infra.config",
        message: /linux-arm64.*npm run build/s,
      });
      const forged = { ...readNative(root), integrity: "sha512-another" };
      await assert.rejects(fetchNative(forged, kept), {
        code: "infra.config",
        message: /not what the lockfile names/,
      });
      assert.deepEqual(readdirSync(kept), []);
    } finally {
      rmSync(kept, { recursive: true });
    }
  });

  for (const name of archiveNames.filter((each) => each !== "forward")) {
    it(`load and refuse by name what is not built yet, as Step Functions is to hear it: ${name}`, () => {
      const exported = name === "model" ? "select" : "handler";
      const of = { team: "learning", release, run: "x" };
      const event =
        exported === "select" || name === "watch"
          ? firstModelState(of)
          : firstState({ ...of, pipeline: "p" });
      const failure = call(built[name], exported, name === "waker" ? { Records: [] } : event, variables);
      assert.match(failure.message, /adapter stores\/s3 is not built yet/);
      if (name !== "waker" && name !== "heartbeat") assert.equal(failure.name, "Firn.config");
    });
  }

  it("load and refuse by name what is not built yet: forward", () => {
    const event = { Records: [{ Sns: { Subject: "s", Message: "m" } }] };
    const failure = call(built.forward, "handler", event, { FIRN_ENVIRONMENT: "dev", FIRN_TARGETS: "slack" });
    assert.match(failure.message, /secretsmanager/);
  });

  it("say what a function is not told", () => {
    const failure = call(
      built.load,
      "handler",
      firstState({ team: "t", pipeline: "p", release, run: "x" }),
      {},
    );
    assert.match(failure.message, /environment\.invalid.*FIRN_ENVIRONMENT/s);
  });
});

/** Calls a bundled handler in a process of its own, away from the project, as Lambda would. */
function call(
  { folder }: Archive,
  handler: string,
  event: unknown,
  env: Record<string, string>,
): { name: string; message: string } {
  const cwd = mkdtempSync(join(tmpdir(), "firn-call-"));
  const script = `
    const { ${handler}: handler } = await import(${JSON.stringify(pathToFileURL(join(folder, "index.mjs")).href)});
    try { await handler(${JSON.stringify(event)}); console.log("{}"); }
    catch ({ name, message }) { console.log(JSON.stringify({ name, message })); }`;
  const out = execFileSync(process.execPath, ["--input-type=module", "--eval", script], {
    cwd,
    env,
    encoding: "utf8",
  });
  rmSync(cwd, { recursive: true });
  return JSON.parse(out) as { name: string; message: string };
}

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What mocha says of a file with one skip in a test, one in a `before` hook, and a test that runs. */
describe("skipping a test", () => {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "firn-skips-"));
    writeFileSync(
      join(folder, "a.test.ts"),
      `import { skipUnless } from ${JSON.stringify(join(root, "test/support/skips.ts"))};
      it("one", () => { skipUnless(false, "no emulator"); throw new Error("went on"); });
      describe("two", () => { before(function () { skipUnless.call(this, false, "no kafka"); }); it("three", () => { throw new Error("went on"); }); });
      it("four", () => skipUnless(true, "never printed"));`,
    );
  });

  after(() => rmSync(folder, { recursive: true }));

  it("prints the reason, and the rest goes on", () => {
    const { status, stdout } = mocha({ CI: "" });
    assert.equal(status, 0, stdout);
    assert.match(stdout, /skipped: no emulator[\s\S]*skipped: no kafka/);
    assert.match(stdout, /1 passing[\s\S]*2 pending/);
    assert.doesNotMatch(stdout, /never printed/);
  });

  it("is a failure where CI=true", () => {
    const { status, stdout } = mocha({ CI: "true" });
    assert.equal(status, 2, stdout);
    assert.match(stdout, /nothing may be skipped, and this would be: no emulator/);
  });

  it("is counted, beside what passed and failed, in the file a script asks for", () => {
    const countsFile = join(folder, "counts.txt");
    const reporter = ["--reporter", "./test/support/spec-and-counts.ts"];
    const { stdout } = mocha({ CI: "" }, [...reporter, "--reporter-option", `countsFile=${countsFile}`]);
    assert.match(stdout, /1 passing/);
    assert.equal(readFileSync(countsFile, "utf8"), "1 0 2\n");
  });

  function mocha(env: Record<string, string>, options: string[] = []) {
    const bin = join(root, "node_modules/mocha/bin/mocha.js");
    const all = [
      bin,
      "--no-config",
      "--require",
      join(root, "test/support/skips.ts"),
      ...options,
      join(folder, "a.test.ts"),
    ];
    return spawnSync(process.execPath, all, { cwd: root, encoding: "utf8", env: { ...process.env, ...env } });
  }
});

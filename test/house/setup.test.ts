import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** setup.js in a folder of its own, where the npm it calls is a script that lays `node_modules` as told. */
describe("the setup before npm start, npm test and the rest", () => {
  const lock = { a: { version: "1.0.0" }, elsewhere: { version: "1.0.0", optional: true } };
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "firn-setup-"));
    cpSync(
      fileURLToPath(new URL("../../runtime/setup.js", import.meta.url)),
      join(folder, "runtime/setup.js"),
    );
    write("package.json", '{ "type": "module" }');
    write("package-lock.json", lockfile(lock));
    installs({ a: { version: "1.0.0" } });
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it("installs in a fresh clone, and says in one line what, why and how long", () => {
    const { status, output } = setUp();
    assert.equal(status, 0, output);
    assert.match(output, /^firn: installing packages, as this is a fresh clone, .* done after \d+ s\n$/);
  });

  it("says nothing and installs nothing the second time", () => {
    setUp();
    assert.deepEqual(setUp(), { status: 0, output: "" });
  });

  it("installs again where the lockfile has changed, whatever the files' times are", () => {
    setUp();
    write("package-lock.json", lockfile({ a: { version: "1.0.1" } }));
    installs({ a: { version: "1.0.1" } });
    assert.match(setUp().output, /as package-lock\.json has changed/);
  });

  it("installs again where an optional package is of another version", () => {
    write("node_modules/.package-lock.json", lockfile({ ...lock, elsewhere: { version: "0.9.0" } }));
    assert.match(setUp().output, /as package-lock\.json has changed/);
  });

  it("installs again where an installation was cut short", () => {
    mkdirSync(join(folder, "node_modules"));
    assert.match(setUp().output, /as an earlier installation was not completed/);
  });

  it("leaves packages alone that someone added for an experiment", () => {
    write("node_modules/.package-lock.json", lockfile({ ...lock, mine: { version: "1.0.0" } }));
    assert.deepEqual(setUp(), { status: 0, output: "" });
  });

  it("stops with npm's own words where npm fails", () => {
    write("npm.js", 'console.error("npm error code ENOTFOUND"); process.exit(1);');
    const { status, output } = setUp();
    assert.equal(status, 1);
    assert.match(output, /could not be installed\.\n {2}why: npm error code ENOTFOUND\n {2}fix: /);
  });

  it("stops where npm succeeds but leaves a package out", () => {
    installs({});
    const { status, output } = setUp();
    assert.equal(status, 1);
    assert.match(output, /npm reported success, yet/);
    assert.ok(existsSync(join(folder, "node_modules")));
  });

  for (const [version, verdict] of [
    ["v20.20.2", 1],
    ["v22.17.1", 1],
    ["v22.18.0", 0],
    ["v23.5.0", 1],
    ["v24.0.0", 0],
  ] as const) {
    it(`${verdict === 0 ? "accepts" : "refuses"} Node ${version} as the one npm's scripts will run`, () => {
      installs({ a: { version: "1.0.0" } }, version);
      const { status, output } = setUp();
      assert.equal(status, verdict, output);
      assert.equal(
        output.includes(`npm would run Firn on Node ${version}; it needs 22.18 or later.`),
        verdict === 1,
      );
    });
  }

  function setUp(): { status: number | null; output: string } {
    const env = { ...process.env, npm_execpath: join(folder, "npm.js") };
    const run = spawnSync(process.execPath, [join(folder, "runtime/setup.js")], { env, encoding: "utf8" });
    return { status: run.status, output: run.stdout + run.stderr };
  }

  /** Makes the npm that setup.js calls install these packages, and a `node` of this version if one is given. */
  function installs(packages: object, nodeVersion?: string): void {
    const node = `writeFileSync("node_modules/.bin/node", "#!/bin/sh\\necho ${nodeVersion}\\n", { mode: 0o755 });`;
    write(
      "npm.js",
      `import { mkdirSync, writeFileSync } from "node:fs";
      mkdirSync("node_modules/.bin", { recursive: true });
      writeFileSync("node_modules/.package-lock.json", ${JSON.stringify(lockfile(packages))});
      ${nodeVersion === undefined ? "" : node}`,
    );
  }

  function write(file: string, text: string): void {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
});

function lockfile(packages: object): string {
  const entries = Object.entries(packages).map(([name, locked]) => [`node_modules/${name}`, locked]);
  return JSON.stringify({ packages: { "": { name: "firn" }, ...Object.fromEntries(entries) } });
}

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

/**
 * npm may write a lockfile that names only the packages of the machine it ran on, and then `npm ci` fails or
 * leaves out a binary on every other one. A registry may also lack a release's binary for some platform.
 */
describe("the lockfile", () => {
  const manifest = parse("package.json") as { optionalDependencies: object; allowScripts: object };
  const { packages } = parse("package-lock.json") as { packages: Record<string, LockedPackage> };
  const perPlatform = Object.entries(packages).flatMap(([path, { version, optionalDependencies }]) =>
    Object.entries(optionalDependencies ?? {}).map(([name, wanted]) => ({ path, version, name, wanted })),
  );

  it("names every platform's package of everything that has one per platform", () => {
    const missing = perPlatform.filter(({ path, name }) => resolve(path, name) === undefined);
    assert.deepEqual(missing, []);
  });

  const bindings = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64", "win32-x64"];
  const required = [
    ...bindings.map((platform) => `@duckdb/node-bindings-${platform}`),
    ...bindings.map((platform) => `@biomejs/cli-${platform}`),
  ];
  for (const name of required) {
    it(`holds ${name}, whatever machine wrote it`, () => {
      const locked = packages[`node_modules/${name}`];
      const [os, cpu] = name.split("-").slice(-2);
      assert.deepEqual([locked?.os, locked?.cpu, locked?.optional], [[os], [cpu], true]);
      assert.ok(locked?.integrity);
    });
  }

  it("brings Node 24 as an optional package whose install script, which fetches the binary, is approved", () => {
    const node = packages["node_modules/node"];
    assert.match(node?.version ?? "", /^24\./);
    assert.equal(node?.optional, true);
    assert.ok("node" in manifest.optionalDependencies && "node" in manifest.allowScripts);
  });

  it("names no registry's address", () => {
    assert.deepEqual(
      Object.entries(packages).filter(([, { resolved }]) => resolved?.includes("://")),
      [],
    );
  });

  it("holds exact versions only of what package.json asks for", () => {
    const asked = packages[""] as Record<string, Record<string, string>>;
    const ranges = ["dependencies", "devDependencies", "optionalDependencies"]
      .flatMap((kind) => Object.entries(asked[kind] ?? {}))
      .filter(([, version]) => !/^\d+\.\d+\.\d+[\w.-]*$/.test(version));
    assert.deepEqual(ranges, []);
  });

  /** As Node looks a package up from another: its own node_modules first, then each one above. */
  function resolve(from: string, name: string): LockedPackage | undefined {
    for (
      let folder = from;
      ;
      folder = folder.slice(0, Math.max(0, folder.lastIndexOf("node_modules/") - 1))
    ) {
      const found = packages[`${folder === "" ? "" : `${folder}/`}node_modules/${name}`];
      if (found !== undefined || folder === "") {
        return found;
      }
    }
  }
});

interface LockedPackage {
  version?: string;
  resolved?: string;
  integrity?: string;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  optionalDependencies?: Record<string, string>;
}

function parse(file: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../${file}`, import.meta.url), "utf8"));
}

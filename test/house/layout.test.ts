import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** What stands at the top, and nothing else: a newcomer reads it in one look. */
const top = [
  ["stacks", "infra", "runtime", "policies", "demo", "test", "docs"],
  ["README.md", "CONTRIBUTING.md", "LICENSE", "NOTICE", "Pulumi.yaml"],
  ["package.json", "package-lock.json", "tsconfig.json", "biome.json", ".mocharc.json"],
  [".ci", ".github", ".gitignore", ".npmrc", ".nvmrc"],
].flat();

/** Files that hold two ideas, or one long one, with the reason. */
const longFiles: Record<string, string> = {};

describe("the layout of the house", () => {
  const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  })
    .split("\n")
    .filter((path) => path !== "" && existsSync(join(root, path)));
  const ours = files.filter((path) => /^(runtime|infra|stacks|policies)\/.*\.(ts|js|cjs)$/.test(path));

  it("has at its top only what the design lists", () => {
    const found = [...new Set(files.map((path) => path.split("/")[0] ?? ""))];
    assert.deepEqual(
      found.filter((name) => !top.includes(name)),
      [],
    );
  });

  it("has no source file over 300 lines", () => {
    const long = ours.filter((path) => read(path).split("\n").length > 301 && longFiles[path] === undefined);
    assert.deepEqual(long, []);
  });

  it("says of nothing in runtime that it is unfinished", () => {
    const unfinished = /\b(TODO|FIXME|XXX|not (yet )?implemented|[Pp]laceholder)\b/;
    assert.deepEqual(
      ours.filter((path) => path.startsWith("runtime/") && unfinished.test(read(path))),
      [],
    );
  });

  function read(path: string): string {
    return readFileSync(join(root, path), "utf8");
  }
});

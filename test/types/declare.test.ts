import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** What the compiler says of files, with the house's own options. */
function errors(files: Record<string, string>): string[] {
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists } = host;
  host.readFile = (path) => files[path] ?? readFile.call(host, path);
  host.fileExists = (path) => path in files || fileExists.call(host, path);
  const program = ts.createProgram(Object.keys(files), options, host);
  return Object.keys(files).flatMap((path) => {
    const source = program.getSourceFile(path);
    return program.getSemanticDiagnostics(source).map(({ messageText, start }) => {
      const line = source && start !== undefined ? source.getLineAndCharacterOfPosition(start).line + 1 : 0;
      return `${line}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
    });
  });
}

const fixture = (name: string) => `${root}test/types/fixtures/${name}.ts`;

describe("the compiler", function () {
  this.timeout(30_000);

  it("takes a right declaration and refuses each wrong one", () => {
    const files = Object.fromEntries(
      ["right", "wrong"].map((name) => [fixture(name), readFileSync(fixture(name), "utf8")]),
    );
    assert.deepEqual(errors(files), []);
    const bare = readFileSync(fixture("wrong"), "utf8").replaceAll("@ts-expect-error", "was expected:");
    const expected = bare.split("\n").filter((line) => line.startsWith("// was expected:")).length;
    const found = errors({ [fixture("wrong")]: bare });
    assert.equal(new Set(found.map((each) => each.split(":")[0])).size, expected, found.join("\n"));
    assert.match(found[0] ?? "", /Type '"ix"' is not assignable/);
  });
});

/**
 * Every error a user can meet has a stable code, one entry in the catalogue, a test that provokes it, and a
 * line in the README's troubleshooting table. `npm run lint` runs this file; codes.test.ts proves it.
 */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { errorCodes } from "#core/errors";

export interface Tree {
  /** The codes of `errorCodes` in runtime/core/errors.ts. */
  catalogue: string[];
  /** Text by path of the files of runtime and infra, without the catalogue. */
  runtime: Record<string, string>;
  /** Text by path of the test files. */
  tests: Record<string, string>;
  /** Undefined where there is no README.md. */
  readme: string | undefined;
}

/** What is wrong with the error codes of a tree, one sentence each; nothing where all is well. */
export function problemsWithCodes({ catalogue, runtime, tests, readme }: Tree): string[] {
  const table = readme?.split("\n").filter((line) => line.startsWith("|"));
  return [
    ...unknownCodes(),
    ...catalogue
      .filter((code) => !quotes(runtime, code))
      .map((code) => `Nothing in runtime or infra throws ${code}.`),
    ...catalogue
      .filter((code) => !quotes(tests, code))
      .map((code) => `No test provokes ${code}: assert on it in a file of test/.`),
    ...(table === undefined
      ? ["There is no README.md, whose troubleshooting table explains every code."]
      : []),
    ...catalogue
      .filter((code) => table?.some((line) => line.includes(`\`${code}\``)) === false)
      .map((code) => `The README's troubleshooting table does not explain ${code}.`),
  ];

  function unknownCodes(): string[] {
    return Object.entries(runtime).flatMap(([path, text]) =>
      [...text.matchAll(/\bnew FirnError\(\s*"([^"]*)"/g)]
        .map(([, code = ""]) => code)
        .filter((code) => !catalogue.includes(code))
        .map((code) => `${path} throws ${code}, which runtime/core/errors.ts does not list.`),
    );
  }
}

/** As a text, or as a pattern that what is printed must match. */
function quotes(files: Record<string, string>, code: string): boolean {
  const forms = [`"${code}"`, code.replace(".", "\\.")];
  return Object.values(files).some((text) => forms.some((form) => text.includes(form)));
}

/** Reads this repository. */
export function readTree(): Tree {
  const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
  const runtime = { ...read("runtime/**/*.{ts,js}"), ...read("infra/**/*.{ts,js}") };
  const errors = "runtime/core/errors.ts";
  runtime[errors] = (runtime[errors] ?? "").replace(/^export const errorCodes = \{.*?^\}/ms, "");
  const readme = join(root, "README.md");
  return {
    catalogue: Object.keys(errorCodes),
    runtime,
    tests: read("test/**/*.test.ts", "test/house/codes.test.ts"),
    readme: existsSync(readme) ? readFileSync(readme, "utf8") : undefined,
  };

  function read(pattern: string, except?: string): Record<string, string> {
    const paths = globSync(pattern, { cwd: root }).map((path) => path.replaceAll(sep, "/"));
    return Object.fromEntries(
      paths.filter((path) => path !== except).map((path) => [path, readFileSync(join(root, path), "utf8")]),
    );
  }
}

if (import.meta.main) {
  const problems = problemsWithCodes(readTree());
  for (const problem of problems) {
    console.error(`error codes: ${problem}`);
  }
  process.exitCode = problems.length === 0 ? 0 : 1;
}

#!/usr/bin/env node
/**
 * The command `firn`: plain JavaScript, so that a Node too old to read TypeScript still gets a sentence.
 */
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
// The first releases that strip types without a flag: 22.18 and, in the line of 23, 23.6.
const reads = major === 22 ? minor >= 18 : major === 23 ? minor >= 6 : major > 23;

if (reads) {
  import("./cli/main.ts").then(({ main }) => main(process.argv.slice(2)), failed);
} else {
  fail({
    what: `Firn runs on Node 22.18 or later; this is ${process.version}.`,
    why: "Firn is TypeScript that Node runs as it is, which older ones cannot.",
    fix: "Run it by `npm run firn --`, which uses the Node 24 that comes with the packages, or install Node 24.",
  });
}

/** @param {Error & { code?: string }} error */
function failed(error) {
  const what = `Firn could not be loaded: ${error.message.split("\n")[0]}`;
  const missing = /^Cannot find (package|module) '([^']+)'/.exec(error.message);
  if (missing?.[1] === "package" && missing[2] !== "firn") {
    fail({
      what,
      why: "A package is missing: this is a fresh clone, or an installation was cut short.",
      fix: "Run `npm install` in the project's folder, then the same command again.",
    });
  } else if (missing) {
    fail({
      what,
      why: "An import names a file that is not there. Node takes names as they are: ./orders.ts, not ./orders; Firn itself is #firn.",
      fix: "Mend the import; `npx tsc --noEmit` shows its line.",
    });
  } else if (error instanceof SyntaxError) {
    fail({
      what,
      why: "A file that was loaded, most likely a declaration under stacks/, is no TypeScript that Node can run (an enum is none, either).",
      fix: "`npx tsc --noEmit` shows the line to mend.",
    });
  } else throw error;
}

/** @param {{ what: string, why: string, fix: string }} message */
function fail({ what, why, fix }) {
  process.stderr.write(`firn: environment.invalid\n  what: ${what}\n  why:  ${why}\n  fix:  ${fix}\n`);
  process.exitCode = 2;
}

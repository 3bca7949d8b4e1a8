import { writeFileSync } from "node:fs";
import { type MochaOptions, type Runner, reporters } from "mocha";

/**
 * Mocha's spec reporter, which also writes how many tests passed, failed and were skipped, as `12 0 1`, for a
 * script to add up: `npm test -- --reporter ./test/support/spec-and-counts.ts --reporter-option countsFile=FILE`.
 */
export default class SpecAndCounts extends reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options);
    const { countsFile } = options.reporterOptions as { countsFile: string };
    runner.once("end", () => {
      const { passes = 0, failures = 0, pending = 0 } = runner.stats ?? {};
      writeFileSync(countsFile, `${passes} ${failures} ${pending}\n`);
    });
  }
}

/**
 * The one way for a test to be left out: it says why, and where CI=true it fails instead, since a skip that
 * nobody reads proves nothing.
 */
import type { Context, RootHookObject } from "mocha";

let running: Context | undefined;

/** Loaded by .mocharc.json, so that `skipUnless` knows the test that calls it. */
export const mochaHooks: RootHookObject = {
  beforeEach(this: Context) {
    running = this;
  },
};

/**
 * Goes on if what the running test needs is there; otherwise prints the reason and skips the test. From a
 * `before` hook, to skip a whole describe: `skipUnless.call(this, ...)`.
 *
 * @param reason what is missing and where to get it
 * @throws {Error} if it is missing and CI=true
 */
export function skipUnless(this: Context | undefined, present: boolean, reason: string): void {
  if (present) {
    return;
  }
  if (process.env.CI === "true") {
    throw new Error(`Where CI=true nothing may be skipped, and this would be: ${reason}`);
  }
  console.log(`      skipped: ${reason}`);
  (this ?? running)?.skip();
}

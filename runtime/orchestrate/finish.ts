import { runEnd } from "#model/run";
import type { Ports } from "#ports";
import type { ModelState } from "#release";
import { watchRun } from "#watch/run";

/** Notes what a build of gold scanned and cost, and ends it. */
export async function runFinish(state: ModelState, ports: Ports): Promise<ModelState> {
  await watchRun(state, ports);
  return runEnd(state, ports);
}

/** A team's models, built in this process, and what became of each. */
import { asFirnError } from "#core/errors";
import type { NodeResult } from "#core/models";
import { goldFence } from "#core/names";
import { readModelResults } from "#ledger/lake";
import { readLease } from "#ledger/lease";
import { type Execution, runModelsLocally } from "#orchestrate/local";
import { firstModelState, type ModelState } from "#release";
import type { LocalWorld } from "#worlds/local";

export interface GoldExecution extends Execution<ModelState> {
  /** In the order in which they were built. */
  results: NodeResult[];
  /** Of a run that was skipped: who has the team's gold. */
  holder?: string;
}

export async function buildGold(
  of: Pick<ModelState, "team" | "release"> & Partial<ModelState>,
  world: LocalWorld,
): Promise<GoldExecution> {
  const run = world.attemptId();
  const execution = await runModelsLocally(firstModelState({ run, ...of }), world);
  try {
    const store = await world.store(of.team);
    const results = await readModelResults(store, run);
    const lease = execution.outcome === "skipped" ? await readLease(store, goldFence) : null;
    return { ...execution, results, ...(lease && { holder: lease.owner }) };
  } catch (cause) {
    // The run has ended as it has; only telling of it failed.
    return { ...execution, error: execution.error ?? asFirnError(cause), results: [] };
  }
}

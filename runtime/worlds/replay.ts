import { readRelease, requireManifest } from "#ledger/lake";
import { releaseLease, takeLease } from "#ledger/lease";
import { type Execution, runLocally } from "#orchestrate/local";
import type { Ports } from "#ports";
import { firstState } from "#release";

export interface Replay {
  team: string;
  pipeline: string;
  release: string;
  run: string;
  seq: number;
  /** Only the rows that stand in quarantine. Partitions are replaced whole, so of them all is read again. */
  quarantined?: boolean;
}

/**
 * Loads a batch again from bronze, with no call to its source, and promotes it under the rules of the
 * release given. Repeating is harmless: a row no newer than silver's is left alone.
 *
 * @throws {FirnError} `batch.unknown` before anything is taken; `lease.held`
 */
export async function replayBatch(of: Replay, ports: Ports): Promise<Execution> {
  const { seq, quarantined = false, ...execution } = of;
  const store = await ports.store(of.team);
  await requireManifest(store, of.pipeline, seq);
  const { strategy } = (await readRelease(store, of)).pipeline;
  const epoch = await takeLease(ports, of.team, of.pipeline, of.run);
  const ended = await runLocally(execution, ports, {
    ...firstState(execution),
    epoch,
    batches: 1,
    seq,
    replay: true,
    quarantined: quarantined && strategy.kind !== "replace_partition",
    next: "load",
  });
  // A failed execution has released it; one that was taken over no longer holds it.
  if (ended.outcome === "done") await releaseLease(ports, of.team, of.pipeline, epoch);
  return ended;
}

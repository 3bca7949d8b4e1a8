import { requireManifest } from "#ledger/lake";
import { releaseLease, takeLease } from "#ledger/lease";
import { type Execution, runLocally } from "#orchestrate/local";
import type { Ports } from "#ports";
import { firstState } from "#release";

/**
 * Loads a batch again from bronze, with no call to its source, and promotes it under the rules of the
 * release given. Repeating is harmless: a row no newer than silver's is left alone.
 *
 * @throws {FirnError} `batch.unknown` before anything is taken; `lease.held`
 */
export async function replayBatch(
  of: { team: string; pipeline: string; release: string; run: string; seq: number },
  ports: Ports,
): Promise<Execution> {
  const { seq, ...execution } = of;
  await requireManifest(await ports.store(of.team), of.pipeline, seq);
  const epoch = await takeLease(ports, of.team, of.pipeline, of.run);
  const ended = await runLocally(execution, ports, {
    ...firstState(execution),
    epoch,
    batches: 1,
    seq,
    replay: true,
    next: "load",
  });
  // A failed execution has released it; one that was taken over no longer holds it.
  if (ended.outcome === "done") await releaseLease(ports, of.team, of.pipeline, epoch);
  return ended;
}

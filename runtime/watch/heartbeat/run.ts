import { keys } from "#core/names";
import { readHint } from "#ledger/hint";
import { requireRelease } from "#ledger/lake";
import { readLease } from "#ledger/lease";
import type { Ports } from "#ports";
import type { Gauges } from "#ports/gauges";
import type { Store } from "#ports/store";
import { planBeat, type Standing } from "./plan.ts";

/**
 * Looks whether every pipeline of a team came when it was due, and publishes what did not. It reads the lake's
 * hints and leases alone, so no warehouse is woken.
 *
 * @throws {FirnError} `release.missing`
 */
export async function runHeartbeat(
  { team, release: hash }: { team: string; release: string },
  ports: Pick<Ports, "store" | "clock" | "environment">,
  gauges: Gauges,
): Promise<void> {
  const store = await ports.store(team);
  const release = await requireRelease(store, hash);
  const [object] = await store.inspect(keys.release(hash));
  const now = ports.clock.now();
  const { stageSecondsMax } = ports.environment;
  for (const pipeline of release.pipelines) {
    const of = { now, releasedAt: object?.changedAt ?? now, stageSecondsMax };
    const { missed, lateSeconds } = planBeat(pipeline, await standingOf(store, pipeline.name), of);
    if (missed) await gauges.publish("HeartbeatMissed", 1, { team, pipeline: pipeline.name });
    if (lateSeconds !== null)
      await gauges.publish("LagSeconds", lateSeconds, { team, pipeline: pipeline.name });
  }
  // The last act: without it the silence of the others would prove nothing.
  await gauges.publish("Heartbeats", 1, { team });
}

async function standingOf(store: Store, pipeline: string): Promise<Standing> {
  const lease = await readLease(store, pipeline);
  const hint = await readHint(store, pipeline);
  return {
    ran: lease !== null,
    endedAt: lease?.released ? lease.lastBeatAt : null,
    intervals: hint?.intervals ?? null,
  };
}

import { FirnError } from "#core/errors";
import { secondsBetween } from "#core/interval";
import { keys } from "#core/names";
import { encode, readJson } from "#ledger/lake";
import type { Ports } from "#ports";
import type { Store } from "#ports/store";

interface Lease {
  owner: string;
  run: string;
  at: string;
}
interface Beat {
  at: string;
  released: boolean;
}

export interface LeaseState {
  epoch: number;
  owner: string;
  run: string;
  /** When it was taken: the last run's beginning. */
  takenAt: string;
  lastBeatAt: string;
  released: boolean;
}

/**
 * Takes a pipeline's lease and returns its epoch, one higher than any before.
 *
 * The lease lies in the lake, so that a long extract keeps no warehouse awake: taking it is putting the
 * next epoch's object if absent, which one of two can do. A lease ends when it is released, when its
 * owner is known to be gone, or after `leaseSeconds` of silence.
 *
 * @throws {FirnError} `lease.held`
 */
export async function takeLease(ports: Ports, team: string, pipeline: string, run: string): Promise<number> {
  const store = await ports.store(team);
  const held = await readLease(store, pipeline);
  const now = ports.clock.now();
  if (held && !hasEnded(held, now)) throw heldBy(held);
  const epoch = (held?.epoch ?? 0) + 1;
  const lease: Lease = { owner: ports.owner, run, at: now };
  if (!(await store.putIfAbsent(keys.lease(pipeline, epoch), encode(lease)))) {
    const winner = await readLease(store, pipeline);
    throw heldBy(
      winner ?? { epoch, owner: "another run", run: "", takenAt: now, lastBeatAt: now, released: false },
    );
  }
  // Who waited between looking and putting may find an epoch free that had ended and was cleared away.
  const newest = await readLease(store, pipeline);
  if (newest && newest.epoch > epoch) throw heldBy(newest);
  return epoch;

  function hasEnded(lease: LeaseState, at: string): boolean {
    return (
      lease.released ||
      lease.run === run ||
      ports.ownerIsGone(lease.owner) ||
      secondsBetween(lease.lastBeatAt, at) > ports.environment.leaseSeconds
    );
  }

  function heldBy(lease: LeaseState): FirnError {
    return new FirnError("lease.held", {
      what: `Pipeline "${pipeline}" is being run by ${lease.owner}, last heard of at ${lease.lastBeatAt}.`,
      why: "Two runs of one pipeline would read the same window twice.",
      fix: `Wait for it, or until it has been silent for ${ports.environment.leaseSeconds} seconds; then run again.`,
    });
  }
}

/**
 * Says that the run is alive.
 *
 * @throws {FirnError} `lease.lost` when a newer run has taken the pipeline over
 */
export async function keepLease(ports: Ports, team: string, pipeline: string, epoch: number): Promise<void> {
  const store = await ports.store(team);
  const newer = await store.list(keys.leases(pipeline), keys.lease(pipeline, epoch));
  if (newer.some((key) => !key.endsWith(".beat.json"))) {
    throw new FirnError("lease.lost", {
      what: `Pipeline "${pipeline}" was taken over by a newer run.`,
      why: "This run was silent for too long; going on could undo what the newer one does.",
      fix: "Nothing to do: the newer run resumes every open batch.",
    });
  }
  await beat(store, pipeline, epoch, { at: ports.clock.now(), released: false });
}

/** Ends the lease, so that the next run need not wait. */
export async function releaseLease(
  ports: Ports,
  team: string,
  pipeline: string,
  epoch: number,
): Promise<void> {
  await beat(await ports.store(team), pipeline, epoch, { at: ports.clock.now(), released: true });
}

/** The newest lease of a pipeline, or null where none was ever taken. */
export async function readLease(store: Store, pipeline: string): Promise<LeaseState | null> {
  const leases = (await store.list(keys.leases(pipeline))).filter((key) => !key.endsWith(".beat.json"));
  const last = leases.at(-1);
  if (!last) return null;
  const epoch = Number(/(\d+)\.json$/.exec(last)?.[1]);
  const lease = await readJson<Lease>(store, last);
  // Cleared away since it was listed: there is a newer one, which must never be taken for none.
  if (!lease) return readLease(store, pipeline);
  const latest = await readJson<Beat>(store, keys.leaseBeat(pipeline, epoch));
  return {
    epoch,
    owner: lease.owner,
    run: lease.run,
    takenAt: lease.at,
    lastBeatAt: latest?.at ?? lease.at,
    released: latest?.released ?? false,
  };
}

async function beat(store: Store, pipeline: string, epoch: number, at: Beat): Promise<void> {
  await store.put(keys.leaseBeat(pipeline, epoch), encode(at));
}

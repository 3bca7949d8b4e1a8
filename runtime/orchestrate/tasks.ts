import { runCheck } from "#check/run";
import { asFirnError, FirnError } from "#core/errors";
import { runExtract } from "#extract/run";
import { keepLease, releaseLease } from "#ledger/lease";
import { runLoad } from "#load/run";
import { runMerge } from "#merge/run";
import type { Task } from "#orchestrate/definition";
import type { Ports } from "#ports";
import { type StageState, stageState } from "#release";
import { runWindow } from "#window/run";

const stages: Record<Exclude<Task, "notify">, (state: StageState, ports: Ports) => Promise<StageState>> = {
  window: runWindow,
  extract: runExtract,
  load: runLoad,
  check: runCheck,
  merge: runMerge,
};

/** What a failed stage shows the state machine: a name to decide a retry by. The cause is the FirnError. */
export class StageFailure extends Error {
  constructor(cause: FirnError) {
    super(`${cause.code}: ${cause.message}`, { cause });
    this.name = cause.code === "lease.lost" ? "Firn.lease.lost" : `Firn.${cause.blame}`;
  }
}

/** Runs one task with a checked input. A failure is told at once, before any retry. */
export async function runTask(task: Task, input: unknown, ports: Ports): Promise<StageState> {
  const state = stageState.loose().parse(input) as StageState;
  if (task === "notify") return notify(state, ports);
  try {
    return stageState.parse(await stages[task](stageState.strip().parse(state), ports));
  } catch (error) {
    const failure = (await takenOver(state, ports)) ?? asFirnError(error);
    if (failure.code !== "lease.lost") {
      const sent = ports.alerts.send({
        severity: failure.blame === "transient" ? "warning" : "error",
        team: state.team,
        pipeline: state.pipeline,
        code: failure.code,
        detail: failure.message,
        at: ports.clock.now(),
      });
      // An alert that cannot be sent must not hide what it would have told; it ends the run in `notify`.
      await sent.catch(() => undefined);
    }
    throw new StageFailure(failure);
  }
}

/**
 * That the run was taken over, where it was: whatever else it then fails of comes of that, such as a table
 * that the newer run was done with.
 */
async function takenOver(
  { team, pipeline, epoch }: StageState,
  ports: Ports,
): Promise<FirnError | undefined> {
  if (epoch === 0) return undefined;
  try {
    await keepLease(ports, team, pipeline, epoch);
  } catch (error) {
    if (error instanceof FirnError && error.code === "lease.lost") return error;
  }
  return undefined;
}

async function notify(state: StageState, ports: Ports): Promise<StageState> {
  await ports.alerts.send({
    severity: "error",
    team: state.team,
    pipeline: state.pipeline,
    code: "run.failed",
    detail: `Run ${state.run} stopped. The watermark is where it was, and running again resumes the open batch.`,
    at: ports.clock.now(),
  });
  if (state.epoch > 0) await releaseLease(ports, state.team, state.pipeline, state.epoch);
  return state;
}

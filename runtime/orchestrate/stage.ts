/** A stage as a task of the state machine: its input checked, its failure told and named. Knows no stage. */
import { asFirnError, FirnError } from "#core/errors";
import type { StatementRecord } from "#core/models";
import { goldFence } from "#core/names";
import { keepLease, releaseLease } from "#ledger/lease";
import type { Task } from "#orchestrate/definition";
import type { Ports } from "#ports";
import type { Warehouse } from "#ports/warehouse";
import { type ModelState, modelState, type StageState, stageState } from "#release";
import { watchStage } from "#watch/run";

export type Stage = (state: StageState, ports: Ports) => Promise<StageState>;
export type ModelStage = (state: ModelState, ports: Ports) => Promise<ModelState>;

/** What a task works on: the part of its state that every task has. */
interface Work {
  team: string;
  /** A pipeline's name, or that of the team's gold. */
  pipeline: string;
  run: string;
  epoch: number;
}

/** What a failed stage shows the state machine: a name to decide a retry by. The cause is the FirnError. */
export class StageFailure extends Error {
  constructor(cause: FirnError) {
    super(`${cause.code}: ${cause.message}`, { cause });
    this.name = cause.code === "lease.lost" ? "Firn.lease.lost" : `Firn.${cause.blame}`;
  }
}

/** Runs a stage of a pipeline with a checked input, and notes what its statements cost. */
export async function runStage(task: Task, stage: Stage, input: unknown, ports: Ports): Promise<StageState> {
  return told(input, ports, async () =>
    stageState.parse(await runWatched(task, stage, stageState.strip().parse(input), ports)),
  );
}

/** Runs a stage of a team's gold with a checked input. */
export async function runModelStage(stage: ModelStage, input: unknown, ports: Ports): Promise<ModelState> {
  return told(input, ports, async () =>
    modelState.parse(await stage(modelState.strip().parse(input), ports)),
  );
}

/** Tells of a failure at once, before any retry. */
async function told<S>(input: unknown, ports: Ports, run: () => Promise<S>): Promise<S> {
  const work = workOf(input);
  try {
    return await run();
  } catch (error) {
    const failure = (await takenOver(work, ports)) ?? asFirnError(error);
    if (failure.code !== "lease.lost") {
      const sent = ports.alerts.send({
        severity: failure.blame === "transient" ? "warning" : "error",
        team: work.team,
        pipeline: work.pipeline,
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

/** Runs a pipeline's stage and notes what its statements cost. */
async function runWatched(task: Task, stage: Stage, state: StageState, ports: Ports): Promise<StageState> {
  const statements: StatementRecord[] = [];
  let warehouse: Warehouse | undefined;
  const watching: Ports = Object.create(ports, {
    warehouse: {
      value: async (...of: Parameters<Ports["warehouse"]>) => {
        warehouse = await ports.warehouse(...of);
        warehouse.watch((statement) => statements.push(statement));
        return warehouse;
      },
    },
  });
  try {
    return await stage(state, watching);
  } finally {
    warehouse?.watch(null);
    // A note of what it cost stops no row on its way.
    await watchStage(state, task, statements, ports).catch(() => undefined);
  }
}

function workOf(input: unknown): Work {
  const ofModels = modelState.loose().safeParse(input);
  if (ofModels.success) return { ...ofModels.data, pipeline: goldFence };
  return stageState.loose().parse(input) as StageState;
}

/**
 * That the run was taken over, where it was: whatever else it then fails of comes of that, such as a table
 * that the newer run was done with.
 */
async function takenOver({ team, pipeline, epoch }: Work, ports: Ports): Promise<FirnError | undefined> {
  if (epoch === 0) return undefined;
  try {
    await keepLease(ports, team, pipeline, epoch);
  } catch (error) {
    if (error instanceof FirnError && error.code === "lease.lost") return error;
  }
  return undefined;
}

/** Tells that a run stopped, and ends its lease. Gives what it was given. */
export async function runNotify<S>(input: S, ports: Ports): Promise<S> {
  const { team, pipeline, run, epoch } = workOf(input);
  const stands =
    pipeline === goldFence
      ? "Gold is as the last successful build of each model left it"
      : "The watermark is where it was, and running again resumes the open batch";
  await ports.alerts.send({
    severity: "error",
    team,
    pipeline,
    code: "run.failed",
    detail: `Run ${run} stopped. ${stands}.`,
    at: ports.clock.now(),
  });
  if (epoch > 0) await releaseLease(ports, team, pipeline, epoch);
  return input;
}

import { runCheck } from "#check/run";
import { asFirnError, FirnError } from "#core/errors";
import type { StatementRecord } from "#core/models";
import { goldFence } from "#core/names";
import { runExtract } from "#extract/run";
import { keepLease, releaseLease } from "#ledger/lease";
import { runLoad } from "#load/run";
import { runMerge } from "#merge/run";
import { runEnd, runModel, runSelect } from "#model/run";
import type { Task } from "#orchestrate/definition";
import type { Ports } from "#ports";
import type { Warehouse } from "#ports/warehouse";
import { type ModelState, modelState, type StageState, stageState } from "#release";
import { watchRun, watchStage } from "#watch/run";
import { runWindow } from "#window/run";

type Stage = (state: StageState, ports: Ports) => Promise<StageState>;

const stages: Partial<Record<Task, Stage>> = {
  window: runWindow,
  extract: runExtract,
  load: runLoad,
  check: runCheck,
  merge: runMerge,
};

const modelStages: Partial<Record<Task, (state: ModelState, ports: Ports) => Promise<ModelState>>> = {
  select: runSelect,
  model: runModel,
  async watch(state, ports) {
    await watchRun(state, ports);
    return runEnd(state, ports);
  },
};

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

/** Runs one task with a checked input. A failure is told at once, before any retry. */
export async function runTask<S extends StageState | ModelState>(
  task: Task,
  input: unknown,
  ports: Ports,
): Promise<S> {
  const work = workOf(input);
  if (task === "notify") {
    await notify(work, ports);
    return input as S;
  }
  try {
    const [stage, modelStage] = [stages[task], modelStages[task]];
    if (stage)
      return stageState.parse(await runWatched(task, stage, stageState.strip().parse(input), ports)) as S;
    if (modelStage) return modelState.parse(await modelStage(modelState.strip().parse(input), ports)) as S;
    throw new TypeError(`no stage is behind the task ${task}`);
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

async function notify({ team, pipeline, run, epoch }: Work, ports: Ports): Promise<void> {
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
}

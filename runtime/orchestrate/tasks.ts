import { runCheck } from "#check/run";
import { runExtract } from "#extract/run";
import { runLoad } from "#load/run";
import { runMerge } from "#merge/run";
import { runModel, runSelect } from "#model/run";
import type { Task } from "#orchestrate/definition";
import { runFinish } from "#orchestrate/finish";
import { type ModelStage, runModelStage, runNotify, runStage, type Stage } from "#orchestrate/stage";
import type { Ports } from "#ports";
import type { ModelState, StageState } from "#release";
import { runWindow } from "#window/run";

const stages: Partial<Record<Task, Stage>> = {
  window: runWindow,
  extract: runExtract,
  load: runLoad,
  check: runCheck,
  merge: runMerge,
};

const modelStages: Partial<Record<Task, ModelStage>> = {
  select: runSelect,
  model: runModel,
  watch: runFinish,
};

/** Runs any task of the state machines, for one process that runs them all. In the cloud each has a function. */
export async function runTask<S extends StageState | ModelState>(
  task: Task,
  input: unknown,
  ports: Ports,
): Promise<S> {
  const [stage, modelStage] = [stages[task], modelStages[task]];
  if (stage) return (await runStage(task, stage, input, ports)) as S;
  if (modelStage) return (await runModelStage(modelStage, input, ports)) as S;
  return (await runNotify(input, ports)) as S;
}

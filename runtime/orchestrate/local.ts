import { StateMachine } from "aws-local-stepfunctions";
import { asFirnError, type FirnError } from "#core/errors";
import {
  type Definition,
  renderDefinition,
  renderModelDefinition,
  type Task,
  tasks,
} from "#orchestrate/definition";
import { StageFailure } from "#orchestrate/stage";
import { runTask } from "#orchestrate/tasks";
import type { Ports } from "#ports";
import { firstState, type ModelState, type StageState } from "#release";

export interface Execution<S = StageState> {
  outcome: "done" | "skipped" | "failed";
  /** The state it ended with. */
  state: S;
  /** Of a failed execution: what stopped it. */
  error?: FirnError;
  /** Retries the state machine made. */
  retries: number;
}

export const arn = (task: Task) => `arn:aws:lambda:local:000000000000:function:firn-${task}`;

/** What runs a task: by default its stage. */
type Run = (task: Task, input: unknown) => Promise<unknown>;

/** Runs a pipeline's state machine in this process: the same bytes, interpreted. */
export async function runLocally(
  of: { team: string; pipeline: string; release: string; run: string },
  ports: Ports,
  from: StageState = firstState(of),
): Promise<Execution> {
  return interpret(renderDefinition(ports.environment, arn), from, (task, input) =>
    runTask(task, input, ports),
  );
}

/** Runs the state machine of a team's models in this process. */
export async function runModelsLocally(state: ModelState, ports: Ports): Promise<Execution<ModelState>> {
  return interpret(renderModelDefinition(ports.environment, arn), state, (task, input) =>
    runTask(task, input, ports),
  );
}

/** Interprets the bytes of a state machine whose tasks are named as `arn` names them. */
export async function interpret<S extends StageState | ModelState>(
  bytes: string,
  from: S,
  run: Run,
): Promise<Execution<S>> {
  const definition = JSON.parse(bytes) as Definition;
  let state = from;
  let failure: FirnError | undefined;
  let failures = 0;

  const handlers = Object.fromEntries(
    Object.entries(definition.States).flatMap(([name, { Type, Resource }]) => {
      if (Type !== "Task") return [];
      const task = tasks.find((each) => arn(each) === Resource);
      if (!task) throw new TypeError(`state ${name} has no local handler`);
      return [[name, (input: unknown) => handle(task, input)]];
    }),
  );
  requireHandlers(definition, handlers);
  // A test validates the definition once; here it would cost more than a small run does.
  const machine = new StateMachine(definition as never, { validationOptions: { noValidate: true } });
  const execution = machine.run(state as never, {
    overrides: { taskResourceLocalHandlers: handlers as never },
  });
  try {
    const result = (await execution.result) as unknown as S & { error?: unknown };
    const skipped = result.next === "skip" || result.error !== undefined;
    return { outcome: skipped ? "skipped" : "done", state, retries: failures };
  } catch (error) {
    return {
      outcome: "failed",
      state,
      retries: Math.max(0, failures - 1),
      error: failure ?? asFirnError(error),
    };
  }

  async function handle(task: Task, input: unknown): Promise<S> {
    try {
      const output = (await run(task, input)) as S;
      if (task !== "notify") state = output;
      return output;
    } catch (error) {
      failures++;
      failure = error instanceof StageFailure ? (error.cause as FirnError) : asFirnError(error);
      throw error;
    }
  }
}

/** A Task without a local handler would make the interpreter call AWS: refuse to start. */
function requireHandlers(definition: Definition, handlers: Record<string, unknown>): void {
  for (const [name, { Type }] of Object.entries(definition.States)) {
    if (Type === "Task" && !Object.hasOwn(handlers, name))
      throw new TypeError(`state ${name} has no local handler`);
  }
}

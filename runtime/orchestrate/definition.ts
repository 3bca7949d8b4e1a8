import type { Environment } from "#firn";

/** The tasks of the state machines, in the order of a row's way; `notify` tells of a failure. */
export const tasks = [
  ...(["window", "extract", "load", "check", "merge"] as const),
  ...(["select", "model", "watch"] as const),
  "notify",
] as const;
export type Task = (typeof tasks)[number];

/** A state machine in the Amazon States Language, as plain data. */
export interface Definition {
  Comment: string;
  StartAt: string;
  States: Record<string, Record<string, unknown>>;
}

type Retrying = Pick<Environment, "retry" | "stageSecondsMax">;
type Resource = (task: Task) => string;
type State = Record<string, unknown>;

/**
 * The bytes of a pipeline's state machine: what `pulumi up` deploys, and what the interpreter runs on a laptop.
 * Only the functions behind the tasks differ.
 *
 * @param resource names the function behind a task
 */
export function renderDefinition(environment: Retrying, resource: Resource): string {
  return JSON.stringify(planDefinition(environment, resource));
}

/** The bytes of the state machine that builds a team's gold. @see renderDefinition */
export function renderModelDefinition(environment: Retrying, resource: Resource): string {
  return JSON.stringify(planModelDefinition(environment, resource));
}

/**
 * The state machine every pipeline runs: on a laptop through the interpreter, in the cloud the same bytes.
 *
 * Batch after batch until nothing is left to read. A transient failure is tried again from the stage it
 * happened in; anything else is told at once and ends the execution, with the watermark where it was.
 *
 * It begins with the stage that its input names, so that a batch can be replayed from bronze.
 *
 * A long statement is submitted and polled: the stage answers `wait` with the statement's id in its state, and
 * is called again with it after `waitSeconds`. So a function runs for seconds, whatever the warehouse works on,
 * and the statement's own timeout is its only limit.
 *
 * There is no Map: the shards of a batch are read by one function at once, which is one lease, one attempt and
 * one manifest; a Map would need a second commit for what its branches landed, and its 40 branches at once are
 * fewer pages in flight than one function's connections hold.
 */
export function planDefinition(environment: Retrying, resource: Resource): Definition {
  const task = (name: Task, next: State) => planTask(environment, resource, name, next);
  return {
    Comment: "One pipeline of Firn: window, extract, load, check, merge, until nothing is left to read.",
    StartAt: "Where does it begin?",
    States: {
      "Where does it begin?": choose(
        ["window", "Window"],
        ["extract", "Extract"],
        ["load", "Load"],
        ["check", "Check"],
        ["merge", "Merge"],
      ),
      Window: task("window", { Next: "Is there something to read?" }),
      "Is there something to read?": choose(["extract", "Extract"], ["stop", "Done"], ["skip", "Skipped"]),
      Extract: task("extract", { Next: "Did the source send rows?" }),
      "Did the source send rows?": choose(["load", "Load"], ["window", "Window"]),
      Load: task("load", { Next: "Was it promoted before?" }),
      "Was it promoted before?": choose(["check", "Check"], ["window", "Window"], ["wait", "Loading"]),
      Loading: waitFor("Load"),
      Check: task("check", { Next: "Was it checked?" }),
      "Was it checked?": choose(["merge", "Merge"], ["wait", "Checking"]),
      Checking: waitFor("Check"),
      Merge: task("merge", { Next: "Is it a replay?" }),
      "Is it a replay?": choose(["window", "Window"], ["stop", "Done"], ["wait", "Merging"]),
      Merging: waitFor("Merge"),
      ...endings(task),
    },
  };
}

/** The state machine that builds a team's gold: one model and its tests at a time, each a state of its own. */
export function planModelDefinition(environment: Retrying, resource: Resource): Definition {
  const task = (name: Task, next: State) => planTask(environment, resource, name, next);
  return {
    Comment: "The models of a team: select, then model after model with its tests, then watch.",
    StartAt: "Select",
    States: {
      Select: task("select", { Next: "Is there something to build?" }),
      "Is there something to build?": choose(
        ["model", "Model"],
        ["watch", "Watch"],
        ["stop", "Done"],
        ["skip", "Skipped"],
      ),
      Model: task("model", { Next: "Is there another model?" }),
      "Is there another model?": choose(["model", "Model"], ["watch", "Watch"], ["wait", "Building"]),
      Building: waitFor("Model"),
      Watch: task("watch", { Next: "Done" }),
      ...endings(task),
    },
  };
}

/**
 * What is tried again: our transient failures, and what says nothing of the stage: Lambda's own troubles and a
 * function that was stopped. Every stage may be repeated at any point.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html#bp-lambda-serviceexception
 */
const retried = [
  "Firn.transient",
  "Lambda.ClientExecutionTimeoutException",
  "Lambda.ServiceException",
  "Lambda.AWSLambdaException",
  "Lambda.SdkClientException",
  "Lambda.TooManyRequestsException",
  // A function that ran out of memory or time.
  "Lambda.Unknown",
  "Sandbox.Timedout",
  "States.Timeout",
];

/** Waits as long as the stage said, 1 to 60 seconds, and calls it again. */
function waitFor(state: string): State {
  return { Type: "Wait", SecondsPath: "$.waitSeconds", Next: state };
}

function planTask({ retry, stageSecondsMax }: Retrying, resource: Resource, name: Task, next: State): State {
  return {
    Type: "Task",
    Resource: resource(name),
    // Never the default: it is three years on AWS and one minute in the interpreter.
    TimeoutSeconds: stageSecondsMax,
    ...(name !== "notify" && {
      Retry: [
        {
          ErrorEquals: retried,
          IntervalSeconds: retry.intervalSeconds,
          MaxAttempts: retry.attempts,
          BackoffRate: 2,
        },
      ],
      Catch: [
        { ErrorEquals: ["Firn.lease.lost"], ResultPath: "$.error", Next: "Skipped" },
        { ErrorEquals: ["States.ALL"], ResultPath: "$.error", Next: "Notify" },
      ],
    }),
    ...next,
  };
}

function choose(...cases: [next: string, state: string][]): State {
  return {
    Type: "Choice",
    Choices: cases.map(([next, state]) => ({ Variable: "$.next", StringEquals: next, Next: state })),
    Default: "Notify",
  };
}

function endings(task: (name: Task, next: State) => State): Record<string, State> {
  return {
    Done: { Type: "Succeed" },
    Skipped: { Type: "Succeed" },
    Notify: task("notify", { Next: "Failed" }),
    Failed: {
      Type: "Fail",
      Error: "Firn.failed",
      Cause: "A stage failed; see the alert. Running again is safe.",
    },
  };
}

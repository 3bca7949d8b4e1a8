import type { Environment } from "#firn";

/** The tasks of a pipeline's state machine, in the order of a row's way; `notify` tells of a failure. */
export const tasks = ["window", "extract", "load", "check", "merge", "notify"] as const;
export type Task = (typeof tasks)[number];

/** A state machine in the Amazon States Language, as plain data. */
export interface Definition {
  Comment: string;
  StartAt: string;
  States: Record<string, Record<string, unknown>>;
}

/**
 * The state machine every pipeline runs: on a laptop through the interpreter, in the cloud the same bytes.
 *
 * Batch after batch until nothing is left to read. A transient failure is tried again from the stage it
 * happened in; anything else is told at once and ends the execution, with the watermark where it was.
 *
 * @param resource names the function behind a task
 */
export function planDefinition(
  { retry, stageSecondsMax }: Pick<Environment, "retry" | "stageSecondsMax">,
  resource: (task: Task) => string,
): Definition {
  const task = (name: Task, next: Record<string, unknown>) => ({
    Type: "Task",
    Resource: resource(name),
    // Never the default: it is three years on AWS and one minute in the interpreter.
    TimeoutSeconds: stageSecondsMax,
    ...(name !== "notify" && {
      Retry: [
        {
          ErrorEquals: ["Firn.transient"],
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
  });
  const choose = (...cases: [next: string, state: string][]) => ({
    Type: "Choice",
    Choices: cases.map(([next, state]) => ({ Variable: "$.next", StringEquals: next, Next: state })),
    Default: "Notify",
  });
  return {
    Comment: "One pipeline of Firn: window, extract, load, check, merge, until nothing is left to read.",
    StartAt: "Window",
    States: {
      Window: task("window", { Next: "Is there something to read?" }),
      "Is there something to read?": choose(["extract", "Extract"], ["stop", "Done"], ["skip", "Skipped"]),
      Extract: task("extract", { Next: "Did the source send rows?" }),
      "Did the source send rows?": choose(["load", "Load"], ["window", "Window"]),
      Load: task("load", { Next: "Was it promoted before?" }),
      "Was it promoted before?": choose(["check", "Check"], ["window", "Window"]),
      Check: task("check", { Next: "Merge" }),
      Merge: task("merge", { Next: "Is it a replay?" }),
      "Is it a replay?": choose(["window", "Window"], ["stop", "Done"]),
      Done: { Type: "Succeed" },
      Skipped: { Type: "Succeed" },
      Notify: task("notify", { Next: "Failed" }),
      Failed: {
        Type: "Fail",
        Error: "Firn.failed",
        Cause: "A stage failed; see the alert. Running again is safe.",
      },
    },
  };
}

import assert from "node:assert/strict";
import aslValidator from "asl-validator";
import fc from "fast-check";
import {
  planDefinition,
  planModelDefinition,
  renderDefinition,
  renderModelDefinition,
  type Task,
} from "#orchestrate/definition";
import { arn, interpret } from "#orchestrate/local";
import {
  answered,
  firstModelState,
  firstState,
  modelState,
  type StageState,
  stageState,
  waitingFor,
} from "#release";

const environment = { retry: { attempts: 3, intervalSeconds: 2 }, stageSecondsMax: 900 };
const named = (task: string) => `arn:aws:lambda:eu-central-1:123456789012:function:firn-${task}`;
const both = {
  "every pipeline": planDefinition,
  "a team's gold": planModelDefinition,
};

for (const [whose, plan] of Object.entries(both)) {
  describe(`the state machine of ${whose}`, () => {
    it("is valid in the Amazon States Language, its paths and the functions it names included", () => {
      const { isValid, errors } = aslValidator(plan(environment, named) as never, {
        checkPaths: true,
        checkArn: true,
      });
      assert.ok(isValid, JSON.stringify(errors, null, 2));
    });

    it("sets every task's seconds, since defaults differ: three years on AWS, a minute in the interpreter", () => {
      const { States } = plan(environment, named);
      const given = Object.values(States).flatMap((state) =>
        state.Type === "Task" ? [state.TimeoutSeconds] : [],
      );
      assert.deepEqual(new Set(given), new Set([900]));
    });

    it("tries again what says nothing of the stage: Lambda's own troubles, a function that was stopped", () => {
      const { States } = plan(environment, named);
      const tasks = Object.entries(States).filter(([name, { Type }]) => Type === "Task" && name !== "Notify");
      for (const [name, { Retry }] of tasks) {
        const [retry] = Retry as { ErrorEquals: string[] }[];
        for (const error of ["Firn.transient", "Lambda.TooManyRequestsException", "States.Timeout"])
          assert.ok(retry?.ErrorEquals.includes(error), `${name} does not retry ${error}`);
        assert.ok(!retry?.ErrorEquals.includes("States.ALL"), name);
      }
    });
  });
}

describe("a statement that takes longer than a function may", () => {
  const of = { team: "t", pipeline: "p", release: "r", run: "x" };

  it("is polled: the stage that waits is called again with the statement's id, until it has its answer", async () => {
    const calls: string[] = [];
    const execution = await interpret(
      renderDefinition(environment, arn),
      { ...firstState(of), next: "load" },
      (task, input) => {
        const state = stageState.parse(input);
        calls.push(`${task} ${state.statement}`.trimEnd());
        const asked = calls.filter((call) => call.startsWith(task)).length;
        if (task === "load" && asked < 3)
          return Promise.resolve(waitingFor({ ...state, waitSeconds: 0 }, "01b2"));
        const next: Partial<Record<Task, StageState["next"]>> = {
          load: "check",
          check: "merge",
          merge: "stop",
        };
        return Promise.resolve({ ...answered(state), next: next[task] });
      },
    );
    assert.deepEqual(calls, ["load", "load 01b2", "load 01b2", "check", "merge"]);
    assert.equal(execution.outcome, "done");
  });

  it("waits of every stage that may ask for one, in the pipeline and in gold", async () => {
    for (const start of ["load", "check", "merge"] as const) {
      const calls: Task[] = [];
      await interpret(
        renderDefinition(environment, arn),
        { ...firstState(of), next: start },
        (task, input) => {
          calls.push(task);
          const state = stageState.parse(input);
          return Promise.resolve(
            calls.length === 1 ? waitingFor(state, "s") : { ...answered(state), next: "stop" },
          );
        },
      );
      assert.deepEqual(calls.slice(0, 2), [start, start]);
    }
    const calls: Task[] = [];
    const gold = firstModelState({ team: "t", release: "r", run: "x" });
    await interpret(renderModelDefinition(environment, arn), gold, (task, input) => {
      calls.push(task);
      const state = modelState.parse(input);
      if (task === "select") return Promise.resolve({ ...state, next: "model" });
      return Promise.resolve(
        calls.length === 2 ? waitingFor(state, "s") : { ...answered(state), next: "watch" },
      );
    });
    assert.deepEqual(calls, ["select", "model", "model", "watch"]);
  });

  it("is asked for after 1 to 60 seconds, ever more rarely", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), (polls) => {
        let state = firstState(of);
        const waits: number[] = [];
        for (let n = 0; n < polls; n++) {
          state = stageState.parse(waitingFor(state, "s"));
          waits.push(state.waitSeconds);
        }
        assert.ok(waits.every((each, at) => each >= 1 && each <= 60 && each >= (waits[at - 1] ?? 0)));
        assert.equal(waitingFor(state, "another").waitSeconds, 1);
      }),
    );
  });

  it("is unknown to the state of an execution from before, which goes on", () => {
    const { statement, waitSeconds, ...before } = firstState(of);
    assert.deepEqual(stageState.parse(before), firstState(of));
    assert.equal(firstModelState({ team: "t", release: "r", run: "x" }).statement, "");
    assert.deepEqual([statement, waitSeconds], ["", 0]);
  });
});

describe("the beginning of an execution", () => {
  for (const start of ["window", "extract", "load", "check", "merge"] as const) {
    it(`is the stage its input names, so that a batch can be replayed with the deployed bytes: ${start}`, async () => {
      const of = { team: "t", pipeline: "p", release: "r", run: "x" };
      const calls: Task[] = [];
      await interpret(
        renderDefinition(environment, arn),
        { ...firstState(of), next: start },
        (task, input) => {
          calls.push(task);
          return Promise.resolve({ ...(input as StageState), next: "nonsense" });
        },
      );
      assert.equal(calls[0], start);
    });
  }
});

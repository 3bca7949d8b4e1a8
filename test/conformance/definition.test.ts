import assert from "node:assert/strict";
import aslValidator from "asl-validator";
import { planDefinition } from "#orchestrate/definition";

describe("the state machine of every pipeline", () => {
  it("is valid in the Amazon States Language, its paths and the functions it names included", () => {
    const definition = planDefinition(
      { retry: { attempts: 3, intervalSeconds: 2 }, stageSecondsMax: 900 },
      (task) => `arn:aws:lambda:eu-central-1:123456789012:function:firn-${task}`,
    );
    const { isValid, errors } = aslValidator(definition as never, { checkPaths: true, checkArn: true });
    assert.ok(isValid, JSON.stringify(errors, null, 2));
  });

  it("sets every task's seconds, since defaults differ: three years on AWS, a minute in the interpreter", () => {
    const { States } = planDefinition(
      { retry: { attempts: 3, intervalSeconds: 2 }, stageSecondsMax: 900 },
      (task) => task,
    );
    const given = Object.values(States).flatMap((state) =>
      state.Type === "Task" ? [state.TimeoutSeconds] : [],
    );
    assert.deepEqual(new Set(given), new Set([900]));
  });
});

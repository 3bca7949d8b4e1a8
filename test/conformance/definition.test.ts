import assert from "node:assert/strict";
import aslValidator from "asl-validator";
import { planDefinition } from "#orchestrate/definition";

describe("the state machine of every pipeline", () => {
  it("is valid in the Amazon States Language, its paths and the functions it names included", () => {
    const definition = planDefinition(
      { attempts: 3, intervalSeconds: 2 },
      (task) => `arn:aws:lambda:eu-central-1:123456789012:function:firn-${task}`,
    );
    const { isValid, errors } = aslValidator(definition as never, { checkPaths: true, checkArn: true });
    assert.ok(isValid, JSON.stringify(errors, null, 2));
  });
});

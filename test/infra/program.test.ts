import assert from "node:assert/strict";
import { programOf } from "./program.ts";

describe("the program of an environment", () => {
  for (const stack of ["dev", "staging", "prod", "large"]) {
    it(`registers what both teams have: ${stack}`, async () => {
      const { resources } = await programOf(stack);
      assert.deepEqual(
        resources.filter(({ type }) => type === "firn:infra:TeamPlatform").map(({ name }) => name),
        ["commerce", "learning"],
      );
    });
  }
  it("refuses a stack that no environment is named after, and a laptop's", async () => {
    await assert.rejects(programOf("production"), { code: "environment.unknown" });
    await assert.rejects(programOf("local"), { code: "infra.config" });
  });
});

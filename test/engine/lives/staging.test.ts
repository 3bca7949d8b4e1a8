import assert from "node:assert/strict";
import { comesToLife, givenProject } from "../life.ts";

describe("the staging environment in the real engine", () => {
  const life = givenProject("staging");
  comesToLife(life);

  it("sees a Snowflake object that was changed by hand, and puts it back", async () => {
    const contents = life.project.snowflake();
    const warehouse = Object.values(contents.objects).find(({ type }) => type.endsWith(":Warehouse"));
    assert.ok(warehouse);
    const declared = warehouse.inputs.autoSuspend;
    warehouse.inputs.autoSuspend = 3_600;
    life.project.setSnowflake(contents);
    const refreshed = await life.project.apply("refresh", life.stack);
    assert.equal(refreshed.code, 0, refreshed.text);
    const { code, text } = await life.project.apply("up", life.stack, ...life.settled);
    assert.equal(code, 0, text);
    const now = Object.values(life.project.snowflake().objects).find(
      ({ id, type }) => id === warehouse.id && type === warehouse.type,
    );
    assert.equal(now?.inputs.autoSuspend, declared);
  });

  it("is destroyed whole, as nothing of it is protected", async () => {
    const { code, text } = await life.project.apply("destroy", life.stack);
    assert.equal(code, 0, text);
    assert.deepEqual(await life.project.resources(life.stack), []);
  });
});

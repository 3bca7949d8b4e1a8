import assert from "node:assert/strict";
import { changeArgument } from "../changing.ts";
import { comesToLife, doneIn, givenProject } from "../life.ts";

describe("the dev environment in the real engine", () => {
  const life = givenProject("dev");
  comesToLife(life);

  it("changes only the logs where their days are declared anew", async () => {
    life.project.edit("stacks/environments/dev.ts", "logDays: 14", "logDays: 30");
    const { code, text, steps } = await life.project.apply("up", life.stack, ...life.settled);
    assert.equal(code, 0, text);
    const logs = life.planned.filter(({ type }) => type === "aws:cloudwatch/logGroup:LogGroup");
    assert.ok(logs.length > 0);
    assert.deepEqual(
      doneIn(steps).sort(),
      logs.map(({ type, name }) => `update ${type} ${name}: retentionInDays`).sort(),
    );
  });

  it("changes only the warehouse where a team declares it anew", async () => {
    life.project.edit(
      "stacks/environments/dev.ts",
      "logDays: 30,",
      "logDays: 30,\n    warehouses: { elt: { autoSuspendSeconds: 90 } },",
    );
    const { code, text, steps } = await life.project.apply("up", life.stack, ...life.settled);
    assert.equal(code, 0, text);
    assert.deepEqual(
      doneIn(steps)
        .filter((line) => line.includes("snowflake:"))
        .map((line) => line.replace(/ \S*-(\w+):/, " $1:")),
      [
        "update snowflake:index/warehouse:Warehouse elt: autoSuspend",
        "update snowflake:index/warehouse:Warehouse elt: autoSuspend",
      ],
    );
  });

  it("replaces what Snowflake cannot change, and then finds nothing to do", async () => {
    const schema = life.planned.find(
      ({ type, name }) => type === "snowflake:index/schema:Schema" && /raw/.test(name),
    );
    assert.ok(schema, "no team has a raw schema");
    const { type, name } = schema;
    changeArgument(life.project, { type, name, path: "isTransient", value: "false" });
    const { code, text, steps } = await life.project.apply("up", life.stack, ...life.settled);
    assert.equal(code, 0, text);
    const replaced = steps.filter(({ op, urn }) => op !== "same" && urn === schema.urn).map(({ op }) => op);
    assert.ok(
      replaced.indexOf("delete-replaced") < replaced.indexOf("create-replacement"),
      replaced.join(", "),
    );
    const again = await life.project.apply("up", life.stack, "--expect-no-changes", ...life.settled);
    assert.equal(again.code, 0, again.text);
  });

  it("is destroyed whole, as nothing of it is protected", async () => {
    const { code, text } = await life.project.apply("destroy", life.stack);
    assert.equal(code, 0, text);
    assert.deepEqual(await life.project.resources(life.stack), []);
    assert.deepEqual(life.project.snowflake().objects, {});
  });
});

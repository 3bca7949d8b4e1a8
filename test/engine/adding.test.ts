import assert from "node:assert/strict";
import { givenProject, tell } from "./life.ts";
import { addTeam } from "./teams.ts";

describe("adding a team", () => {
  const life = givenProject("dev");

  it("adds its own resources to the preview, and changes none of another's", async () => {
    const { project, stack } = life;
    const before = new Map((await project.preview(stack)).steps.map((step) => [step.urn, step]));
    addTeam(project, "helpdesk", stack);
    const after = new Map((await project.preview(stack)).steps.map((step) => [step.urn, step]));
    const added = [...after.values()].filter(({ urn }) => !before.has(urn));
    assert.deepEqual(
      [...before.keys()].filter((urn) => !after.has(urn)),
      [],
      "none may vanish",
    );
    assert.ok(added.length > 10, `${added.length} were added`);
    assert.deepEqual(
      added.filter(({ name }) => !/^helpdesk(-|$)/.test(name)).map(({ urn }) => urn),
      [],
      "all are the new team's",
    );
    const others = [...before.values()].filter(({ type }) => !type.startsWith("pulumi:"));
    for (const { urn, inputs } of others) assert.deepEqual(after.get(urn)?.inputs, inputs, urn);
    tell(`a third team adds ${added.length} resources to ${before.size}`);
  });
});

import assert from "node:assert/strict";
import { counted, givenProject, tell } from "./life.ts";
import { addLargeTeam } from "./teams.ts";

/** What a person waits for at most who looks at what a change would do. */
const secondsGoal = 20;

describe("an environment of 5 teams with 10 pipelines each", () => {
  const life = givenProject("prod");

  it("is previewed whole, and tells how long it took beside the goal", async () => {
    const { project, stack } = life;
    for (const name of ["alpha", "beta", "gamma", "delta", "epsilon"]) addLargeTeam(project, name, stack, 10);
    project.edit("stacks/index.ts", "commerce, learning, ", "");
    project.edit("stacks/index.ts", /import \{ (commerce|learning) \}.*\n/, "");
    project.edit("stacks/index.ts", /import \{ (commerce|learning) \}.*\n/, "");
    const { steps, seconds } = await project.preview(stack);
    tell(
      `5 teams x 10 pipelines: preview of ${counted(steps)} in ${seconds.toFixed(1)} s, goal ${secondsGoal} s`,
    );
    assert.equal(steps.filter(({ type }) => type === "firn:infra:TeamPlatform").length, 5);
  });
});

import assert from "node:assert/strict";
import { comesToLife, givenProject } from "../life.ts";
import { removeTeam } from "../teams.ts";

describe("the prod environment in the real engine", () => {
  const life = givenProject("prod");
  comesToLife(life);

  /** What holds data, whose loss no update may cause. */
  const holdsData = /^(aws|snowflake):.*:(Bucket|Key|Database)$/;
  const ofTeam = async (team: string) =>
    (await life.project.resources(life.stack)).filter(({ urn }) =>
      urn.split("::").at(-1)?.startsWith(`${team}-`),
    );

  it("protects what holds data", async () => {
    // The platform's key encrypts alerts on their way, and no data.
    const data = (await life.project.resources(life.stack)).filter(
      ({ type, urn }) => holdsData.test(type) && !urn.endsWith("::platform-key"),
    );
    assert.ok(data.length > 0);
    assert.deepEqual(
      data.filter(({ protect }) => !protect).map(({ urn }) => urn),
      [],
    );
  });

  it("refuses to be destroyed, before anything is deleted", async () => {
    const before = await life.project.resources(life.stack);
    const { code, text } = await life.project.pulumi(["destroy", "--stack", life.stack, "--yes"]);
    assert.notEqual(code, 0);
    assert.match(text, /protected/);
    assert.deepEqual(
      (await life.project.resources(life.stack)).map(({ urn }) => urn),
      before.map(({ urn }) => urn),
    );
  });

  it("refuses to lose a team that was only taken out of the list", async () => {
    const index = life.project.read("stacks/index.ts");
    removeTeam(life.project, "learning");
    const { code, text } = await life.project.pulumi(["preview", "--stack", life.stack]);
    assert.notEqual(code, 0);
    assert.match(text, /protected/);
    life.project.write("stacks/index.ts", index);
  });

  it("lets a team go in two steps: retired it runs no more, and then it is taken out", async () => {
    life.project.edit("stacks/teams/learning/team.ts", /team\(\{ ?/, "team({ retired: true, ");
    const retired = await life.project.apply("up", life.stack, ...life.excluding);
    assert.equal(retired.code, 0, retired.text);
    assert.deepEqual(
      (await ofTeam("learning")).filter(({ protect }) => protect).map(({ urn }) => urn),
      [],
    );
    const commerce = (await ofTeam("commerce")).map(({ urn }) => urn);
    removeTeam(life.project, "learning");
    const removed = await life.project.apply("up", life.stack, ...life.excluding);
    assert.equal(removed.code, 0, removed.text);
    assert.deepEqual(await ofTeam("learning"), []);
    assert.deepEqual((await ofTeam("commerce")).map(({ urn }) => urn).sort(), commerce.sort());
  });
});

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { openSearch } from "../support/canary.ts";
import { missingEngine, openProject, type Project } from "../support/engine.ts";
import { skipUnless } from "../support/skips.ts";

const canary = () => `canary-${randomBytes(12).toString("hex")}`;

/** What the shell or the workflow that runs Pulumi may hold, each with a value of its own. */
const secrets = {
  AWS_SECRET_ACCESS_KEY: canary(),
  AWS_SESSION_TOKEN: canary(),
  SNOWFLAKE_PASSWORD: canary(),
  SNOWFLAKE_PRIVATE_KEY: canary(),
  SNOWFLAKE_PRIVATE_KEY_PASSPHRASE: canary(),
  SNOWFLAKE_TOKEN: canary(),
  PULUMI_CONFIG_PASSPHRASE: canary(),
  GITHUB_TOKEN: canary(),
  ...Object.fromEntries(
    ["learning_platform_password", "example_api_token", "commerce_pii_key"].map((name) => [
      `FIRN_SECRET_${name.toUpperCase()}`,
      canary(),
    ]),
  ),
};
const config = canary();
const stack = "canary";

describe("secrets around a run of the engine", () => {
  let project: Project;
  before(async function () {
    const missing = missingEngine();
    skipUnless.call(this, missing === undefined, missing ?? "");
    project = await openProject(secrets);
    project.addEnvironment(stack, "dev");
    await project.init(stack);
    await project.must(["config", "set", "--stack", stack, "--secret", "firn:unused", config]);
    // One team is all there is to see of it, in half the time.
    await project.must(["config", "set", "--stack", stack, "--path", "firn:only[0]", "learning"]);
  });
  after(() => project?.close());

  it("are in no byte of its state, configuration, plan, events and logs", async () => {
    const { steps } = await project.preview(stack);
    // Their waiting takes a minute, and they hold a number of days.
    const slow = steps.filter(
      ({ type }) => type === "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    );
    const excluding = slow.flatMap(({ urn }) => ["--exclude", urn]);
    const plan = join(project.scratch, "plan.json");
    const loud = ["-v=9", "--logflow", "--logtostderr"];
    const outputs = {
      preview: await project.must(["preview", "--stack", stack, "--diff", "--save-plan", plan, ...loud]),
      up: await project.apply("up", stack, ...excluding, ...loud),
      refresh: await project.apply("refresh", stack, ...loud),
      export: await project.must(["stack", "export", "--stack", stack]),
      destroy: await project.apply("destroy", stack, ...loud),
    };
    assert.equal(outputs.up.code, 0, outputs.up.text.slice(-5_000));
    const search = openSearch({ ...secrets, "firn:unused": config });
    const found = [
      ...Object.entries(outputs).flatMap(([name, { text }]) => search.text(`what ${name} prints`, text)),
      ...(await search.folder(project.scratch, ["project/node_modules"])),
    ];
    assert.deepEqual(found, []);
    // The search would find one: what is kept is there to be searched.
    assert.ok(openSearch({ release: "TeamPlatform" }).text("up", outputs.up.text).length > 0);
    assert.ok((await openSearch({ release: "TeamPlatform" }).folder(project.scratch)).length > 3);
  });
});

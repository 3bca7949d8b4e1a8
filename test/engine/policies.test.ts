import assert from "node:assert/strict";
import { unjudged } from "../../policies/unjudged.ts";
import type { Ran } from "../support/commands.ts";
import { missingEngine, openProject, type Project } from "../support/engine.ts";
import { skipUnless } from "../support/skips.ts";
import { judgedAs } from "./emulated.ts";

const environments = ["dev", "staging", "prod"];

describe("a preview that is held to the policies", () => {
  let project: Project;

  before(async function () {
    const missing = missingEngine();
    skipUnless.call(this, missing === undefined, missing ?? "");
    project = await openProject();
    for (const environment of environments) {
      await project.init(environment);
      // The provider of the tests knows no newer runtime, and policies see what it makes of ours.
      const runtimes = judgedAs.flatMap(({ asked, used }) => [asked, used]);
      const path = `policies/config/${environment}.json`;
      const config = JSON.parse(project.read(path));
      config.settings = { ...config.settings, "function-runtime": { runtimes } };
      project.write(path, JSON.stringify(config, null, 2));
    }
  });

  after(() => project?.close());

  for (const environment of environments) {
    it(`passes in ${environment}, with every rule evaluated`, async () => {
      const ran = await preview(environment);
      assert.equal(ran.code, 0, ran.text);
      assert.match(ran.text, /firn@v\d/, "the pack did not run");
      assert.deepEqual(unjudged(ran.text), []);
      console.log(`      ${environment}: ${ran.seconds.toFixed(1)} s with the policies`);
    });
  }

  it("fails where a declaration breaks a rule, and says which, of what, and how to mend it", async () => {
    const plan = "infra/keys/component.ts";
    project.edit(plan, "enableKeyRotation: true", "enableKeyRotation: false");
    const ran = await preview("dev");
    project.edit(plan, "enableKeyRotation: false", "enableKeyRotation: true");
    assert.notEqual(ran.code, 0, ran.text);
    assert.match(ran.text, /key-rotates/);
    assert.match(ran.text, /learning-key: has enableKeyRotation off/);
    assert.match(ran.text, /To fix: Set enableKeyRotation/);
  });

  it("fails where a rule that sees the whole stack is broken", async () => {
    const zone = "infra/lake/zone.ts";
    project.edit(zone, 'status: "Enabled" }', 'status: "Suspended" }');
    const ran = await preview("dev");
    project.edit(zone, 'status: "Suspended" }', 'status: "Enabled" }');
    assert.notEqual(ran.code, 0, ran.text);
    assert.match(ran.text, /bucket-versioned/);
  });

  it("fails where a rule could not be evaluated, and nobody allowed it", async () => {
    const zone = "infra/lake/zone.ts";
    project.edit(zone, "policy: policyJson(plan.policy)", "policy: made.arn");
    const ran = await preview("dev");
    project.edit(zone, "policy: made.arn", "policy: policyJson(plan.policy)");
    assert.notEqual(ran.code, 0, ran.text);
    assert.match(ran.text, /could not be evaluated: rule=iam-no-wildcard-action type=aws:s3\/bucketPolicy/);
    assert.notDeepEqual(unjudged(ran.text), []);
  });

  it("does not begin where the configuration names a rule that there is not", async () => {
    const config = "policies/config/dev.json";
    const before = project.read(config);
    project.edit(config, '"settings": {', '"settings": { "bucket-encryptd": {},');
    const ran = await preview("dev");
    project.write(config, before);
    assert.notEqual(ran.code, 0, ran.text);
    assert.match(ran.text, /dev\.json sets bucket-encryptd, which is no rule/);
  });

  function preview(stack: string): Promise<Ran> {
    return project.pulumi(["preview", "--stack", stack, "--policy-pack", "policies"]);
  }
});

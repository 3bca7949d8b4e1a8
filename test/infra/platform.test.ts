import assert from "node:assert/strict";
import { arn } from "#infra/names";
import { planPlatform, platformKeyAlias } from "#infra/platform/plan";
import { site } from "./generated.ts";
import { allows } from "./policies.ts";
import { programOf } from "./program.ts";

describe("what teams share", () => {
  const { key } = planPlatform(site);
  const use = (Service: string, account?: string) =>
    ["kms:Decrypt", "kms:GenerateDataKey"].every((action) =>
      allows(
        {
          ...key.policy,
          Statement: key.policy.Statement.filter(
            ({ Principal }) => JSON.stringify(Principal) === JSON.stringify({ Service }),
          ),
        },
        { action, resource: "*", context: account ? { "aws:SourceAccount": account } : {} },
      ),
    );

  it("lets alarms, schedules and topics of this account use its key, and no other account's", () => {
    for (const service of ["cloudwatch", "scheduler", "sns"]) {
      assert.equal(use(`${service}.amazonaws.com`, site.environment.cloud.account), true);
      assert.equal(use(`${service}.amazonaws.com`, "999999999999"), false);
    }
  });
  it("lets rules use it, which do not say for whom they ask", () => {
    assert.equal(use("events.amazonaws.com"), true);
  });
  it("leaves the rest to the account's IAM, and gives services no other right", () => {
    assert.deepEqual(key.policy.Statement[0]?.Principal, { AWS: arn(site, "iam", "root") });
    for (const { Action } of key.policy.Statement.slice(1))
      assert.deepEqual(Action, ["kms:Decrypt", "kms:GenerateDataKey"]);
  });
  it("is made once an environment, and not where a run is narrowed to teams", async () => {
    const keysIn = async (config?: Record<string, string>) =>
      (await programOf("dev", config)).resources.flatMap(({ type, inputs }) =>
        type === "aws:kms/alias:Alias" ? [String(inputs.name)] : [],
      );
    assert.equal(platformKeyAlias(site), "alias/firn-prod-platform");
    assert.deepEqual((await keysIn()).sort(), [
      "alias/firn-dev-commerce",
      "alias/firn-dev-learning",
      "alias/firn-dev-platform",
    ]);
    assert.deepEqual(await keysIn({ "firn:only": '["commerce"]' }), ["alias/firn-dev-commerce"]);
    assert.deepEqual(await keysIn({ "firn:only": '["_platform"]' }), ["alias/firn-dev-platform"]);
  });
});

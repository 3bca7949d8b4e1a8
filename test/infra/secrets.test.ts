import assert from "node:assert/strict";
import { secretArn } from "#infra/scope";
import { planSecrets } from "#infra/secrets/plan";
import { scopeOf, siteWith, teamOf } from "./generated.ts";
import { programOf } from "./program.ts";

describe("the secrets of a team", () => {
  it("are containers encrypted with its key, and Pulumi never sees a value", async () => {
    const { resources } = await programOf("prod");
    const secrets = resources.filter(({ type }) => type.startsWith("aws:secretsmanager/"));
    assert.ok(secrets.length > 0);
    for (const { type, name, propertyDependencies, protect, inputs } of secrets) {
      assert.equal(type, "aws:secretsmanager/secret:Secret");
      assert.match(String(propertyDependencies.kmsKeyId), new RegExp(`::${name.split("-")[0]}-key$`));
      assert.equal(protect, true);
      assert.equal(inputs.recoveryWindowInDays, 30);
    }
  });
  it("are those its declarations name", () => {
    const planned = planSecrets(scopeOf(teamOf("shop", ["x"], { signIn: "key_pair" })));
    assert.deepEqual(
      planned.map(({ secret }) => secret).filter((each) => each.startsWith("snowflake")),
      ["snowflake_elt_private_key"],
    );
    assert.ok(planned.every(({ name, tags }) => name.startsWith("firn-prod-shop-") && tags.Team === "shop"));
  });
  it("free their names at once where nothing is kept", () => {
    const dev = scopeOf(teamOf("shop", ["x"], { signIn: "key_pair" }), siteWith({ production: false }));
    assert.deepEqual([...new Set(planSecrets(dev).map(({ recoveryDays }) => recoveryDays))], [0]);
    assert.equal(
      secretArn(dev, "snowflake_elt_private_key"),
      "arn:aws:secretsmanager:eu-west-1:333333333333:secret:firn-prod-shop-snowflake-elt-private-key-??????",
    );
  });
});

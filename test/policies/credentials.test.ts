import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { credentialsIn } from "../../policies/credentials.ts";

/** What no scanner of this repository should find in it. */
const halves = (...parts: string[]) => parts.join("");

describe("a text of a resource", () => {
  it("is found where it has the shape of a credential, wherever it stands", () => {
    const texts = [
      halves("AKIA", "IOSFODNN7EXAMPLE"),
      halves("-----BEGIN RSA ", "PRIVATE KEY-----\nMII"),
      halves("ghp_", "abcdefghijklmnopqrstuvwxyz0123456789"),
      halves("xoxb-", "123456789012-abcdefghij"),
      halves("https://hooks.slack.com/", "services/T000/B000/XXXX"),
      halves("eyJhbGciOiJIUzI1NiJ9.", "eyJzdWIiOiIxMjM0NTYifQ.", "dBjftJeZ4CVPmB92K27uhbUJU1p1r"),
      halves("postgres://ann:", "secret1@db.example.com/x"),
    ];
    for (const text of texts) {
      for (const value of [text, { a: [{ b: text }] }, `{"State":"say ${text} now"}`]) {
        assert.equal(credentialsIn({ value }).length, 1, JSON.stringify(value));
      }
    }
  });

  it("is found where it is random and a word for a credential stands before it", () => {
    const key = createHash("sha256").update("a").digest("base64url");
    for (const value of [
      { apiKey: key },
      { a: { clientSecret: key } },
      `token = ${key}`,
      `{"api_key": "${key}"}`,
    ]) {
      assert.equal(credentialsIn({ value }).length, 1, JSON.stringify(value));
    }
    assert.equal(credentialsIn({ value: "CREATE USER X PASSWORD = 'tiger'" }).length, 1);
  });

  it("is left alone where it is a name, an address or a sentence", () => {
    for (const value of [
      "arn:aws:secretsmanager:eu-west-1:333333333333:secret:firn-prod-learning-api-??????",
      "firn-prod-learning-snowflake-elt-private-key-3f9a1c2b",
      "PROD_LEARNING_ELT_SERVICE",
      "https://github.com/example/firn/blob/main/infra/RUNBOOK.md#lag",
      "Put the token with `firn secrets set slack_webhook`; the password is never kept.",
      { secret: "firn-prod-learning-learning_platform_token" },
      { secretArn: "arn:aws:secretsmanager:eu-west-1:333333333333:secret:a" },
      { FIRN_RELEASE: createHash("sha256").update("a").digest("hex") },
      { key: "releases/3f786850e387550fdab836ed7e6dc881de23001b.json" },
    ]) {
      assert.deepEqual(credentialsIn({ value }), [], JSON.stringify(value));
    }
  });

  it("is found in whatever an AWS key is hidden", () => {
    const id = fc
      .array(fc.constantFrom(..."ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"), { minLength: 16, maxLength: 16 })
      .map((each) => halves("AKIA", each.join("")));
    const around = fc.string().map((each) => each.replace(/\w/g, "."));
    fc.assert(
      fc.property(id, around, around, (key, before, after) => {
        assert.ok(credentialsIn({ a: [before + key + after] }).length > 0);
      }),
    );
  });
});

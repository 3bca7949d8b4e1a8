import assert from "node:assert/strict";
import fc from "fast-check";
import { covers, intersects } from "#infra/access/glob";
import { type Call, conditionsHold, parsePolicy } from "#infra/access/policy";

const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*", "?", "/"), maxLength: 7 });
const text = fc.string({ unit: fc.constantFrom("a", "b", "/"), maxLength: 7 });
const matches = (glob: string, value: string) =>
  new RegExp(`^${glob.replaceAll("*", ".*").replaceAll("?", ".")}$`).test(value);

describe("patterns of policies", () => {
  it("meet where one text matches both, and only there", () => {
    fc.assert(
      fc.property(pattern, pattern, text, (left, right, value) => {
        if (matches(left, value) && matches(right, value)) assert.ok(intersects(left, right));
        if (!left.includes("*") && !left.includes("?"))
          assert.equal(intersects(left, right), matches(right, left));
        assert.equal(intersects(left, right), intersects(right, left));
      }),
      { numRuns: 3_000 },
    );
  });

  it("cover no pattern with a text that they do not match", () => {
    fc.assert(
      fc.property(pattern, pattern, text, (wide, narrow, value) => {
        if (covers(wide, narrow) && matches(narrow, value)) assert.ok(matches(wide, value));
        if (!/[*?]/.test(narrow)) assert.equal(covers(wide, narrow), matches(wide, narrow));
      }),
      { numRuns: 3_000 },
    );
  });

  it("cover themselves", () => {
    fc.assert(fc.property(pattern, (each) => covers(each, each)));
  });
});

describe("conditions of policies", () => {
  const holds = (Condition: object, call: Call) => {
    const [statement] = parsePolicy({ Statement: { Effect: "Allow", Action: "s3:*", Condition } }) ?? [];
    assert.ok(statement);
    return conditionsHold(statement, call);
  };
  const call: Call = {
    "kms:resourcealiases": ["alias/shop"],
    "aws:securetransport": ["true"],
    "s3:if-none-match": null,
    "s3:prefix": ["raw/*"],
  };

  it("hold, or do not, where the call is known", () => {
    const alias = { "kms:ResourceAliases": ["alias/other", "alias/shop"] };
    assert.equal(holds({ "ForAnyValue:StringEquals": alias }, call), true);
    assert.equal(
      holds({ "ForAnyValue:StringEquals": { "kms:ResourceAliases": "alias/other" } }, call),
      false,
    );
    assert.equal(holds({ StringLike: { "kms:ResourceAliases": "alias/s*" } }, call), true);
    assert.equal(holds({ StringNotEquals: { "kms:ResourceAliases": "alias/shop" } }, call), false);
    assert.equal(holds({ Bool: { "aws:SecureTransport": "false" } }, call), false);
    assert.equal(holds({ Null: { "s3:if-none-match": "true" } }, call), true);
    assert.equal(holds({ Null: { "s3:prefix": "true" } }, call), false);
    assert.equal(holds({ StringEqualsIfExists: { "s3:if-none-match": "*" } }, call), true);
    assert.equal(holds({ StringEquals: { "s3:if-none-match": "*" } }, call), false);
  });

  it("are left open where the call could be either", () => {
    assert.equal(holds({ StringLike: { "s3:prefix": "raw/orders/*" } }, call), null);
    assert.equal(holds({ StringLike: { "s3:prefix": "state/*" } }, call), false);
    assert.equal(holds({ StringLike: { "s3:prefix": "r*" } }, call), true);
  });

  it("are left open where this checker does not know them", () => {
    assert.equal(holds({ IpAddress: { "aws:SourceIp": "10.0.0.0/8" } }, call), null);
    assert.equal(holds({ NumericLessThan: { "s3:prefix": "3" } }, call), null);
    assert.equal(holds({ StringEquals: { "s3:prefix": ["$", "{aws:username}/"].join("") } }, call), null);
    assert.equal(holds({ StringEquals: { "sts:ExternalId": "x" } }, call), null);
  });

  it("all have to hold", () => {
    const both = { Bool: { "aws:SecureTransport": "true" }, StringLike: { "s3:prefix": "state/*" } };
    assert.equal(holds(both, call), false);
    assert.equal(holds({ ...both, StringLike: { "s3:prefix": "r*", "aws:unknown": "x" } }, call), null);
  });
});

import assert from "node:assert/strict";
import { allowKey, delegateToAccount, trustService } from "#infra/iam";
import { requireSite } from "#infra/select";
import { loadStacks } from "#stacks";

const site = requireSite(loadStacks("dev"));

describe("IAM policies", () => {
  it("let a service act for this account's resources only", () => {
    assert.deepEqual(trustService(site, "states.amazonaws.com").Statement, [
      {
        Sid: "TrustService",
        Effect: "Allow",
        Principal: { Service: "states.amazonaws.com" },
        Action: ["sts:AssumeRole"],
        Condition: { StringEquals: { "aws:SourceAccount": "111111111111" } },
      },
    ]);
    const [statement] = trustService(site, "scheduler.amazonaws.com", "arn:aws:scheduler:::x").Statement;
    assert.deepEqual(statement?.Condition?.ArnLike, { "aws:SourceArn": "arn:aws:scheduler:::x" });
  });
  it("name a key by its alias, in one account and region, and to write include to read", () => {
    assert.deepEqual(allowKey(site, "alias/firn-dev-a", "write", ["s3"]), {
      Sid: "UseKey",
      Effect: "Allow",
      Action: ["kms:Decrypt", "kms:GenerateDataKey"],
      Resource: ["arn:aws:kms:eu-west-1:111111111111:key/*"],
      Condition: {
        "ForAnyValue:StringEquals": { "kms:ResourceAliases": "alias/firn-dev-a" },
        StringEquals: { "kms:ViaService": ["s3.eu-west-1.amazonaws.com"] },
      },
    });
    assert.deepEqual(allowKey(site, "alias/firn-dev-a", "read").Action, ["kms:Decrypt"]);
  });
  it("leave who may use a key to the account's IAM", () => {
    assert.deepEqual(delegateToAccount(site).Principal, { AWS: "arn:aws:iam::111111111111:root" });
  });
});

import { has } from "../resource.ts";
import { rule } from "../rule.ts";

export default rule({
  name: "account-pinned",
  claim: "AWS resources are made by a provider that is held to one account.",
  severity: "high",
  why: "Whoever is signed in to another account would make the environment there.",
  fix: "Pass the environment's provider, whose allowedAccountIds names the account.",
  provision: {
    source: "Pulumi AWS provider, allowedAccountIds",
    url: "https://www.pulumi.com/registry/packages/aws/api-docs/provider/#allowedaccountids_nodejs",
  },
  types: ["aws:s3/bucket:Bucket", "aws:iam/role:Role", "aws:kms/key:Key", "aws:lambda/function:Function"],
  sees: "resource",
  check({ provider }, { report }) {
    if (!has(provider?.props ?? {}, "allowedAccountIds")) report("is made in whatever account is signed in.");
  },
});

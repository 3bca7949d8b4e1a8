import { strings } from "../resource.ts";
import { rule } from "../rule.ts";

export default rule({
  name: "iam-own-policies",
  claim: "A role has only policies that are written here.",
  severity: "high",
  why: "A policy that AWS manages names no resource, and changes without us.",
  fix: "Write the statements that are needed into a RolePolicy.",
  provision: {
    source: "CIS AWS Foundations Benchmark 1.16",
    url: "https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html#iam-1",
  },
  types: [
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:iam/policyAttachment:PolicyAttachment",
    "aws:iam/role:Role",
  ],
  sees: "resource",
  check({ type, props }, { report }) {
    const arns = strings(type === "aws:iam/role:Role" ? props.managedPolicyArns : props.policyArn);
    for (const arn of arns) {
      if (/^arn:aws[\w-]*:iam::aws:/.test(arn)) report(`uses ${arn}, which AWS manages.`);
    }
  },
});

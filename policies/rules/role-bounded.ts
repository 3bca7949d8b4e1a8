import { has } from "../resource.ts";
import { rule } from "../rule.ts";

export default rule({
  name: "role-bounded",
  claim: "A role carries the permissions boundary.",
  severity: "high",
  why: "Whoever may make a role could otherwise make one that may do everything, and take it.",
  fix: "Set permissionsBoundary to the environment's boundary, which the bootstrap makes.",
  provision: {
    source: "AWS Well-Architected SEC03-BP05",
    url: "https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_permissions_define_guardrails.html",
  },
  types: ["aws:iam/role:Role"],
  sees: "resource",
  check({ props }, { report }) {
    if (!has(props, "permissionsBoundary")) report("has no permissionsBoundary.");
  },
});

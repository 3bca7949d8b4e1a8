import { has } from "../resource.ts";
import { rule } from "../rule.ts";

export default rule({
  name: "function-permission-scoped",
  claim: "A service may invoke a function only for one resource of ours.",
  severity: "high",
  why: "Any topic or rule in the world could invoke it otherwise.",
  fix: "Give the Permission a sourceArn.",
  provision: {
    source: "AWS Foundational Security Best Practices Lambda.1",
    url: "https://docs.aws.amazon.com/securityhub/latest/userguide/lambda-controls.html#lambda-1",
  },
  types: ["aws:lambda/permission:Permission"],
  sees: "resource",
  check({ props }, { report }) {
    if (props.principal === "*") report("lets everybody invoke the function.");
    else if (!has(props, "sourceArn"))
      report(`lets ${String(props.principal)} invoke the function for anybody.`);
  },
});

import { has, known } from "../resource.ts";
import { rule } from "../rule.ts";

export default rule({
  name: "topic-encrypted",
  claim: "A topic is encrypted with a key of ours.",
  severity: "medium",
  why: "Only a key of ours lets its policy say who may publish and read.",
  fix: "Give it a kmsMasterKeyId.",
  provision: {
    source: "AWS Foundational Security Best Practices SNS.1",
    url: "https://docs.aws.amazon.com/securityhub/latest/userguide/sns-controls.html#sns-1",
  },
  types: ["aws:sns/topic:Topic"],
  sees: "resource",
  check({ props }, { report }) {
    if (!has(props, "kmsMasterKeyId")) report("has no kmsMasterKeyId.");
    // The key that AWS manages lets no service in, and alarms would be lost.
    else if (known(() => props.kmsMasterKeyId) === "alias/aws/sns") report("uses the key that AWS manages.");
  },
});

import { has } from "../resource.ts";
import { rule } from "../rule.ts";

export default rule({
  name: "queue-encrypted",
  claim: "A queue is encrypted with a key of ours.",
  severity: "medium",
  why: "Only a key of ours lets its policy say who may read.",
  fix: "Give it a kmsMasterKeyId.",
  provision: {
    source: "AWS Foundational Security Best Practices SQS.1",
    url: "https://docs.aws.amazon.com/securityhub/latest/userguide/sqs-controls.html#sqs-1",
  },
  types: ["aws:sqs/queue:Queue"],
  sees: "resource",
  check({ props }, { report }) {
    if (!has(props, "kmsMasterKeyId")) report("has no kmsMasterKeyId.");
  },
});

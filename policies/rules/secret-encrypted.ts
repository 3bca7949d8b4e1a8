import { has } from "../resource.ts";
import { rule } from "../rule.ts";

export default rule({
  name: "secret-encrypted",
  claim: "A secret is encrypted with a key of ours.",
  severity: "high",
  why: "With AWS's own key, every role of the account that may read the secret may decrypt it.",
  fix: "Give it a kmsKeyId.",
  provision: {
    source: "AWS Well-Architected SEC08-BP01",
    url: "https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_protect_data_rest_key_mgmt.html",
  },
  types: ["aws:secretsmanager/secret:Secret"],
  sees: "resource",
  check({ props }, { report }) {
    if (!has(props, "kmsKeyId")) report("has no kmsKeyId.");
  },
});

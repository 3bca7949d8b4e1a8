import { rule } from "../rule.ts";

export default rule({
  name: "key-rotates",
  claim: "A key is rotated every year or more often.",
  severity: "medium",
  why: "The longer one key material is in use, the more a leak of it uncovers.",
  fix: "Set enableKeyRotation, and rotationPeriodInDays at most 365.",
  provision: {
    source: "CIS AWS Foundations Benchmark 3.6",
    url: "https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html#kms-4",
  },
  types: ["aws:kms/key:Key"],
  sees: "resource",
  check({ props }, { report }) {
    if (props.enableKeyRotation !== true) report("has enableKeyRotation off.");
    const days = props.rotationPeriodInDays;
    if (typeof days === "number" && days > 365) report(`rotates every ${days} days.`);
  },
});

import { rule } from "../rule.ts";

export default rule({
  name: "key-deletion-waits",
  claim: "A key that is deleted can be had back for some time.",
  severity: "high",
  why: "All that it encrypted is lost with it.",
  fix: "Raise deletionWindowInDays.",
  provision: {
    source: "AWS Foundational Security Best Practices KMS.3",
    url: "https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html#kms-3",
  },
  settings: { daysMin: { default: 30, about: "Days between a key's deletion and its end." } },
  types: ["aws:kms/key:Key"],
  sees: "resource",
  check({ props }, { report, settings }) {
    // KMS waits 30 days where nothing is said.
    const days = props.deletionWindowInDays ?? 30;
    if (typeof days !== "number" || days < settings.daysMin) {
      report(`has deletionWindowInDays ${String(days)}, less than ${settings.daysMin}.`);
    }
  },
});

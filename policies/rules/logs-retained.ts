import { rule } from "../rule.ts";

export default rule({
  name: "logs-retained",
  claim: "Logs are kept long enough to look into a failure, and not for ever.",
  severity: "medium",
  why: "CloudWatch keeps logs for ever where nothing is said, at a price each month.",
  fix: "Set retentionInDays, within the environment's bounds.",
  provision: {
    source: "AWS Foundational Security Best Practices CloudWatch.16",
    url: "https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html#cloudwatch-16",
  },
  settings: {
    daysMin: { default: 30, about: "Days that logs are kept at least." },
    daysMax: { default: 400, about: "Days that logs are kept at most." },
  },
  types: ["aws:cloudwatch/logGroup:LogGroup"],
  sees: "resource",
  check({ props }, { report, settings }) {
    const days = props.retentionInDays ?? 0;
    if (typeof days !== "number" || days < settings.daysMin || days > settings.daysMax) {
      report(
        `keeps logs ${days === 0 ? "for ever" : `${String(days)} days`}, not ${settings.daysMin} to ${settings.daysMax}.`,
      );
    }
  },
});

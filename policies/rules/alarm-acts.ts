import { has } from "../resource.ts";
import { rule } from "../rule.ts";

export default rule({
  name: "alarm-acts",
  claim: "An alarm tells somebody, when it begins and when it ends.",
  severity: "high",
  why: "An alarm without an action turns red where nobody looks.",
  fix: "Set alarmActions and okActions to the team's topic.",
  provision: {
    source: "AWS Foundational Security Best Practices CloudWatch.15",
    url: "https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html#cloudwatch-15",
  },
  types: ["aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/compositeAlarm:CompositeAlarm"],
  sees: "resource",
  check({ props }, { report }) {
    if (props.actionsEnabled === false) report("has actionsEnabled off.");
    for (const actions of ["alarmActions", "okActions"]) {
      if (!has(props, actions) || Object.keys(props[actions] as object).length === 0)
        report(`has no ${actions}.`);
    }
  },
});

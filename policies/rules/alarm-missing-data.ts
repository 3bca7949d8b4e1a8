import { rule } from "../rule.ts";

export default rule({
  name: "alarm-missing-data",
  claim: "An alarm says what it takes missing data for.",
  severity: "medium",
  why: "By default it keeps its last state's silence: a pipeline that sends nothing looks well for ever.",
  fix: "Choose treatMissingData by what the metric means: breaching, notBreaching or ignore.",
  provision: {
    source: "Amazon CloudWatch User Guide, missing data",
    url: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html",
  },
  types: ["aws:cloudwatch/metricAlarm:MetricAlarm"],
  sees: "resource",
  check({ props: { treatMissingData } }, { report }) {
    if (!["breaching", "notBreaching", "ignore"].includes(String(treatMissingData))) {
      report(`has treatMissingData ${String(treatMissingData)}.`);
    }
  },
});

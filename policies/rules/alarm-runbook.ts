import { rule } from "../rule.ts";

export default rule({
  name: "alarm-runbook",
  claim: "An alarm's description says where to read on and what to run.",
  severity: "medium",
  why: "Who is woken at night has nothing else before them.",
  fix: "Write the runbook's link, with the alarm's anchor, and the command (npx firn ...) into alarmDescription.",
  provision: {
    source: "AWS Well-Architected OPS10-BP02",
    url: "https://docs.aws.amazon.com/wellarchitected/latest/operational-excellence-pillar/ops_event_response_process_per_alert.html",
  },
  types: ["aws:cloudwatch/metricAlarm:MetricAlarm"],
  sees: "resource",
  check({ props }, { report }) {
    const description = String(props.alarmDescription ?? "");
    if (!/https:\/\/\S+#[\w-]+/.test(description)) report("links to no place in a runbook.");
    if (!/\bfirn [a-z]/.test(description)) report("names no command to run.");
  },
});

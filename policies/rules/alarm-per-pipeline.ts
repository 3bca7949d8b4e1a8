import { at, ofType, strings, teamOf, teamType } from "../resource.ts";
import { rule } from "../rule.ts";

export default rule({
  name: "alarm-per-pipeline",
  claim: "Every pipeline that a team declares has its alarms.",
  severity: "high",
  why: "A pipeline that nobody watches fails for weeks before somebody misses its data.",
  fix: "Let the watch planner make its alarms, tagged with Team and Pipeline.",
  provision: {
    source: "AWS Well-Architected OPS08-BP04",
    url: "https://docs.aws.amazon.com/wellarchitected/latest/operational-excellence-pillar/ops_workload_observability_create_alerts.html",
  },
  settings: { required: { default: true, about: "Whether pipelines are watched here." } },
  types: [teamType],
  sees: "stack",
  check(team, { stack, report, settings }) {
    if (!settings.required || team.props.retired === true) return;
    const watched = ofType(stack, "aws:cloudwatch/metricAlarm:MetricAlarm")
      .filter((alarm) => teamOf(alarm)?.urn === team.urn)
      .map(({ props }) => at(props, "tags").Pipeline);
    for (const pipeline of strings(team.props.pipelines)) {
      if (!watched.includes(pipeline)) report(`has no alarm of pipeline ${pipeline}.`);
    }
  },
});

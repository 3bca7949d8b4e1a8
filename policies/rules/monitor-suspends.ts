import { has } from "../resource.ts";
import { rule } from "../rule.ts";

export default rule({
  name: "monitor-suspends",
  claim: "A resource monitor has a quota by the month, or from a fixed day on, and stops its warehouses.",
  severity: "high",
  why: "One that only tells stops nothing; one that begins now changes with every preview.",
  fix: "Set creditQuota, suspendTrigger and suspendImmediateTrigger; a startTimestamp names a day.",
  provision: {
    source: "Snowflake, CREATE RESOURCE MONITOR",
    url: "https://docs.snowflake.com/en/sql-reference/sql/create-resource-monitor",
  },
  types: ["snowflake:index/resourceMonitor:ResourceMonitor"],
  sees: "resource",
  check({ props }, { report }) {
    const { creditQuota, startTimestamp, suspendTrigger, suspendImmediateTrigger } = props;
    if (!(typeof creditQuota === "number" && creditQuota > 0)) report("has no creditQuota.");
    // Snowflake counts by the month where neither is said.
    if (has(props, "startTimestamp") && !/^\d{4}-\d{2}-\d{2}/.test(String(startTimestamp))) {
      report("begins on no fixed day.");
    }
    if (String(props.frequency).toUpperCase() === "NEVER") report("is never set back.");
    for (const [trigger, share] of Object.entries({ suspendTrigger, suspendImmediateTrigger })) {
      if (!(typeof share === "number" && share > 0)) report(`has no ${trigger}.`);
    }
  },
});

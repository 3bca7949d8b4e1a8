import { has } from "../resource.ts";
import { rule } from "../rule.ts";

export default rule({
  name: "warehouse-monitored",
  claim: "A warehouse has a resource monitor.",
  severity: "high",
  why: "Nothing else stops it when a statement runs away: a budget alone only tells.",
  fix: "Declare the team's budget, and set resourceMonitor to its monitor.",
  provision: {
    source: "Snowflake, working with resource monitors",
    url: "https://docs.snowflake.com/en/user-guide/resource-monitors",
  },
  settings: { required: { default: true, about: "Whether every warehouse has a monitor here." } },
  types: ["snowflake:index/warehouse:Warehouse"],
  sees: "resource",
  check({ props }, { report, settings }) {
    if (settings.required && !has(props, "resourceMonitor")) report("has no resourceMonitor.");
  },
});

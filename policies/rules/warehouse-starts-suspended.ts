import { rule } from "../rule.ts";

export default rule({
  name: "warehouse-starts-suspended",
  claim: "A warehouse is made asleep.",
  severity: "low",
  why: "Each new one would bill a minute and its idle tail for nothing.",
  fix: "Set initiallySuspended true.",
  provision: {
    source: "Snowflake, CREATE WAREHOUSE",
    url: "https://docs.snowflake.com/en/sql-reference/sql/create-warehouse",
  },
  types: ["snowflake:index/warehouse:Warehouse"],
  sees: "resource",
  check({ props: { initiallySuspended } }, { report }) {
    if (initiallySuspended !== true) report("starts when it is made.");
  },
});

import { rule } from "../rule.ts";

export default rule({
  name: "warehouse-resumes",
  claim: "A warehouse starts when a statement comes.",
  severity: "medium",
  why: "One that must be started by hand is started once and never stopped, or a run fails at night.",
  fix: 'Set autoResume "true".',
  provision: {
    source: "Snowflake, CREATE WAREHOUSE",
    url: "https://docs.snowflake.com/en/sql-reference/sql/create-warehouse",
  },
  types: ["snowflake:index/warehouse:Warehouse"],
  sees: "resource",
  check({ props: { autoResume } }, { report }) {
    if (String(autoResume) !== "true") report(`has autoResume ${String(autoResume)}.`);
  },
});

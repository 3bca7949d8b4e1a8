import { rule } from "../rule.ts";
import { partsOfName } from "../snowflake.ts";

export default rule({
  name: "transient-raw-only",
  claim: "Only raw is transient.",
  severity: "high",
  why: "A transient table has no Fail-safe and a day of Time Travel: raw is loaded again from the lake, silver and the ledger are not.",
  fix: "Leave isTransient off, except of the schema raw.",
  provision: {
    source: "Snowflake, working with temporary and transient tables",
    url: "https://docs.snowflake.com/en/user-guide/tables-temp-transient",
  },
  types: ["snowflake:index/schema:Schema", "snowflake:index/database:Database"],
  sees: "resource",
  check({ type, props: { name, isTransient } }, { report }) {
    const isRaw = type === "snowflake:index/schema:Schema" && partsOfName(name).join() === "RAW";
    if (String(isTransient) === "true" && !isRaw) report("is transient.");
  },
});

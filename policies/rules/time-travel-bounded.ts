import { rule } from "../rule.ts";

export default rule({
  name: "time-travel-bounded",
  claim: "Time Travel reaches as far as it is declared, and the table kind and the edition allow.",
  severity: "medium",
  why: "Longer is refused in the middle of an update; where nothing is said, the account decides.",
  fix: "Set dataRetentionTimeInDays: at most 1 of what is transient, within the environment's bounds else.",
  provision: {
    source: "Snowflake, Time Travel",
    url: "https://docs.snowflake.com/en/user-guide/data-time-travel",
  },
  settings: {
    daysMin: { default: 1, about: "Days at least of what is not transient." },
    daysMax: { default: 90, about: "Days at most; 1 in edition standard." },
  },
  types: ["snowflake:index/schema:Schema", "snowflake:index/database:Database"],
  sees: "resource",
  check({ props: { isTransient, dataRetentionTimeInDays: days } }, { report, settings }) {
    const transient = String(isTransient) === "true";
    const [min, max] = transient ? [0, 1] : [settings.daysMin, settings.daysMax];
    if (typeof days !== "number" || days < min || days > max) {
      report(`has ${String(days)} days of Time Travel, not ${min} to ${max}.`);
    }
  },
});

import { rule } from "../rule.ts";

export default rule({
  name: "warehouse-times-out",
  claim: "A warehouse gives up statements that run or wait too long.",
  severity: "high",
  why: "Snowflake lets a statement run for two days and queue for ever.",
  fix: "Set statementTimeoutInSeconds and statementQueuedTimeoutInSeconds.",
  provision: {
    source: "Snowflake, STATEMENT_TIMEOUT_IN_SECONDS",
    url: "https://docs.snowflake.com/en/sql-reference/parameters#statement-timeout-in-seconds",
  },
  settings: {
    secondsMax: { default: 14_400, about: "Seconds that a statement may run at most." },
    queuedSecondsMax: { default: 3_600, about: "Seconds that a statement may wait at most." },
  },
  types: ["snowflake:index/warehouse:Warehouse"],
  sees: "resource",
  check({ props }, { report, settings }) {
    const bounds = [
      ["statementTimeoutInSeconds", settings.secondsMax],
      ["statementQueuedTimeoutInSeconds", settings.queuedSecondsMax],
    ] as const;
    for (const [property, max] of bounds) {
      const seconds = props[property];
      // 0 means never.
      if (typeof seconds !== "number" || seconds < 1 || seconds > max) {
        report(`has ${property} ${String(seconds)}, not 1 to ${max} s.`);
      }
    }
  },
});

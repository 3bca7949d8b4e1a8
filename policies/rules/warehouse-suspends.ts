import { rule } from "../rule.ts";

export default rule({
  name: "warehouse-suspends",
  claim: "A warehouse stops soon after its last statement.",
  severity: "high",
  why: "It is billed until it stops; one that never stops costs a month of credits for an hour of work.",
  fix: "Set autoSuspend within the environment's bounds; people's warehouses may wait longer, for their cache.",
  provision: {
    source: "Snowflake, warehouse considerations",
    url: "https://docs.snowflake.com/en/user-guide/warehouses-considerations",
  },
  settings: {
    secondsMin: {
      default: 30,
      about: "Seconds at least: below, a warehouse starts again within one minute it has paid.",
    },
    secondsMax: { default: 60, about: "Seconds at most." },
    peopleSecondsMax: {
      default: 300,
      about: "Seconds at most of warehouses that people wait for: bi, data_science.",
    },
  },
  types: ["snowflake:index/warehouse:Warehouse"],
  sees: "resource",
  check({ name, props: { autoSuspend } }, { report, settings }) {
    const isPeoples = /[-_](bi|data[-_]science)$/i.test(name);
    const max = isPeoples ? settings.peopleSecondsMax : settings.secondsMax;
    if (typeof autoSuspend !== "number" || autoSuspend < settings.secondsMin || autoSuspend > max) {
      report(`has autoSuspend ${String(autoSuspend)}, not ${settings.secondsMin} to ${max} s.`);
    }
  },
});

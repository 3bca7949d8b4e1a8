import { environment } from "#firn";

/** An example of a large one: warehouses for transforming, dashboards and data science beside each team's own (R163). Accounts, addresses and targets are placeholders: put in your own. */
export const large = environment({
  name: "large",
  connections: {
    learning_platform: "https://api.learning.example.com",
    orders_inbox: "inbox:orders/",
  },
  retry: { attempts: 3, intervalSeconds: 30 },
  stageSecondsMax: 900,
  leaseSeconds: 300,
  cloud: {
    account: "444444444444",
    region: "eu-west-1",
    owner: "data-platform",
    costCenter: "data",
    production: true,
    snowflake: {
      organization: "EXAMPLE",
      account: "FIRN_LARGE",
      edition: "enterprise",
      dollarsPerCredit: 3,
    },
    timeTravelDays: { raw: 1, silver: 30, gold: 30, ledger: 30 },
    lake: { rawColdAfterDays: 90, inboxDays: 30, curatedDays: 30, oldVersionDays: 30 },
    logDays: 90,
    warehouses: {
      transform: {
        size: "X-Large",
        autoSuspendSeconds: 60,
        clustersMin: 1,
        clustersMax: 4,
        scaling: "standard",
      },
      bi: { size: "Large", autoSuspendSeconds: 300, clustersMin: 1, clustersMax: 8, scaling: "economy" },
      data_science: { size: "2X-Large", autoSuspendSeconds: 180, clustersMin: 1, clustersMax: 2 },
    },
    budget: { creditsPerMonth: 2000 },
    warehouseSizeMax: "2X-Large",
    alerts: { email: ["data-platform@example.com"], slack: true, pagerDuty: true },
    alarms: true,
    runbook: "https://github.com/example/firn/blob/main/infra/RUNBOOK.md",
    repository: "example/firn",
  },
});

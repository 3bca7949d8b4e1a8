import { environment } from "#firn";

/** Where changes are tried. Nothing is protected, nothing alarms, and it costs least. Accounts, addresses and targets are placeholders: put in your own. */
export const dev = environment({
  name: "dev",
  connections: {
    learning_platform: "https://dev.learning.example.com",
    orders_inbox: "inbox:orders/",
  },
  retry: { attempts: 3, intervalSeconds: 30 },
  stageSecondsMax: 900,
  leaseSeconds: 300,
  cloud: {
    account: "111111111111",
    region: "eu-west-1",
    owner: "data-platform",
    costCenter: "data",
    production: false,
    snowflake: {
      organization: "EXAMPLE",
      account: "FIRN_DEV",
      edition: "standard",
      dollarsPerCredit: 3,
    },
    timeTravelDays: { raw: 0, silver: 1, gold: 1, ledger: 1 },
    lake: { rawColdAfterDays: 30, rawDays: 90, inboxDays: 7, curatedDays: 7, oldVersionDays: 7 },
    logDays: 14,
    budget: { creditsPerMonth: 15 },
    warehouseSizeMax: "Small",
    alerts: { email: ["data-platform@example.com"], slack: false, pagerDuty: false },
    alarms: false,
    runbook: "https://github.com/example/firn/blob/main/infra/RUNBOOK.md",
    repository: "example/firn",
  },
});

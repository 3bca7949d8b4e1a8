import { environment } from "#firn";

/** Production: data is protected and kept, and people are woken. Accounts, addresses and targets are placeholders: put in your own. */
export const prod = environment({
  name: "prod",
  connections: {
    learning_platform: "https://api.learning.example.com",
    orders_inbox: "inbox:orders/",
  },
  retry: { attempts: 3, intervalSeconds: 30 },
  stageSecondsMax: 900,
  leaseSeconds: 300,
  cloud: {
    account: "333333333333",
    region: "eu-west-1",
    owner: "data-platform",
    costCenter: "data",
    production: true,
    snowflake: {
      organization: "EXAMPLE",
      account: "FIRN_PROD",
      edition: "enterprise",
      dollarsPerCredit: 3,
    },
    timeTravelDays: { raw: 1, silver: 30, gold: 30, ledger: 30 },
    lake: { rawColdAfterDays: 90, inboxDays: 30, curatedDays: 30, oldVersionDays: 30 },
    logDays: 90,
    budget: { creditsPerMonth: 200 },
    warehouseSizeMax: "2X-Large",
    alerts: { email: ["data-platform@example.com"], slack: true, pagerDuty: true },
    alarms: true,
    runbook: "https://github.com/example/firn/blob/main/infra/RUNBOOK.md",
    repository: "example/firn",
  },
});

import { environment } from "#firn";

/** Production in small: the same protections of data in motion, smaller sizes, alarms on. Accounts, addresses and targets are placeholders: put in your own. */
export const staging = environment({
  name: "staging",
  connections: {
    learning_platform: "https://staging.learning.example.com",
    orders_inbox: "inbox:orders/",
  },
  retry: { attempts: 3, intervalSeconds: 30 },
  stageSecondsMax: 900,
  leaseSeconds: 300,
  cloud: {
    account: "222222222222",
    region: "eu-west-1",
    owner: "data-platform",
    costCenter: "data",
    production: false,
    snowflake: {
      organization: "EXAMPLE",
      account: "FIRN_STAGING",
      edition: "enterprise",
      dollarsPerCredit: 3,
    },
    timeTravelDays: { raw: 0, silver: 3, gold: 3, ledger: 3 },
    lake: { rawColdAfterDays: 60, rawDays: 365, inboxDays: 14, curatedDays: 14, oldVersionDays: 14 },
    logDays: 30,
    budget: { creditsPerMonth: 30 },
    warehouseSizeMax: "Medium",
    alerts: { email: ["data-platform@example.com"], slack: true, pagerDuty: false },
    alarms: true,
    runbook: "https://github.com/example/firn/blob/main/infra/RUNBOOK.md",
    repository: "example/firn",
  },
});

import { has } from "../resource.ts";
import { rule } from "../rule.ts";

export default rule({
  name: "stage-through-integration",
  claim: "A stage reads through a storage integration, with no credentials of its own.",
  severity: "critical",
  why: "A stage's keys are static, and shown to whoever may describe it.",
  fix: "Set storageIntegration, and leave credentials out.",
  provision: {
    source: "Snowflake, configuring a storage integration for Amazon S3",
    url: "https://docs.snowflake.com/en/user-guide/data-load-s3-config-storage-integration",
  },
  types: ["snowflake:index/stage:Stage"],
  sees: "resource",
  check({ props }, { report }) {
    if (has(props, "credentials")) report("has credentials.");
    if (!has(props, "storageIntegration")) report("has no storageIntegration.");
  },
});

import { has, strings } from "../resource.ts";
import { rule } from "../rule.ts";

export default rule({
  name: "integration-narrow",
  claim: "A storage integration reads one folder of one bucket, as a role of ours.",
  severity: "critical",
  why: "Whoever may use the integration reads all that it reaches, whatever Snowflake's grants say.",
  fix: "Set storageAllowedLocations to s3://bucket/folder/, and storageAwsRoleArn to the team's role.",
  provision: {
    source: "Snowflake, CREATE STORAGE INTEGRATION",
    url: "https://docs.snowflake.com/en/sql-reference/sql/create-storage-integration",
  },
  types: ["snowflake:index/storageIntegration:StorageIntegration"],
  sees: "resource",
  check({ props }, { report }) {
    const locations = strings(props.storageAllowedLocations);
    if (locations.length === 0) report("says no location.");
    for (const each of locations) {
      if (!/^s3:\/\/[a-z0-9.-]+\/[^*?]+\/$/.test(each)) report(`reads ${each}.`);
    }
    if (!has(props, "storageAwsRoleArn")) report("has no role.");
  },
});

import { rule } from "../rule.ts";

export default rule({
  name: "warehouse-clusters",
  claim: "A warehouse has a bounded number of clusters, and one while it is quiet.",
  severity: "high",
  why: "Each cluster costs as much as the warehouse; more than one needs Enterprise edition.",
  fix: "Set minClusterCount to 1 and maxClusterCount within the environment's bound.",
  provision: {
    source: "Snowflake, multi-cluster warehouses",
    url: "https://docs.snowflake.com/en/user-guide/warehouses-multicluster",
  },
  settings: {
    clustersMax: { default: 10, about: "Clusters of a warehouse at most; 1 where the edition has no more." },
  },
  types: ["snowflake:index/warehouse:Warehouse"],
  sees: "resource",
  check({ props: { minClusterCount = 1, maxClusterCount = 1 } }, { report, settings }) {
    if (Number(minClusterCount) !== 1) report(`keeps ${String(minClusterCount)} clusters running.`);
    if (!(Number(maxClusterCount) >= 1 && Number(maxClusterCount) <= settings.clustersMax)) {
      report(`may have ${String(maxClusterCount)} clusters, not 1 to ${settings.clustersMax}.`);
    }
  },
});

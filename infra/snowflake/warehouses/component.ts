import * as pulumi from "@pulumi/pulumi";
import * as snowflake from "@pulumi/snowflake";
import type { Workload } from "#firn";
import type { Scope } from "../../scope.ts";
import { quoted } from "../sql.ts";
import type { MonitorPlan, WarehousePlan, WarehousesPlan } from "./plan.ts";

/** A team's warehouses and monitors: made by ACCOUNTADMIN, which alone may give a warehouse its monitor. */
export class Warehouses extends pulumi.ComponentResource {
  readonly byWorkload: Partial<Record<Workload, pulumi.Resource>>;

  constructor(
    name: string,
    { scope, plan, admin }: { scope: Scope; plan: WarehousesPlan; admin: snowflake.Provider },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("firn:infra:Warehouses", name, {}, options);
    const parent = this;
    const monitors = new Map(plan.monitors.map((monitor) => [monitor.name, createMonitor(monitor)]));
    this.byWorkload = Object.fromEntries(
      plan.warehouses.map((warehouse) => [warehouse.workload, createWarehouse(warehouse)]),
    );
    this.registerOutputs({});

    function createMonitor(monitor: MonitorPlan): snowflake.ResourceMonitor {
      return new snowflake.ResourceMonitor(
        `${scope.team.name}-${monitor.name.slice(scope.names.snowflake.monitor.length).toLowerCase().replace(/^_/, "") || "team"}-monitor`,
        {
          name: monitor.name,
          creditQuota: monitor.quotaCredits,
          notifyTriggers: monitor.notifyAt,
          suspendTrigger: monitor.suspendAt,
          suspendImmediateTrigger: monitor.suspendImmediatelyAt,
        },
        { parent, provider: admin },
      );
    }

    function createWarehouse(warehouse: WarehousePlan): snowflake.Warehouse {
      const monitor = warehouse.monitor === undefined ? undefined : monitors.get(warehouse.monitor);
      return new snowflake.Warehouse(
        `${scope.team.name}-warehouse-${warehouse.workload}`,
        {
          name: warehouse.name,
          comment: warehouse.comment,
          warehouseSize: warehouse.size,
          autoSuspend: warehouse.autoSuspendSeconds,
          autoResume: "true",
          initiallySuspended: true,
          ...(warehouse.clusters && {
            minClusterCount: warehouse.clusters.min,
            maxClusterCount: warehouse.clusters.max,
            scalingPolicy: warehouse.clusters.scaling,
          }),
          statementTimeoutInSeconds: warehouse.statementSecondsMax,
          statementQueuedTimeoutInSeconds: warehouse.queuedSecondsMax,
          ...(warehouse.monitor && { resourceMonitor: warehouse.monitor }),
        },
        {
          parent,
          provider: admin,
          ...warehouse.keeping,
          dependsOn: monitor ? [monitor] : [],
          ...(warehouse.adopted && { import: quoted(warehouse.name) }),
        },
      );
    }
  }
}

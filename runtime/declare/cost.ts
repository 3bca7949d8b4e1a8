import { z } from "zod";
import { positive } from "./values.ts";

/** Sizes of a Snowflake warehouse; each has twice the credits an hour of the one before. */
export const warehouseSizes = [
  "X-Small",
  "Small",
  "Medium",
  "Large",
  "X-Large",
  "2X-Large",
  "3X-Large",
  "4X-Large",
] as const;
export type WarehouseSize = (typeof warehouseSizes)[number];
export const warehouseSize = z.enum(warehouseSizes);

export const warehouse = z
  .strictObject({
    /** Default X-Small, which costs one credit an hour. */
    size: warehouseSize.optional(),
    /**
     * Seconds without a statement after which it stops; they are billed. Default 60; of `bi` 300, so that
     * the cache outlives the pause between two looks at a dashboard.
     */
    autoSuspendSeconds: positive.min(30).optional(),
    /** More than one is multi-cluster, which needs edition enterprise. Default 1 and 1. */
    clustersMin: positive.max(10).optional(),
    clustersMax: positive.max(10).optional(),
    /** `standard` starts a cluster when a statement would queue; `economy` fills those there are first. Default standard. */
    scaling: z.enum(["standard", "economy"]).optional(),
    /** A statement is stopped after so many seconds. Default 3,600; of `bi` 600. */
    statementSecondsMax: positive.max(604_800).optional(),
    /** A statement that waits for so many seconds is given up. Default 600; of `bi` 120. */
    queuedSecondsMax: positive.max(604_800).optional(),
    /** The share of the team's monthly credits after which this warehouse alone is suspended. Default 1. */
    budgetShareMax: z.number().gt(0).max(1).optional(),
  })
  .refine(({ clustersMin = 1, clustersMax = clustersMin }) => clustersMin <= clustersMax, {
    path: ["clustersMax"],
    message: "is less than clustersMin",
  });
export type WarehouseSpec = z.infer<typeof warehouse>;

/** What a team's warehouses are for. `elt` loads, checks, merges and models; people and their tools use the others. */
export const workloads = ["elt", "bi", "transform", "data_science", "backfill"] as const;
export type Workload = (typeof workloads)[number];

/** Warehouses by workload. Each has its own compute, so that none slows another. */
export const warehouses = z.strictObject({
  elt: warehouse.optional(),
  bi: warehouse.optional(),
  transform: warehouse.optional(),
  data_science: warehouse.optional(),
  backfill: warehouse.optional(),
});
export type Warehouses = z.infer<typeof warehouses>;

export const budget = z.strictObject({
  creditsPerMonth: z.number().positive(),
  /**
   * Shares of the budget, spent or foreseen by the month's end, at which an alert is sent, each once a month;
   * a whole budget that was foreseen once more when it is spent. Default 0.5, 0.8 and 1.
   */
  alertAtShares: z.array(z.number().positive()).min(1).optional(),
});
export type Budget = z.infer<typeof budget>;

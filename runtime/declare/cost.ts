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

export const warehouse = z.strictObject({
  /** Default X-Small, which costs one credit an hour. */
  size: z.enum(warehouseSizes).optional(),
  /** Seconds without a statement after which it stops; they are billed. Default 60. */
  autoSuspendSeconds: positive.min(30).optional(),
});
export type WarehouseSpec = z.infer<typeof warehouse>;

export const budget = z.strictObject({
  creditsPerMonth: z.number().positive(),
  /**
   * Shares of the budget, spent or foreseen by the month's end, at which an alert is sent, each once a month;
   * a whole budget that was foreseen once more when it is spent. Default 0.5, 0.8 and 1.
   */
  alertAtShares: z.array(z.number().positive()).min(1).optional(),
});
export type Budget = z.infer<typeof budget>;

import type { BatchPlan, Manifest } from "#core/batch";
import type { WarehouseNames } from "#core/names";
import type { Pipeline } from "#firn";

/** The batch a strategy folds into silver. */
export interface MergeBatch {
  names: WarehouseNames;
  pipeline: Pipeline;
  plan: BatchPlan;
  manifest: Manifest;
  /** The batch was promoted before and is promoted again, perhaps under other rules. */
  replay: boolean;
}

/** What a strategy plans for one batch. Counts are scalar queries, asked after the statements ran. */
export interface StrategyPlan {
  /** Change silver and what the strategy remembers; part of the promotion. */
  statements: string[];
  /** Good rows that are the last of their key, or the first of their id, within the batch. */
  winners: string;
  /** Rows of the batch and of silver that claim one version with different payloads. */
  conflicts: string;
}

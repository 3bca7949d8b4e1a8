import type { NodeResult } from "#core/models";

/** How far a stage of a batch has come. Counts are totals of the stage so far. */
export interface Measurement {
  team: string;
  pipeline: string;
  batchId: string;
  stage: "window" | "extract" | "load" | "check" | "merge";
  rows: number;
  bytes?: number;
  seconds: number;
  done: boolean;
}

/** Takes measurements; must be cheap and must not throw. */
export interface Metrics {
  record(measurement: Measurement): void;
  /** How a node of a team's dbt project ended. */
  built(team: string, result: NodeResult): void;
}

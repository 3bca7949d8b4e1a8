import type { MetricName } from "#core/metrics";

/** Publishes what alarms look at; CloudWatch in the cloud. */
export interface Gauges {
  /** @param of the pipeline's metrics name it, the team's do not */
  publish(name: MetricName, value: number, of: { team: string; pipeline?: string }): Promise<void>;
}

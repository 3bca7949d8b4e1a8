import type { NodeResult } from "#core/models";
import type { Alert } from "#ports/alerts";
import type { Measurement } from "#ports/metrics";
import { live } from "./output.ts";
import { bytes, counted } from "./text.ts";

/** What a run measured of one batch that the ledger may not know: it was empty, or was not promoted. */
export interface MeasuredBatch {
  batchId: string;
  extracted: number;
  landed: number;
}

export interface Progress {
  onMeasurement(measurement: Measurement): void;
  onBuilt(team: string, result: NodeResult): void;
  onAlert(alert: Alert): void;
  /** Says what is under way, before anything is measured. */
  begin(label: string): void;
  tell(line: string): void;
  measured(team: string, pipeline: string): MeasuredBatch[];
  readonly alerts: Alert[];
  stop(): void;
}

/** Shows how far a run has come: one moving line on a terminal, one line a finished stage elsewhere, too. */
export function openProgress(): Progress {
  const batches = new Map<string, MeasuredBatch>();
  const alerts: Alert[] = [];
  return {
    alerts,
    begin: (label) => live.show(`${label}: looking for something to read`),
    tell: (line) => live.tell(line),
    measured: (team, pipeline) =>
      [...batches].flatMap(([key, batch]) => (key.startsWith(`${team}.${pipeline}/`) ? [batch] : [])),
    stop: () => live.stop(),
    onMeasurement(measurement) {
      const { team, pipeline, batchId, stage, rows, done } = measurement;
      const key = `${team}.${pipeline}/${batchId}`;
      const batch = batches.get(key) ?? { batchId, extracted: 0, landed: 0 };
      batches.set(key, batch);
      if (stage === "extract") batch.extracted = rows;
      if (stage === "load") batch.landed = rows;
      if (done) live.tell(line(measurement));
      live.show(line(measurement));
    },
    onBuilt(team, result) {
      const { name, kind = "test", status, seconds, reason } = result;
      const told = `${team}.gold.${name}  ${kind}${reason && reason !== "table" ? ` (${reason})` : ""}  ${status}  ${seconds.toFixed(2)} s`;
      if (status !== "skipped" && (kind !== "test" || status !== "pass")) live.tell(told);
      live.show(told);
    },
    onAlert(alert) {
      alerts.push(alert);
      live.tell(
        `ALERT ${alert.severity} ${alert.code} ${alert.team}.${alert.pipeline}: ${alert.detail}`,
        "alert",
      );
    },
  };
}

function line({ batchId, team, stage, rows, bytes: size, seconds }: Measurement): string {
  const rate = seconds > 0 ? `, ${Math.round(rows / seconds).toLocaleString("en")} rows/s` : "";
  return `${team}.${batchId}  ${stage.padEnd(7)}  ${counted(rows, "row")}${rate}${size === undefined ? "" : `, ${bytes(size)}`}`;
}

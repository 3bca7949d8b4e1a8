import { later, normalInstant, secondsBetween, watermark } from "#core/interval";
import { dueSecondsMax, lagSecondsMax } from "#core/metrics";
import { lastStart } from "#core/starts";
import type { Pipeline } from "#firn";

/** What the lake tells of a pipeline, with no look into the warehouse. */
export interface Standing {
  /** When the last run ended; null where one is at work, or none ever was. */
  endedAt: string | null;
  /** Whether any run ever was. */
  ran: boolean;
  /** The windows promoted or found empty; null where there is no hint. */
  intervals: { from: string; to: string }[] | null;
}

export interface Beat {
  /** A start came round, and no run has ended since. */
  missed: boolean;
  /** Seconds that the watermark is behind, where that is too much; else null. */
  lateSeconds: number | null;
}

/**
 * Compares a pipeline's schedule with what the lake tells. A pipeline without a schedule is never due.
 *
 * One that never ran is due from the first start after its release was put: before, nothing could have come.
 *
 * @param releasedAt when the release was put
 */
export function planBeat(
  pipeline: Pipeline,
  standing: Standing,
  of: { now: string; releasedAt: string; stageSecondsMax: number },
): Beat {
  const { schedule, source } = pipeline;
  if (!schedule) return { missed: false, lateSeconds: null };
  const due = lastStart(schedule, later(of.now, -dueSecondsMax(of)));
  const missed = standing.ran ? standing.endedAt === null || standing.endedAt < due : due > of.releasedAt;
  return { missed, lateSeconds: lateness() };

  function lateness(): number | null {
    const by = source.kind === "http" ? (source.window.by ?? "time") : "none";
    const start = pipeline.watermark?.start;
    if (!standing.intervals || !start || !schedule || (by !== "time" && by !== "date")) return null;
    const behind = secondsBetween(watermark(standing.intervals, normalInstant(start)), of.now);
    const pace = {
      everyMinutes: schedule.everyMinutes,
      lagSeconds: pipeline.watermark?.lagSeconds ?? 300,
      wholeDays: by === "date",
      stageSecondsMax: of.stageSecondsMax,
    };
    return behind > lagSecondsMax(pace) ? behind : null;
  }
}

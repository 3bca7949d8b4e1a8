/** Beyond what an alarm calls somebody: from what a pipeline declares, and so nobody has to say it twice. */
import { defaultLagSeconds } from "#core/interval";
import { lagSecondsMax } from "#core/metrics";
import type { Environment, Pipeline } from "#firn";

/** Beyond how many times the scan of the build before, as the canary judges it. */
export const scanRatioMax = 2;

/**
 * Beyond so many seconds a pipeline is late; null where no clock can tell: without a schedule, and of a source
 * that is read by file, by id or as a whole. There the heartbeat alone looks whether its runs come.
 */
export function lagSecondsMaxOf(
  { schedule, source, watermark }: Pipeline,
  { stageSecondsMax }: Pick<Environment, "stageSecondsMax">,
): number | null {
  if (!schedule || source.kind !== "http") return null;
  const { by = "time" } = source.window;
  if (by !== "time" && by !== "date") return null;
  return lagSecondsMax({
    everyMinutes: schedule.everyMinutes,
    lagSeconds: watermark?.lagSeconds ?? defaultLagSeconds,
    wholeDays: by === "date",
    stageSecondsMax,
  });
}

/**
 * The share of quarantined rows that calls somebody: half of what would refuse the whole batch (and so fail its
 * execution), where `accepted` is declared; else one in a hundred.
 */
export function quarantinedShareMax({ expectations = [] }: Pick<Pipeline, "expectations">): number {
  const mostly = expectations.flatMap((each) => (each.kind === "accepted" ? [each.mostly] : []));
  return mostly.length === 0 ? 0.01 : Number(((1 - Math.max(...mostly)) / 2).toFixed(6));
}

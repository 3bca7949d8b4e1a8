/** The records that are injected broken: one for each way a typed column can be lied to. */

export interface MalformedRecord {
  /** The place in the API's order; the record itself may say something else, or nothing. */
  readonly activityId: number;
  readonly updatedMs: number;
  readonly json: string;
}

/** Far from every real or shifted id, and past 32 bits. */
export const firstInjectedId = 900_000_000_000;

const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** What is wrong with each record of a day, laid over a good one. */
const lies: readonly Readonly<Record<string, unknown>>[] = [
  { clicks: "12x" },
  { activity_id: null },
  { occurred_on: "2013-13-45" },
  { updated_at: "yesterday evening" },
  { site_id: { id: 546652 } },
];

/**
 * The broken records of simulated days 2 to `day`.
 *
 * Each day's are updated one an hour, the last two hours before that day's instant: its run meets them, and a
 * later run that looks back an hour does not meet them again.
 *
 * @param firstMs the instant of day 1
 */
export function malformedRecords(firstMs: number, day: number): MalformedRecord[] {
  const days = Array.from({ length: Math.max(0, day - 1) }, (_, index) => index + 2);
  return days.flatMap((injectedDay) =>
    lies.map((lie, index) => {
      const activityId = firstInjectedId + injectedDay * 100 + index;
      const updatedMs = firstMs + (injectedDay - 1) * dayMs - (index + 2) * hourMs;
      const updatedAt = new Date(updatedMs).toISOString();
      const good = {
        activity_id: activityId,
        learner_id: "28400",
        site_id: 546652,
        module: "AAA",
        presentation: "2013J",
        activity_type: "forumng",
        clicks: 1,
        occurred_on: updatedAt.slice(0, 10),
        status: "recorded",
        updated_at: updatedAt,
      };
      return { activityId, updatedMs, json: JSON.stringify({ ...good, ...lie }) };
    }),
  );
}

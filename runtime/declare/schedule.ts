import { z } from "zod";
import { positive } from "./values.ts";

/** When a pipeline is due. In the cloud starts are aligned: all of a team wake its warehouse together. */
export const schedule = z.strictObject({
  everyMinutes: positive,
  /** IANA name of the zone whose midnight starts are counted from, so that a daily one keeps its hour. Default UTC. */
  timeZone: z.string().refine(isTimeZone, "is no IANA time zone, such as Europe/Zurich").optional(),
  /** Of a daily one: the hour it starts at, in its zone. Default 0. */
  atHour: z.number().int().min(0).max(23).optional(),
});

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** Plans the simulated days: what time it is at the source, and what is special about each day. */

export interface SimulatedDay {
  readonly day: number;
  /** The instant of this day's run, ISO 8601 UTC: what happened later, the source does not show yet. */
  readonly now: string;
  /** One line for the person watching. */
  readonly story: string;
}

/** In the seventh week of the presentations that started in October 2013. */
const firstOfExcerpt = "2013-11-15T06:00:00.000Z";
/** After the last click of the published data. */
const firstOfPublished = "2015-07-15T06:00:00.000Z";

const dayMs = 86_400_000;

/**
 * @param day from 1; each is 24 hours after the one before
 * @param published whether the published data is served whole, instead of the excerpt
 */
export function planDay(day: number, published: boolean): SimulatedDay {
  const first = Date.parse(published ? firstOfPublished : firstOfExcerpt);
  const now = new Date(first + (day - 1) * dayMs).toISOString();
  return { day, now, story: published ? storyOfPublished(day) : storyOfExcerpt(day) };
}

function storyOfExcerpt(day: number): string {
  if (day === 1) {
    return "ten weeks of learner activity, and the first order files; one of them is missing";
  }
  const everyDay = "new, changed and withdrawn activity, some of it broken, from an API that stumbles";
  return day === 2 ? `the missing order file arrives; ${everyDay}` : everyDay;
}

function storyOfPublished(day: number): string {
  return day === 1
    ? "the published data as a whole, with nothing broken"
    : "nothing new, only changed, withdrawn and broken activity, from an API that stumbles";
}

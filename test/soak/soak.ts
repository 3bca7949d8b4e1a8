/** One soak of a seed: what `npm test` and `npm run prove` share. */
import { unrefTimers } from "../support/timers.ts";
import { planHistory } from "./history.ts";
import { live } from "./life.ts";
import { judgeLife, type Totals } from "./verdict.ts";

export interface Soaked extends Totals {
  troubles: Record<string, number>;
}

/** @throws {Error} where anything is lost, doubled or wrong; says how to run it again */
export async function soak(
  seed: number,
  days: number,
  onDay: (day: number) => void = () => {},
): Promise<Soaked> {
  const restoreTimers = unrefTimers();
  try {
    const history = planHistory(seed, days);
    const life = await live(history, seed, onDay);
    try {
      return { ...(await judgeLife(history, life)), troubles: life.troubles };
    } finally {
      await life.close();
    }
  } catch (error) {
    throw new Error(
      `${(error as Error).message}\n  again: npm run prove -- --only soak --days ${days} --seed ${seed}`,
      { cause: error },
    );
  } finally {
    restoreTimers();
  }
}

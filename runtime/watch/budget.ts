import { daySeconds, later, secondsBetween } from "#core/interval";
import type { Budget, WarehouseSpec } from "#firn";
import { type Bill, creditsBetween } from "./credits.ts";

/** A month's spending, in credits; the month is UTC's. */
export interface Spending {
  /** `2024-03`. */
  month: string;
  spent: number;
  /** By the month's end, at the pace of the last days. */
  forecast: number;
}

/** How many days of spending a forecast looks back on. */
const paceDays = 7;

/**
 * What was spent this month, and what will be at its end: spent, plus the average day times the days left.
 *
 * The average is of the last 7 days, those of the month before included, or of the days since the first
 * statement where these are fewer. A day begun counts as a whole one, so that an hour's work does not foresee a
 * month of such hours.
 *
 * @param bill of all statements since `spendingSince(now)`
 */
export function planSpending({ periods }: Bill, warehouse: WarehouseSpec | undefined, now: string): Spending {
  const { from, to } = monthOf(now);
  const credits = (since: string) => creditsBetween(periods, since, to, warehouse);
  const first = periods[0]?.from;
  const days = first === undefined ? 1 : (Date.parse(now) - first) / 1000 / daySeconds;
  const averagePerDay =
    credits(later(now, -paceDays * daySeconds)) / Math.min(paceDays, Math.max(1, Math.ceil(days)));
  const spent = credits(from);
  return {
    month: from.slice(0, 7),
    spent,
    forecast: spent + averagePerDay * (secondsBetween(now, to) / daySeconds),
  };
}

/**
 * The instant from which a bill must know all statements, for `planSpending`: 31 days ago, so before any month
 * began, and early enough to tell a team that runs weekly from one that began today.
 */
export function spendingSince(now: string): string {
  return later(now, -31 * daySeconds);
}

/** That a share of the budget is reached. */
export interface Reached {
  /** What to note once it was told; none is told twice in a month. */
  notes: string[];
  detail: string;
}

/**
 * What there is to tell of the budget now: the greatest share newly spent or foreseen, with the lesser ones
 * noted as told. A whole budget that was foreseen to be spent is told once more when it is. Null: nothing new.
 *
 * @param told what was noted this month
 */
export function judgeBudget(
  { creditsPerMonth, alertAtShares = defaultShares }: Budget,
  { month, spent, forecast }: Spending,
  told: readonly string[],
): Reached | null {
  const reached = [...alertAtShares]
    .sort((a, b) => a - b)
    .filter((share) => Math.max(spent, forecast) >= share * creditsPerMonth)
    .map(String);
  const notes = [...reached, ...(spent >= creditsPerMonth ? ["spent"] : [])].filter(
    (each) => !told.includes(each),
  );
  if (notes.length === 0) return null;
  const share = Math.max(...notes.map((each) => (each === "spent" ? 1 : Number(each))));
  const how = spent >= share * creditsPerMonth ? "is spent" : "will be spent by the month's end";
  return {
    notes,
    detail:
      `${percent(share)} of the budget of ${creditsPerMonth} credits for ${month} ${how}: ${spent.toFixed(2)} so far, ` +
      `${forecast.toFixed(2)} by the month's end at the pace of the last ${paceDays} days. Look further: npx firn cost`,
  };
}

const defaultShares = [0.5, 0.8, 1];

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** From the month's first instant to the next one's. */
function monthOf(instant: string): { from: string; to: string } {
  const at = new Date(instant);
  const first = (months: number) =>
    new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + months)).toISOString();
  return { from: first(0), to: first(1) };
}

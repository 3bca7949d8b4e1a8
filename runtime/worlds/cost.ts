/** What a team's statements cost, read from its ledger. */
import { daySeconds, later } from "#core/interval";
import { ledgerTable } from "#ledger/tables";
import type { Warehouse } from "#ports/warehouse";
import type { Release } from "#release";
import { spendingSince } from "#watch/budget";
import type { Build } from "#watch/canary";
import { type Cost, parseNoted, planCost, planNoted } from "#watch/cost";
import { parseBuilds, parsePromoted, planBuilds, planPromoted, withChangedRows } from "#watch/plan";

export type { Build } from "#watch/canary";
export type { Cost, Part } from "#watch/cost";

export interface TeamCost extends Cost {
  /** The last builds of each model asked for, newest first. */
  builds: Record<string, Build[]>;
}

/** What a team cost in the last days; null where its ledger has noted no statement in them, nor this month. */
export async function readCost(
  { query, dialect }: Pick<Warehouse, "query" | "dialect">,
  { names, elt }: Release,
  { days, now, models }: { days: number; now: string; models: readonly string[] },
): Promise<TeamCost | null> {
  const { ledger } = names;
  if ((await query(dialect.describe(ledgerTable(ledger, "scans")))).length === 0) return null;
  const from = later(now, -days * daySeconds);
  const since = spendingSince(now);
  const noted = parseNoted(await query(planNoted(dialect, ledger, from < since ? from : since)));
  if (noted.length === 0) return null;
  const cost = planCost(noted, elt, { from, to: now });
  return { ...cost, builds: models.length === 0 ? {} : await readBuilds() };

  async function readBuilds(): Promise<Record<string, Build[]>> {
    const builds = parseBuilds(await query(planBuilds(dialect, ledger, models, now)));
    const asked = planPromoted(dialect, ledger, builds);
    const promoted = asked === null ? [] : parsePromoted(await query(asked));
    return Object.fromEntries(
      models.map((model) => [
        model,
        withChangedRows(
          builds.filter((each) => each.model === model),
          promoted,
        ),
      ]),
    );
  }
}

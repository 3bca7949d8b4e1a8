import { planInventory } from "#infra/inventory";
import { planPrice, priceNotes } from "#infra/price/plan";
import { planQuotas } from "#infra/quotas/plan";
import { planScope } from "#infra/scope";
import { requireSite } from "#infra/select";
import { loadStacks, requireEnvironment } from "#stacks";
import type { Context } from "./context.ts";
import { type Report, table } from "./output.ts";

/**
 * What an environment costs idle, and what it needs of its account, from its declarations alone: nothing is
 * asked of a cloud.
 *
 * @throws {FirnError} `environment.unknown`; `infra.config` for a laptop, or a declared quota that is none
 */
export async function price({ environment }: Context): Promise<Report> {
  const stacks = loadStacks(requireEnvironment(environment));
  const site = requireSite(stacks);
  const inventory = planInventory(stacks.teams.map((team) => planScope(site, team, stacks.teams)));
  const price = planPrice(inventory);
  const needs = planQuotas(inventory, site.environment.cloud.quotas);
  const used = needs.filter(({ needed }) => needed > 0);
  return {
    document: { environment, price, quotas: needs },
    lines: [
      `Idle, ${environment} costs about ${dollars(price.dollars)} dollars a month:`,
      ...table(
        ["what", "count", "dollars", "source"],
        price.lines.map((line) => [line.what, line.count, dollars(line.dollars), line.source]),
      ),
      "",
      ...priceNotes(price),
      "",
      `What it needs of account ${site.environment.cloud.account}:`,
      ...table(
        ["quota", "what", "needed", "limit"],
        used.map(({ name, what, needed, limit }) => [name, what, needed, limit ?? "?"]),
      ),
    ],
  };
}

function dollars(amount: number): string {
  return amount.toFixed(2);
}

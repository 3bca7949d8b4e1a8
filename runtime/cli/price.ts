import { planEnvironment } from "#infra/environment";
import { planInventory } from "#infra/inventory";
import { planPrice, priceNotes } from "#infra/price/plan";
import { planQuotas } from "#infra/quotas/plan";
import { requireSite } from "#infra/select";
import { loadStacks, requireEnvironment } from "#stacks";
import type { Context } from "./context.ts";
import { type Report, table } from "./output.ts";

/**
 * What an environment costs idle, and what it needs of its account, from its declarations alone: nothing is
 * asked of a cloud.
 *
 * @throws {FirnError} `environment.unknown`; `infra.config` for a laptop, or a declared quota that is none; and
 *   whatever a preview would refuse, but quotas that are exceeded, which the table tells
 */
export async function price({ environment }: Context): Promise<Report> {
  const stacks = loadStacks(requireEnvironment(environment));
  const site = requireSite(stacks);
  const inventory = planInventory(planEnvironment(stacks, undefined).scopes);
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
        used.map(({ name, what, needed, limit }) => [
          name,
          what,
          needed,
          limit !== null && needed > limit ? `${limit}: refused` : (limit ?? "?"),
        ]),
      ),
    ],
  };
}

function dollars(amount: number): string {
  return amount.toFixed(2);
}

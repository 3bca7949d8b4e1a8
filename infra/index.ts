/** The program: what an environment declares, planned, and then made. */
import * as pulumi from "@pulumi/pulumi";
import { loadStacks, requireEnvironment } from "#stacks";
import { planInventory } from "./inventory.ts";
import { planPrice, priceText } from "./price/plan.ts";
import { openProviders } from "./providers.ts";
import { planQuotas, requireQuotas } from "./quotas/plan.ts";
import { planScope } from "./scope.ts";
import { requireSite, selectTeams } from "./select.ts";
import { TeamPlatform } from "./team.ts";

const stacks = loadStacks(requireEnvironment(pulumi.getStack()));
const site = requireSite(stacks);
const selection = selectTeams(stacks, new pulumi.Config("firn").getObject<string[]>("only"));
const scopes = stacks.teams.map((team) => planScope(site, team, stacks.teams));
const inventory = planInventory(scopes);
requireQuotas(planQuotas(inventory, site.environment.cloud.quotas));
await pulumi.log.info(priceText(site.environment.name, planPrice(inventory)));

const providers = openProviders(site);
const teams = scopes
  .filter(({ team }) => selection.teams.includes(team))
  .map(
    (scope) =>
      new TeamPlatform(scope.team.name, { scope }, { providers: [providers.aws, providers.snowflake] }),
  );

/** What the runtime and people need to know; no value of one team goes into another. */
export const outputs = { teams: Object.fromEntries(teams.map((team) => [team.name, team.outputs])) };

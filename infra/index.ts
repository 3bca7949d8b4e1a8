/** The program: what an environment declares, planned, and then made. */
import * as pulumi from "@pulumi/pulumi";
import { loadStacks, requireEnvironment } from "#stacks";
import { planEnvironment } from "./environment.ts";
import { planInventory } from "./inventory.ts";
import { Platform } from "./platform/component.ts";
import { planPlatform } from "./platform/plan.ts";
import { planPrice, priceText } from "./price/plan.ts";
import { openProviders } from "./providers.ts";
import { planQuotas, requireQuotas } from "./quotas/plan.ts";
import { TeamPlatform } from "./team.ts";

const config = new pulumi.Config("firn");
const stacks = loadStacks(requireEnvironment(config.get("environment") ?? pulumi.getStack()));
const plan = planEnvironment(stacks, config.getObject<string[]>("only"));
const { name, cloud } = plan.site.environment;
const inventory = planInventory(plan.scopes);
requireQuotas(planQuotas(inventory, cloud.quotas));
await pulumi.log.info(priceText(name, planPrice(inventory)));

const providers = openProviders(plan.site);
const through = { providers: [providers.aws, providers.snowflake] };
const platform = plan.platform && new Platform("platform", { plan: planPlatform(plan.site) }, through);
const teams = plan.scopes.map((scope) => new TeamPlatform(scope.team.name, { scope }, through));

/** What the runtime and people need to know; no value of one team goes into another. */
export const outputs = {
  teams: Object.fromEntries(teams.map((team) => [team.name, team.outputs])),
  ...(platform && { platform: { keyArn: platform.key.arn } }),
};

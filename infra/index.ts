/** The program: what an environment declares, planned, and then made. */
import { dirname } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { loadStacks, requireEnvironment } from "#stacks";
import { Forwarding } from "./alerts/forwarding.ts";
import { planForwarding } from "./alerts/plan.ts";
import { archivesOnce } from "./archives/build.ts";
import { planEnvironment } from "./environment.ts";
import { planInventory } from "./inventory.ts";
import { Platform } from "./platform/component.ts";
import { planPlatform } from "./platform/plan.ts";
import { planPrice, priceText } from "./price/plan.ts";
import { openProviders } from "./providers.ts";
import { planQuotas, requireQuotas } from "./quotas/plan.ts";
import { grantShares } from "./snowflake/sharing/component.ts";
import { TeamPlatform } from "./team.ts";

const config = new pulumi.Config("firn");
const stacks = loadStacks(requireEnvironment(config.get("environment") ?? pulumi.getStack()));
const plan = planEnvironment(stacks, config.getObject<string[]>("only"));
const { site } = plan;
const inventory = planInventory(plan.scopes);
requireQuotas(planQuotas(inventory, site.environment.cloud.quotas));
await pulumi.log.info(priceText(site.environment.name, planPrice(inventory)));
const archives = await archivesOnce(dirname(import.meta.dirname));

const providers = openProviders(site);
const through = { providers: [providers.aws, providers.snowflake] };
const platform = plan.platform && new Platform("platform", { plan: planPlatform(site) }, through);
const forwarding = planForwarding(site, archives);
const forwarder =
  platform &&
  forwarding &&
  new Forwarding(
    "platform-forwarding",
    { plan: forwarding, key: platform.key },
    { ...through, dependsOn: platform },
  );
// What teams share they name without asking for it: so the order must be said.
const shared = [platform, forwarder].filter((each) => each !== false && each !== null);
const { snowflakeAdmin } = providers;
const teams = plan.scopes.map(
  (scope) =>
    new TeamPlatform(scope.team.name, { scope, archives, snowflakeAdmin }, { ...through, dependsOn: shared }),
);
grantShares(plan.scopes, teams, { provider: providers.snowflake });

/** What the runtime and people need to know; no value of one team goes into another. */
export const outputs = {
  teams: Object.fromEntries(teams.map((team) => [team.name, team.outputs])),
  ...(platform && { platform: { keyArn: platform.key.arn } }),
};

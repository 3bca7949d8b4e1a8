/** The program: what an environment declares, planned, and then made. */
import * as pulumi from "@pulumi/pulumi";
import { loadStacks, requireEnvironment } from "#stacks";
import { planEnvironment } from "./environment.ts";
import { Platform } from "./platform/component.ts";
import { planPlatform } from "./platform/plan.ts";
import { openProviders } from "./providers.ts";
import { grantShares } from "./snowflake/sharing/component.ts";
import { TeamPlatform } from "./team.ts";

const stacks = loadStacks(requireEnvironment(pulumi.getStack()));
const plan = planEnvironment(stacks, new pulumi.Config("firn").getObject<string[]>("only"));

const providers = openProviders(plan.site);
const { snowflakeAdmin } = providers;
const through = { providers: [providers.aws, providers.snowflake] };
const platform = plan.platform && new Platform("platform", { plan: planPlatform(plan.site) }, through);
const teams = plan.scopes.map(
  (scope) => new TeamPlatform(scope.team.name, { scope, snowflakeAdmin }, through),
);
grantShares(plan.scopes, teams, { provider: providers.snowflake });

/** What the runtime and people need to know; no value of one team goes into another. */
export const outputs = {
  teams: Object.fromEntries(teams.map((team) => [team.name, team.outputs])),
  ...(platform && { platform: { keyArn: platform.key.arn } }),
};

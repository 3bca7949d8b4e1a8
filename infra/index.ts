/** The program: what an environment declares, planned, and then made. */
import * as pulumi from "@pulumi/pulumi";
import { loadStacks, requireEnvironment } from "#stacks";
import { openProviders } from "./providers.ts";
import { planScope } from "./scope.ts";
import { requireSite, selectTeams } from "./select.ts";
import { requireEdition } from "./snowflake/edition.ts";
import { planSnowflake, requireOwnNames } from "./snowflake/plan.ts";
import { grantShares } from "./snowflake/sharing/component.ts";
import { TeamPlatform } from "./team.ts";

const stacks = loadStacks(requireEnvironment(pulumi.getStack()));
const site = requireSite(stacks);
const selection = selectTeams(stacks, new pulumi.Config("firn").getObject<string[]>("only"));

// All is planned before anything is made, so that what is refused is refused whole.
const everyTeam = stacks.teams.map((team) => planScope(site, team, stacks.teams));
requireOwnNames(everyTeam);
const scopes = everyTeam.filter(({ team }) => selection.teams.includes(team));
requireEdition(scopes);
for (const scope of scopes) planSnowflake(scope);

const providers = openProviders(site);
const { snowflakeAdmin } = providers;
const teams = scopes.map(
  (scope) =>
    new TeamPlatform(
      scope.team.name,
      { scope, snowflakeAdmin },
      { providers: [providers.aws, providers.snowflake] },
    ),
);
grantShares(scopes, teams, { provider: providers.snowflake });

/** What the runtime and people need to know; no value of one team goes into another. */
export const outputs = { teams: Object.fromEntries(teams.map((team) => [team.name, team.outputs])) };

/** The program: what an environment declares, planned, and then made. */
import * as pulumi from "@pulumi/pulumi";
import { loadStacks, requireEnvironment } from "#stacks";
import { openProviders } from "./providers.ts";
import { planScope } from "./scope.ts";
import { requireSite, selectTeams } from "./select.ts";
import { TeamPlatform } from "./team.ts";

const stacks = loadStacks(requireEnvironment(pulumi.getStack()));
const site = requireSite(stacks);
const selection = selectTeams(stacks, new pulumi.Config("firn").getObject<string[]>("only"));
const providers = openProviders(site);

const teams = selection.teams.map((team) => {
  const scope = planScope(site, team, stacks.teams);
  return new TeamPlatform(team.name, { scope }, { providers: [providers.aws, providers.snowflake] });
});

/** What the runtime and people need to know; no value of one team goes into another. */
export const outputs = { teams: Object.fromEntries(teams.map((team) => [team.name, team.outputs])) };

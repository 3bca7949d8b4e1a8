/** The program: what an environment declares, planned, and then made. */
import { dirname } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { loadStacks, requireEnvironment } from "#stacks";
import { Forwarding } from "./alerts/forwarding.ts";
import { planForwarding } from "./alerts/plan.ts";
import { archivesOnce } from "./archives/build.ts";
import { requireDistinctNames } from "./distinct.ts";
import { Platform } from "./platform/component.ts";
import { planPlatform } from "./platform/plan.ts";
import { openProviders } from "./providers.ts";
import { requireAligned } from "./schedules/plan.ts";
import { planScope } from "./scope.ts";
import { requireSite, selectTeams } from "./select.ts";
import { TeamPlatform } from "./team.ts";

const stacks = loadStacks(requireEnvironment(pulumi.getStack()));
const site = requireSite(stacks);
const selection = selectTeams(stacks, new pulumi.Config("firn").getObject<string[]>("only"));
const scopes = stacks.teams.map((team) => planScope(site, team, stacks.teams));
requireDistinctNames(site, scopes);
requireAligned(scopes);
const archives = await archivesOnce(dirname(import.meta.dirname));

const providers = openProviders(site);
const through = { providers: [providers.aws, providers.snowflake] };
const platform = selection.platform && new Platform("platform", { plan: planPlatform(site) }, through);
const forwarding = planForwarding(site, archives);
const forwarder =
  platform &&
  forwarding &&
  new Forwarding("platform-forwarding", { plan: forwarding }, { ...through, dependsOn: platform });
// What teams share they name without asking for it: so the order must be said.
const shared = [platform, forwarder].filter((each) => each !== false && each !== null);
const teams = scopes
  .filter(({ team }) => selection.teams.includes(team))
  .map((scope) => new TeamPlatform(scope.team.name, { scope, archives }, { ...through, dependsOn: shared }));

/** What the runtime and people need to know; no value of one team goes into another. */
export const outputs = {
  teams: Object.fromEntries(teams.map((team) => [team.name, team.outputs])),
  ...(platform && { platform: { keyArn: platform.key.arn } }),
};

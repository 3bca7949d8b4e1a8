/** The containers that Secrets Manager has for an environment; `firn secrets set` fills them. Pure. */
import type { Team } from "#firn";
import { nameOf, platformOwner, type Site } from "./names.ts";
import { planScope } from "./scope.ts";

export interface Container {
  /** The team whose functions read it, or `_platform`. */
  team: string;
  /** As declarations name it. */
  name: string;
  /** As Secrets Manager does. */
  container: string;
}

export function planContainers(site: Site, teams: readonly Team[]): Container[] {
  return [
    ...platformSecrets(site).map((name) => ({
      team: platformOwner,
      name,
      container: nameOf(site, "secret", platformOwner, name),
    })),
    ...teams.flatMap((team) =>
      Object.entries(planScope(site, team, teams).names.secrets).map(([name, container]) => ({
        team: team.name,
        name,
        container,
      })),
    ),
  ];
}

/** What alerts are forwarded with. */
export function platformSecrets({ environment }: Site): string[] {
  const { slack, pagerDuty } = environment.cloud.alerts;
  return [...(slack ? ["slack_webhook"] : []), ...(pagerDuty ? ["pagerduty_key"] : [])];
}

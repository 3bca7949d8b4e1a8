import type { Stacks } from "#firn";
import { requireDistinctNames } from "./distinct.ts";
import type { Site } from "./names.ts";
import { requireAligned } from "./schedules/plan.ts";
import { planScope, type Scope } from "./scope.ts";
import { requireSite, selectTeams } from "./select.ts";
import { requireEdition } from "./snowflake/edition.ts";
import { planSnowflake } from "./snowflake/plan.ts";

/** What a run of the program makes, from declarations alone. */
export interface EnvironmentPlan {
  site: Site;
  /** Whether it makes what teams share. */
  platform: boolean;
  /** The teams it makes, each with all it is called. */
  scopes: Scope[];
}

/**
 * Plans a run. What is wrong anywhere in the environment is refused, also where the run makes only a part of it.
 *
 * @param only as `firn:only` says it; see `selectTeams`
 * @throws {FirnError} `infra.config`, `infra.name_taken`, `infra.edition`, `infra.quota`
 */
export function planEnvironment(stacks: Stacks, only: readonly string[] | undefined): EnvironmentPlan {
  const site = requireSite(stacks);
  const selection = selectTeams(stacks, only);
  const scopes = stacks.teams.map((team) => planScope(site, team, stacks.teams));
  requireDistinctNames(site, scopes);
  requireAligned(scopes);
  requireEdition(scopes);
  // Planned again where it is made: here only so that what is refused is refused before anything is made.
  for (const scope of scopes) planSnowflake(scope);
  return {
    site,
    platform: selection.platform,
    scopes: scopes.filter(({ team }) => selection.teams.includes(team)),
  };
}

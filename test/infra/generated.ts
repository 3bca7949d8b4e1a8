/** Environments and teams that nobody declared yet: what planners must hold for. */
import fc from "fast-check";
import { type Cloud, parseStacks, type Stacks, type Team } from "#firn";
import type { Site } from "#infra/names";
import { planScope, type Scope } from "#infra/scope";
import { requireSite } from "#infra/select";
import { loadStacks } from "#stacks";

const shipped = loadStacks("prod");
export const site = requireSite(shipped);
// Without its dbt project, which would fill the pages of every counterexample.
const { models: _, ...learning } = shipped.teams.find(({ name }) => name === "learning") as Team;

/** Any name that a declaration may give. */
export const anyName = fc.stringMatching(/^[a-z][a-z0-9_]{0,62}$/);
/** Names alike but for their ends and their underscores, which are the ones that meet. */
export const anyNearName = fc.oneof(
  anyName,
  fc.stringMatching(/^a[a_]{0,3}(_pipeline|_gold|_as|_elt)?$/),
  fc.stringMatching(/^[ab]{61,63}$/),
  fc.constantFrom("platform", "firn"),
);

/** A production environment with other words. */
export function siteWith(cloud: Partial<Cloud>, name = "prod"): Site {
  return { environment: { ...site.environment, name, cloud: { ...site.environment.cloud, ...cloud } } };
}

/** A team that has a pipeline for each name, and a secret. */
export function teamOf(
  name: string,
  pipelines: readonly string[] = ["things"],
  more: Partial<Team> = {},
): Team {
  return {
    ...learning,
    name,
    pipelines: pipelines.map((each) => ({ ...learning.pipelines[0], name: each }) as Team["pipelines"][0]),
    ...more,
  };
}

export function scopeOf(
  team: Team = teamOf("shop"),
  of: Site = site,
  teams: readonly Team[] = [team],
): Scope {
  return planScope(of, team, teams);
}

/** Distinct teams with distinct pipelines each. */
export const anyTeams = fc
  .uniqueArray(
    fc.record({
      name: anyNearName,
      pipelines: fc.uniqueArray(anyNearName, { minLength: 1, maxLength: 4 }),
      signIn: fc.constantFrom("workload_identity" as const, "key_pair" as const),
      modelsOn: fc.constantFrom("elt" as const, "transform" as const),
    }),
    { selector: ({ name }) => name, minLength: 1, maxLength: 5 },
  )
  .map((teams) =>
    teams.map(({ name, pipelines, ...more }) =>
      teamOf(name, pipelines, {
        ...more,
        ...(more.modelsOn === "transform" && { warehouses: { transform: {} } }),
      }),
    ),
  );

/** What the declarations say of a lake, where an environment with it would be accepted. */
export function accepted(lake: Cloud["lake"]): boolean {
  const { environment } = siteWith({ lake });
  try {
    return (parseStacks({ environment, teams: [] }) satisfies Stacks).teams.length === 0;
  } catch {
    return false;
  }
}

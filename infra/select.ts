/** Which environment and which part of it a run of the program is for. Pure. */
import { FirnError } from "#core/errors";
import type { Stacks, Team } from "#firn";
import { platformOwner, type Site } from "./names.ts";

/** What a run makes: the platform, teams, or both. */
export interface Selection {
  platform: boolean;
  teams: Team[];
}

/**
 * The environment as one of the cloud.
 *
 * @throws {FirnError} `infra.config` where it is a laptop
 */
export function requireSite({ environment }: Stacks): Site {
  const { cloud } = environment;
  if (cloud) return { environment: { ...environment, cloud } };
  throw new FirnError("infra.config", {
    what: `Environment "${environment.name}" is a laptop: it declares no cloud.`,
    why: "A stack is made from an account, a region and a Snowflake account.",
    fix: "Name one that declares them, such as dev: as the stack, or with --env; or add a cloud to this one in stacks/environments.",
  });
}

/**
 * Narrows a run to what the configuration names: `firn:only`, a list of team names, and `_platform` for what
 * teams share. Absent: all.
 *
 * A stack holds what its program registers, and an `up` deletes the rest: so what is narrowed is a stack of its
 * own from its first day, such as `prod-commerce`, with `firn:environment: prod` beside `firn:only`.
 *
 * @throws {FirnError} `infra.config` for a name that is no team
 */
export function selectTeams({ teams }: Stacks, only: readonly string[] | undefined): Selection {
  if (only === undefined) return { platform: true, teams };
  const unknown = only.filter((name) => name !== platformOwner && !teams.some((team) => team.name === name));
  if (unknown.length > 0 || only.length === 0) {
    throw new FirnError("infra.config", {
      what:
        only.length === 0
          ? "firn:only names nothing."
          : `firn:only names ${unknown.join(", ")}, no team of this environment.`,
      why: "A run is narrowed to the platform or to teams that are declared.",
      fix: `Name some of ${[platformOwner, ...teams.map(({ name }) => name)].join(", ")}, or remove firn:only.`,
    });
  }
  return { platform: only.includes(platformOwner), teams: teams.filter(({ name }) => only.includes(name)) };
}

import { goldFence } from "#core/names";
import type { Environment, Pipeline, Team } from "#firn";
import {
  findOrphans,
  findPuts,
  findScratch,
  type Orphan,
  type Removal,
  removePuts,
  removeScratch,
  runJanitor,
} from "#janitor/run";
import { makeRelease } from "#release";
import { openLocalWorld } from "#worlds/local";
import { openLocalReader } from "#worlds/reader";

export type { Orphan, Removal } from "#janitor/run";

/**
 * Where orphans were found: at a pipeline, at a team's gold under the name it has in a pipeline's place, in
 * a team's lake (`pipeline` is null), on this machine (both are).
 */
export interface Owner {
  team: Team | null;
  pipeline: string | null;
}

export interface Found extends Owner {
  orphans: Orphan[];
}

/**
 * Looks for what nobody needs, and changes nothing.
 *
 * @param whole also what belongs to no pipeline: gold, and the puts and scratch that killed processes left
 * @throws {FirnError} `warehouse.locked`, `store.damaged`
 */
export async function findLocalOrphans(
  chosen: { team: Team; pipeline: Pipeline }[],
  environment: Environment,
  { folder, whole }: { folder: string; whole: boolean },
): Promise<{ found: Found[]; now: string }> {
  const reader = openLocalReader(environment, { folder });
  const found: Found[] = [];
  const now = reader.ports.clock.now();
  try {
    for (const { team, pipeline } of chosen) {
      const orphans = await findOrphans(placeOf(team, pipeline.name), reader.ports);
      found.push({ team, pipeline: pipeline.name, orphans });
    }
    if (!whole) return { found, now };
    for (const team of new Set(chosen.map((each) => each.team))) {
      const orphans = await findOrphans(placeOf(team, goldFence), reader.ports);
      found.push({ team, pipeline: goldFence, orphans });
      found.push({ team, pipeline: null, orphans: await findPuts(team.name, reader.ports) });
    }
    found.push({ team: null, pipeline: null, orphans: await findScratch(reader.ports) });
    return { found, now };
  } finally {
    await reader.close();
  }
}

/** Removes what was found, a pipeline's under its lease. A failure at one owner does not stop the others. */
export async function removeLocalOrphans(
  found: Found[],
  environment: Environment,
  { folder }: { folder: string },
): Promise<(Owner & Removal)[]> {
  const world = openLocalWorld(environment, { folder });
  const removals: (Owner & Removal)[] = [];
  try {
    for (const { orphans, ...owner } of found)
      if (orphans.length > 0) removals.push({ ...owner, ...(await removeAt(owner, orphans)) });
    return removals;
  } finally {
    await world.close();
  }

  function removeAt({ team, pipeline }: Owner, orphans: Orphan[]): Promise<Removal> {
    if (team === null) return removeScratch(orphans, world);
    if (pipeline === null) return removePuts(team.name, orphans, world);
    return runJanitor(placeOf(team, pipeline), orphans, world);
  }
}

function placeOf(team: Team, pipeline: string) {
  return { team: team.name, names: makeRelease(team).release.names, pipeline };
}

/** A scratch warehouse for proofs: the user's lake is read, and nothing of the user's is written. */
import { join, resolve } from "node:path";
import type { Environment, Team } from "#firn";
import { openProof, type Proof, type ProofRequest } from "#prove/run";
import { makeRelease } from "#release";
import { openLocalWorld } from "#worlds/local";
import { openLocalReader } from "#worlds/reader";

export type { Difference, Side } from "#prove/differ/plan";
export { maskDifference, rowsShown } from "#prove/differ/plan";
export type { Event, LeftOut } from "#prove/plan";
export type { ModelTrial, Proof, Trial } from "#prove/run";

export interface LocalProof extends Proof {
  team: string;
  close(): Promise<void>;
}

/**
 * Opens the proof of a team's models, with its history as it lies in the lake.
 *
 * The warehouse is in memory and gone with `close`; what does not fit spills into the folder's scratch.
 */
export async function openLocalProof(
  team: Team,
  teams: readonly Team[],
  environment: Environment,
  of: { folder: string } & Pick<ProofRequest, "models" | "rows">,
): Promise<LocalProof> {
  const folder = resolve(of.folder);
  const reader = openLocalReader(environment, { folder });
  const { memoryLimit } = openLocalWorld(environment, { folder, readOnly: true });
  const { openDuckdbWarehouse } = await import("#adapters/warehouses/duckdb/index");
  const opened = await openDuckdbWarehouse({
    path: ":memory:",
    temporaryFolder: join(folder, "scratch", "spill"),
    tag: `firn proves ${team.name}`,
    ...(memoryLimit && { memoryLimit }),
  });
  const warehouse = { ...opened, watch() {} };
  const { hash, release } = makeRelease(team, teams);
  const database = warehouse.dialect.id(release.names.database);
  // The database's name stands in the models' SQL. One thread: sums of floats then come out the same each time.
  await warehouse.run([`ATTACH ':memory:' AS ${database}`, `USE ${database}`, "SET threads = 1"]);
  const close = async () => {
    await opened.close();
    await reader.close();
  };
  try {
    const { clock, attemptId } = reader.ports;
    const store = await reader.ports.store(team.name);
    const proof = await openProof({
      ...{ release, hash, environment: environment.name, store, warehouse, clock, attemptId },
      ...(of.models && { models: of.models }),
      ...(of.rows !== undefined && { rows: of.rows }),
    });
    return { ...proof, team: team.name, close };
  } catch (error) {
    await close();
    throw error;
  }
}

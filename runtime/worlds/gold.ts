/** A team's models, built in this process, and what became of each. */
import { asFirnError, FirnError } from "#core/errors";
import type { NodeResult } from "#core/models";
import { goldFence, keys } from "#core/names";
import type { Stacks } from "#firn";
import { encode, readModelResults } from "#ledger/lake";
import { readLease } from "#ledger/lease";
import type { Lineage } from "#lineage/graph";
import { type Execution, runModelsLocally } from "#orchestrate/local";
import { firstModelState, type ModelState, type Release } from "#release";
import type { LocalWorld } from "#worlds/local";

export interface GoldExecution extends Execution<ModelState> {
  /** In the order in which they were built. */
  results: NodeResult[];
  /** Of a run that was skipped: who has the team's gold. */
  holder?: string;
}

export async function buildGold(
  of: Pick<ModelState, "team" | "release"> & Partial<ModelState>,
  world: LocalWorld,
): Promise<GoldExecution> {
  const run = world.attemptId();
  const execution = await runModelsLocally(firstModelState({ run, ...of }), world);
  try {
    const store = await world.store(of.team);
    const results = await readModelResults(store, run);
    const lease = execution.outcome === "skipped" ? await readLease(store, goldFence) : null;
    return { ...execution, results, ...(lease && { holder: lease.owner }) };
  } catch (cause) {
    // The run has ended as it has; only telling of it failed.
    return { ...execution, error: execution.error ?? asFirnError(cause), results: [] };
  }
}

/**
 * Looks once at what a release's models read and show, by the lineage of their columns, and keeps that beside it.
 *
 * @throws {FirnError} `model.pii_undeclared`; `model.not_granted` for what a model reads by its bare name; and
 *   `model.*` for a project that is wrong
 */
export async function admitModels(
  { environment, teams }: Stacks,
  { hash, release }: { hash: string; release: Release },
  world: LocalWorld,
): Promise<void> {
  const store = await world.store(release.team);
  if ((await store.get(keys.lineage(hash))) !== null) return;
  const [{ planTeamsLineage }, { refuseUndeclaredPii }] = [
    await import("#worlds/lineage"),
    await import("#lineage/pii"),
  ];
  const near = teams.filter(({ name }) => name === release.team || Object.hasOwn(release.reads, name));
  const { lineage, declared } = await planTeamsLineage({ environment, teams: near });
  refuseStrangers(lineage, release);
  refuseUndeclaredPii(lineage, declared);
  await store.put(keys.lineage(hash), encode(lineage));
}

function refuseStrangers({ nodes, sources }: Lineage, { team, names, reads }: Release): void {
  const tables = new Map([...nodes, ...sources].map((each) => [each.id, each.relation]));
  for (const node of nodes.filter(({ relation }) => relation.database === names.database)) {
    const foreign = node.reads
      .flatMap((id) => tables.get(id) ?? [])
      .filter((of) => {
        const granted = reads[of.database ?? ""]?.includes(of.identifier) && of.schema === names.gold;
        return of.database !== names.database && !granted;
      });
    const named = [...foreign.map((of) => `${of.database}.${of.schema}.${of.identifier}`), ...node.strangers];
    if (named.length === 0) continue;
    throw new FirnError("model.not_granted", {
      what: `Model "${node.relation.identifier}" reads ${named.join(", ")}, which team "${team}" may not read, or which is nobody's.`,
      why: "Models read their own team's silver and gold, and what other teams grant.",
      fix: "Read it by source() or ref(), and have it granted; or leave it out.",
    });
  }
}

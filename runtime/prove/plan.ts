/** What of a dbt project can be proven, and in which order a trial commits and builds. Pure. */
import { upstream } from "#model/dbt/graph";
import type { DbtNode, Project } from "#model/dbt/project";
import type { Random } from "./random.ts";

/** A batch is promoted, or the models are built. */
export type Event = Batch | "build";

interface Batch {
  pipeline: string;
  /** From 1, in the order of planning. */
  batch: number;
  rows: number;
}

/** A model that is not proven, and why. */
export interface LeftOut {
  name: string;
  why: string;
}

export interface Subject {
  /** The incremental models, in the order of their names. */
  models: DbtNode[];
  /** These and all they are made of: unique ids. */
  nodes: Set<string>;
  /** Tables of silver they read. */
  silver: Set<string>;
  leftOut: LeftOut[];
}

/** @param names of models; none means all */
export function chooseSubject(project: Project, names: readonly string[] = []): Subject {
  const leftOut: LeftOut[] = [];
  const models: DbtNode[] = [];
  const all = [...project.nodes.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const node of all) {
    if (names.length > 0 && !names.includes(node.name)) continue;
    const why = cannotBeProven(project, node);
    if (why !== null) leftOut.push({ name: node.name, why });
    else if (node.config.materialized === "incremental") models.push(node);
  }
  const nodes = new Set(models.flatMap((node) => [node.id, ...upstream(project, node)]));
  const silver = new Set([...nodes].flatMap((id) => project.sources.get(id)?.relation.identifier ?? []));
  return { models, nodes, silver, leftOut };
}

function cannotBeProven(project: Project, node: DbtNode): string | null {
  if (node.resource === "snapshot")
    return "a snapshot: it keeps what silver no longer has, so no rebuild can equal it";
  if (node.config.materialized !== "incremental") return null;
  for (const id of upstream(project, node)) {
    const source = project.sources.get(id);
    if (project.nodes.get(id)?.resource === "snapshot")
      return `it is built on the snapshot ${project.nodes.get(id)?.name}, which cannot be rebuilt`;
    if (source && source.relation.database !== project.target.database)
      return `it reads ${source.source}.${source.name} of another team, whose history is not at hand`;
  }
  return null;
}

/** A batch with no more than this share of all rows comes late where rows trickle in. */
const trickleShareMax = 0.01;
const fewRows = 5;

/**
 * The order of a trial: the batches of all pipelines in any order, so that one planned first may commit last;
 * the models after some of them, before the last and after it; and once again with nothing new.
 *
 * In half of the trials the smallest batches come last, each with a build of its own: what an increment misses
 * is mended by a later one that touches its group, so large batches after small ones hide mistakes. In a few,
 * everything is committed before the models are built twice.
 */
export function planEvents(random: Random, batches: readonly Batch[]): Event[] {
  const shuffled = random.shuffled(batches);
  const rows = batches.reduce((sum, each) => sum + each.rows, 0);
  const isLate = (each: Batch) => each.rows <= Math.max(fewRows, rows * trickleShareMax);
  const trickles = random.chance(0.5);
  const late = trickles ? shuffled.filter(isLate) : [];
  const commits = [...shuffled.filter((each) => !late.includes(each)), ...late];
  const builds = new Set<number>([commits.length]);
  if (!random.chance(0.15)) {
    for (let after = 1; after < commits.length; after++)
      if (random.chance(0.5) || after >= commits.length - late.length) builds.add(after);
    // Silver may be empty when the models are first built.
    if (random.chance(0.25)) builds.add(0);
    if (commits.length > 1 && builds.size === 1) builds.add(1 + random.whole(commits.length - 1));
  }
  const again = [...builds][random.whole(builds.size)];
  const events: Event[] = [];
  for (let after = 0; after <= commits.length; after++) {
    const commit = commits[after - 1];
    if (commit) events.push(commit);
    if (builds.has(after)) events.push("build");
    if (again === after) events.push("build");
  }
  return events;
}

import type { Pipeline, Stacks, Team } from "#firn";
import { usage } from "./errors.ts";

export interface Chosen {
  team: Team;
  pipeline: Pipeline;
  /** `team.pipeline`. */
  label: string;
}

/**
 * The pipelines a command is about, in the order of the declarations; no name means all.
 *
 * A name is `pipeline`, or `team.pipeline` where two teams have one of that name.
 *
 * @throws {FirnError} `cli.usage` with the nearest names
 */
export function choosePipelines(stacks: Stacks, names: readonly string[]): Chosen[] {
  const all = stacks.teams.flatMap((team) =>
    team.pipelines.map((pipeline) => ({ team, pipeline, label: `${team.name}.${pipeline.name}` })),
  );
  if (names.length === 0) return all;
  const wanted = new Set(names.map((name) => choose(name, all).label));
  return all.filter(({ label }) => wanted.has(label));
}

export function choosePipeline(stacks: Stacks, name: string): Chosen {
  return choose(name, choosePipelines(stacks, []));
}

function choose(name: string, all: Chosen[]): Chosen {
  const found = all.filter(({ pipeline, label }) => name === pipeline.name || name === label);
  const [only] = found;
  if (only && found.length === 1) return only;
  const labels = found.map(({ label }) => label);
  if (only) {
    throw usage({
      what: `${labels.length} teams have a pipeline "${name}".`,
      why: "A command must know which one is meant.",
      fix: `Name it with its team: ${labels.join(" or ")}.`,
    });
  }
  const known = all.map((each) => (name.includes(".") ? each.label : each.pipeline.name));
  throw unknownName(
    "pipeline",
    name,
    known,
    all.map(({ label }) => label),
  );
}

export function chooseTeam(stacks: Stacks, name: string): Team {
  const team = stacks.teams.find((each) => each.name === name);
  if (team) return team;
  throw unknownName(
    "team",
    name,
    stacks.teams.map((each) => each.name),
  );
}

export function unknownName(
  kind: "pipeline" | "team" | "model",
  name: string,
  known: string[],
  shown = known,
) {
  const [first, ...rest] = nearest(name, known);
  return usage({
    what: `There is no ${kind} "${name}".`,
    why: `Declared under stacks/ ${shown.length === 1 ? "is" : "are"}: ${shown.join(", ")}.`,
    fix: first
      ? `Did you mean ${[first, ...rest].join(" or ")}?`
      : `Use one of these names, or declare the ${kind}: a ${kind === "pipeline" ? "pipeline counts once its team's team.ts lists it, and stacks/index.ts the team" : "team counts once stacks/index.ts lists it"}.`,
  });
}

/** Names a typing error away, nearest first, three at most. */
export function nearest(name: string, known: readonly string[]): string[] {
  // Half a name is a near miss, too: "learner" or "activty" for learner_activity.
  const edits = (each: string) =>
    Math.min(editsBetween(name, each), ...each.split(/[._]/).map((part) => 1 + editsBetween(name, part)));
  const near = known.map((each) => ({ each, edits: edits(each) }));
  return near
    .filter(({ each, edits }) => edits <= Math.max(2, name.length / 3) || each.startsWith(name))
    .sort((a, b) => a.edits - b.edits)
    .slice(0, 3)
    .map(({ each }) => each);
}

/** How many letters must be put, removed or exchanged to make one text the other. */
function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

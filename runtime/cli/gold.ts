import { asFirnError, type FirnError } from "#core/errors";
import { secondsBetween } from "#core/interval";
import type { NodeResult } from "#core/models";
import type { Stacks, Team } from "#firn";
import type { ModelState, Release } from "#release";
import { admitModels, buildGold } from "#worlds/gold";
import { type LocalWorld, openLocalWorld } from "#worlds/local";
import { type Context, loadDeclared } from "./context.ts";
import { type ExitCode, errorDocument, errorLines, exitCodeOf, usage, worst } from "./errors.ts";
import { chooseTeam } from "./names.ts";
import { type Report, table } from "./output.ts";
import { openProgress } from "./progress.ts";
import { counted } from "./text.ts";

/** How the models of a team ended. */
export interface GoldRun {
  team: string;
  outcome: "done" | "skipped" | "failed";
  exitCode: ExitCode;
  /** Why nothing was built. */
  why?: string;
  error?: FirnError;
  results: NodeResult[];
  seconds: number;
  retries: number;
}

export interface BuildOptions {
  select?: string[];
  exclude?: string[];
  fullRefresh?: boolean;
  backfill?: boolean;
}

/** Builds gold, of the named teams or of all that have models. */
export async function build(names: string[], options: BuildOptions, context: Context): Promise<Report> {
  const stacks = loadDeclared(context);
  const named = names.length > 0 ? names.map((name) => chooseTeam(stacks, name)) : stacks.teams;
  const teams = named.filter(({ models }) => models !== undefined);
  if (teams.length === 0) {
    throw usage({
      what: `${names.length > 0 ? `Team "${names.join('", "')}" has no` : "No team has"} models.`,
      why: "Gold is a dbt project beside a team's declaration.",
      fix: "Add stacks/teams/NAME/dbt_project.yml and models/; README.md tells what Firn runs of dbt.",
    });
  }
  if (teams.length > 1 && [...(options.select ?? []), ...(options.exclude ?? [])].length > 0) {
    throw usage({
      what: "Selectors are given, and no team is named.",
      why: "They name models of one team's project.",
      fix: `Name it: npx firn build ${teams[0]?.name} --select ...`,
    });
  }
  const progress = openProgress();
  const world = openLocalWorld(stacks.environment, {
    folder: context.folder,
    onBuilt: progress.onBuilt,
    onAlert: progress.onAlert,
  });
  const runs: GoldRun[] = [];
  try {
    const releases = await world.putReleases(stacks);
    for (const team of teams) {
      const state = {
        select: options.select ?? [],
        exclude: options.exclude ?? [],
        fullRefresh: options.fullRefresh ?? false,
        backfill: options.backfill ?? false,
        forced: true,
      };
      const made = releases.get(team.name);
      if (made) runs.push(await buildTeam(team, stacks, made, world, state));
    }
  } finally {
    progress.stop();
    await world.close();
  }
  return {
    exitCode: worst(runs.map(({ exitCode }) => exitCode)),
    lines: linesOf(runs, context),
    document: { environment: stacks.environment.name, gold: documentOf(runs), alerts: progress.alerts },
  };
}

/** Runs the models of one team. */
export async function buildTeam(
  team: Team,
  stacks: Stacks,
  made: { hash: string; release: Release },
  world: LocalWorld,
  options: Partial<ModelState> = {},
): Promise<GoldRun> {
  const startedAt = world.clock.now();
  try {
    await admitModels(stacks, made, world);
  } catch (cause) {
    const error = asFirnError(cause);
    const none = { outcome: "failed" as const, results: [], seconds: 0, retries: 0 };
    return { team: team.name, ...none, exitCode: exitCodeOf(error), error };
  }
  const { outcome, retries, results, error, holder } = await buildGold(
    { team: team.name, release: made.hash, ...options },
    world,
  );
  const seconds = secondsBetween(startedAt, world.clock.now());
  const why =
    outcome === "skipped"
      ? `skipped: held by ${holder ?? "another run"}`
      : outcome === "done" && results.length === 0
        ? "nothing to build: silver and the models are as the last run found them"
        : undefined;
  return {
    ...{ team: team.name, outcome, results, seconds, retries },
    exitCode: error ? exitCodeOf(error) : 0,
    ...(why !== undefined && { why }),
    ...(error && { error }),
  };
}

/** A line per team, then what stands in the way. */
export function linesOf(runs: readonly GoldRun[], { debug }: Context): string[] {
  const lines = table(
    [
      "gold",
      "built",
      "incremental",
      "tests passed",
      "warned",
      "failed",
      "skipped",
      "rows scanned",
      "seconds",
    ],
    runs.map(({ team, results, seconds }) => {
      const built = results.filter(({ status }) => status === "success");
      const count = (status: NodeResult["status"]) => results.filter((each) => each.status === status).length;
      const scanned = results.flatMap(({ statements }) =>
        statements.map(({ rowsScanned }) => rowsScanned ?? 0),
      );
      return [
        team,
        built.length,
        built.filter(({ kind }) => kind === "incremental").length,
        count("pass"),
        count("warn"),
        count("fail") + count("error"),
        count("skipped"),
        scanned.reduce((sum, rows) => sum + rows, 0),
        seconds.toFixed(1),
      ];
    }),
  );
  for (const { team, results } of runs) {
    const remade = results.filter(({ reason }) => reason === "new version" || reason === "new ledger");
    if (remade.length > 0)
      lines.push(
        "",
        `${team}: ${counted(remade.length, "model")} built in full as ${remade[0]?.reason === "new version" ? "its SQL has changed" : "the ledger does not know its last build"}: ${remade.map(({ name }) => name).join(", ")}.`,
      );
    for (const { name, message } of results.filter(({ status }) => status === "warn"))
      lines.push("", `${team}: ${name} warns: ${message}.`);
  }
  for (const { team, results } of runs) {
    const skipped = Map.groupBy(
      results.filter(({ status }) => status === "skipped"),
      ({ message }) => message,
    );
    for (const [why, of] of skipped) lines.push("", `${team}: ${of.length} skipped: ${why}.`);
  }
  for (const { team, why } of runs) if (why) lines.push("", `${team}: ${why}.`);
  for (const { team, error } of runs)
    if (error) lines.push("", ...errorLines(error, { debug, subject: `${team}'s models` }));
  return lines;
}

export function documentOf(runs: readonly GoldRun[]): object[] {
  return runs.map(({ error, results, ...run }) => ({
    ...run,
    nodes: results.map(({ statements, ...result }) => ({ ...result, statements: statements.length })),
    ...(error && { error: errorDocument(error) }),
  }));
}

import { FirnError } from "#core/errors";
import type { Stacks, Team } from "#firn";
import { type LocalProof, type ModelTrial, maskDifference, openLocalProof, type Trial } from "#worlds/prove";
import { type Context, loadDeclared } from "./context.ts";
import { usage } from "./errors.ts";
import { unknownName } from "./names.ts";
import { live, type Report, table } from "./output.ts";
import { type Finding, linesOfFinding } from "./prove/finding.ts";
import { counted } from "./text.ts";

export interface ProveOptions {
  only: "incremental";
  model?: string;
  seeds?: number;
  seed?: number;
  rows?: number;
  reveal?: boolean;
}

/** How a model stood all its trials. */
interface Verdict {
  team: string;
  model: string;
  trials: number;
  /** How often it grew by an increment. */
  increments: number;
  rows: number;
  failedSeeds: number[];
}

const seedsDefault = 10;

/**
 * Proves each incremental model equal to its rebuild, over the real history in the lake.
 *
 * Values that could name a person are masked as numbers of their own, unless `--reveal`.
 *
 * @throws {FirnError} `cli.usage`, `batch.unknown` where nothing was ever landed
 */
export function prove(options: ProveOptions, context: Context): Promise<Report> {
  return proveStacks(loadDeclared(context), options, context);
}

/** The same, of declarations that are given. */
export async function proveStacks(stacks: Stacks, options: ProveOptions, context: Context): Promise<Report> {
  const first = options.seed ?? 1;
  const seeds = Array.from(
    { length: options.seeds ?? (options.seed === undefined ? seedsDefault : 1) },
    (_, at) => first + at,
  );
  const [verdicts, findings, notes] = [[] as Verdict[], [] as Finding[], [] as string[]];
  let models = 0;
  try {
    for (const [team, model] of chooseTeams(stacks, options.model)) {
      const proof = await openLocalProof(team, stacks.teams, stacks.environment, {
        folder: context.folder,
        ...(model !== undefined && { models: [model] }),
        ...(options.rows !== undefined && { rows: options.rows }),
      });
      try {
        models += proof.models.length;
        if (model !== undefined) requireProvable(proof, team, model);
        notes.push(...notesOf(proof));
        if (proof.models.length === 0 || proof.histories.every(({ units }) => units === 0)) continue;
        verdicts.push(...(await tryAll(proof)));
      } finally {
        await proof.close();
      }
    }
  } finally {
    live.stop();
  }
  if (verdicts.length === 0) throw models > 0 ? noBronze(context) : noModels();
  return reportOf();

  async function tryAll(proof: LocalProof): Promise<Verdict[]> {
    const { team } = proof;
    const all = new Map(
      proof.models.map(({ name: model }): [string, Verdict] => [
        model,
        { team, model, trials: 0, increments: 0, rows: 0, failedSeeds: [] },
      ]),
    );
    for (const [at, seed] of seeds.entries()) {
      live.show(`${team}: seed ${seed}, ${at + 1} of ${seeds.length}`);
      const trial = await proof.tryOut(seed);
      for (const model of trial.models) {
        const verdict = all.get(model.name) as Verdict;
        verdict.trials++;
        verdict.increments += model.increments;
        verdict.rows = model.rows;
        if (model.error === undefined && !model.difference) continue;
        verdict.failedSeeds.push(seed);
        // One finding a model: further seeds mostly show the same mistake.
        if (verdict.failedSeeds.length === 1) findings.push(findingOf(team, trial, model));
      }
    }
    return [...all.values()];
  }

  function findingOf(team: string, { seed, events }: Trial, trial: ModelTrial): Finding {
    const { name, node, error, difference } = trial;
    const flags = [`--model ${team}.${name}`, `--seed ${seed}`];
    if (options.rows !== undefined) flags.push(`--rows ${options.rows}`);
    return {
      ...{ team, model: name, path: node.path, seed, events },
      ...(error !== undefined && { error }),
      ...(difference && { difference: options.reveal ? difference : maskDifference(difference, node) }),
      command: [context.command, "prove --only incremental", ...flags].join(" "),
    };
  }

  function reportOf(): Report {
    const failed = verdicts.filter(({ failedSeeds }) => failedSeeds.length > 0);
    const idle = verdicts.filter((each) => each.increments === 0 && each.failedSeeds.length === 0);
    for (const { team, model } of idle)
      notes.push(`${team}.${model} never grew by an increment in these trials: nothing is proven of it.`);
    return {
      // A trial in which nothing grew shows nothing: it must not pass for a proof.
      exitCode: failed.length + idle.length > 0 ? 1 : 0,
      document: {
        proof: options.only,
        ...{ seeds, revealed: options.reveal === true, equal: failed.length === 0 },
        models: verdicts.map((each) => ({ ...each, equal: each.failedSeeds.length === 0 })),
        ...{ findings, notes },
      },
      lines: [
        ...findings.flatMap((finding) => [...linesOfFinding(finding), ""]),
        ...table(
          ["model", "rows", "trials", "increments", "equal to its rebuild"],
          verdicts.map(({ team, model, rows, trials, increments, failedSeeds }) => [
            `${team}.${model}`,
            ...[rows, trials, increments],
            failedSeeds.length === 0
              ? increments > 0
                ? "yes"
                : "not proven"
              : `NO: seed ${failedSeeds.join(", ")}`,
          ]),
        ),
        ...(notes.length > 0 ? ["", ...notes] : []),
        "",
        failed.length === 0
          ? `Equal, whole rows: ${counted(verdicts.length - idle.length, "model")}, ${seedsTold(seeds)}.${idle.length > 0 ? ` Not proven: ${idle.length}; try more --seeds.` : ""}`
          : `Not equal: ${failed.length} of ${counted(verdicts.length, "model")}.${options.reveal ? "" : " Names are masked: --reveal shows them."}`,
      ],
    };
  }
}

function seedsTold(seeds: readonly number[]): string {
  return seeds.length === 1 ? `seed ${seeds[0]}` : `seeds ${seeds[0]} to ${seeds.at(-1)}`;
}

/** The teams that have models; with a name, the ones that have one of it, and the model's own name. */
function chooseTeams({ teams }: Stacks, named: string | undefined): [Team, string | undefined][] {
  const withModels = teams.filter(({ models }) => models !== undefined);
  if (named === undefined) return withModels.map((team) => [team, undefined]);
  const [of, model] = named.includes(".") ? named.split(".", 2) : [undefined, named];
  const modelsOf = ({ models = {} }: Team) =>
    Object.keys(models).flatMap((path) => /^(?:models|snapshots)\/.*?([^/]+)\.sql$/.exec(path)?.[1] ?? []);
  const found = withModels.filter(
    (team) => (of === undefined || team.name === of) && modelsOf(team).includes(model ?? ""),
  );
  if (found.length === 0)
    throw unknownName(
      "model",
      named,
      withModels.flatMap((team) =>
        modelsOf(team).map((each) => (of === undefined ? each : `${team.name}.${each}`)),
      ),
    );
  return found.map((team) => [team, model]);
}

/** What is not proven of a team, and why. */
function notesOf({ team, leftOut, readAsOf, histories }: LocalProof): string[] {
  const refused = histories.flatMap((each) => each.refused);
  return [
    ...leftOut.map(({ name, why }) => `${team}.${name} is left out: ${why}.`),
    ...readAsOf.map(
      (name) =>
        `${team}.${name} reads as_of: it is proven for one instant. Rows that a later run leaves alone keep the instant of their build.`,
    ),
    ...histories
      .filter(({ units }) => units === 0)
      .map(({ pipeline }) => `${team}.${pipeline.name} has landed nothing yet: its silver is empty here.`),
    ...(refused.length > 0
      ? [`${team}: refused by an expectation, and so left out: ${refused.join(", ")}.`]
      : []),
  ];
}

function requireProvable({ models, leftOut }: LocalProof, { name: team }: Team, model: string): void {
  if (models.length > 0) return;
  throw usage({
    what: `"${team}.${model}" cannot be proven${leftOut[0] ? `: ${leftOut[0].why}` : ": it is no incremental model"}.`,
    why: "Only what grows by increments can come to differ from its rebuild; views and tables are made anew by each run.",
    fix: "Name an incremental model, or leave --model out for all of them.",
  });
}

function noModels(): FirnError {
  return usage({
    what: "No team has an incremental model.",
    why: "Only what grows by increments can come to differ from its rebuild.",
    fix: "Set materialized: incremental where a model is too large to be built anew by each run.",
  });
}

function noBronze({ command, folder }: Context): FirnError {
  return new FirnError("batch.unknown", {
    what: `No batch that the models read was ever landed in ${folder}.`,
    why: "The proof cuts the real history in the lake anew, and there is none.",
    fix: `Run first: \`${command} run\`; for the demo's data, npm start.`,
  });
}

import type { BatchPlan } from "#core/batch";
import { asFirnError, type FirnError } from "#core/errors";
import { secondsBetween } from "#core/interval";
import { batchId, keys, seqOfKey } from "#core/names";
import { type Execution, runLocally } from "#orchestrate/local";
import { makeRelease, type Release } from "#release";
import { type LocalWorld, openLocalWorld } from "#worlds/local";
import { previewWindow, readStanding } from "#worlds/reader";
import { type PipelineRun, reportRun } from "./closing.ts";
import { type Context, loadDeclared } from "./context.ts";
import { type ExitCode, exitCodeOf, worst } from "./errors.ts";
import { buildTeam, type GoldRun } from "./gold.ts";
import { batchesOf } from "./ledger.ts";
import { type Chosen, choosePipelines } from "./names.ts";
import type { Report } from "./output.ts";
import { openProgress, type Progress } from "./progress.ts";

/**
 * Runs pipelines one after the other until nothing is left to read, then the models of their teams; one's
 * failure does not stop the others.
 */
export async function run(
  names: string[],
  { due = false, models = true }: { due?: boolean; models?: boolean },
  context: Context,
): Promise<Report> {
  const stacks = loadDeclared(context);
  const named = choosePipelines(stacks, names);
  const progress = openProgress();
  const world = openLocalWorld(stacks.environment, {
    folder: context.folder,
    onMeasurement: progress.onMeasurement,
    onBuilt: progress.onBuilt,
    onAlert: progress.onAlert,
  });
  const id = world.attemptId();
  const runs: PipelineRun[] = [];
  const waiting: string[] = [];
  const gold: GoldRun[] = [];
  try {
    const releases = await world.putReleases(stacks);
    for (const each of named) {
      if (due && !(await isDue(each, world))) {
        waiting.push(each.label);
        continue;
      }
      const made = releases.get(each.team.name);
      if (made) runs.push(await runOne(each, id, made, world, progress));
    }
    const teams = stacks.teams.filter(
      (team) => team.models && runs.some(({ chosen }) => chosen.team === team),
    );
    for (const team of models ? teams : []) {
      const made = releases.get(team.name);
      if (made) gold.push(await buildTeam(team, stacks, made, world));
    }
  } finally {
    progress.stop();
    await world.close();
  }
  const { alerts } = progress;
  return reportRun({ run: id, environment: stacks.environment.name, runs, gold, waiting, alerts }, context);
}

/** Whether a pipeline's schedule has come round since its last run began, or that run left a batch open. */
async function isDue({ team, pipeline }: Chosen, world: LocalWorld): Promise<boolean> {
  const store = await world.store(team.name);
  const now = world.clock.now();
  const { lease, open } = await readStanding(makeRelease(team).release, pipeline, store, null, now);
  if (!lease || !pipeline.schedule || open.length > 0) return true;
  return secondsBetween(lease.takenAt, now) >= pipeline.schedule.everyMinutes * 60 - earlySeconds;
}

/** A run that began some seconds late must not push the next one out of its turn. */
const earlySeconds = 60;

async function runOne(
  chosen: Chosen,
  run: string,
  { hash, release }: { hash: string; release: Release },
  world: LocalWorld,
  progress: Progress,
): Promise<PipelineRun> {
  const { team, pipeline, label } = chosen;
  progress.begin(label);
  const startedAt = world.clock.now();
  const execution = await runLocally({ team: team.name, pipeline: pipeline.name, release: hash, run }, world);
  const seconds = secondsBetween(startedAt, world.clock.now());
  const ended = { chosen, outcome: execution.outcome, seconds, retries: execution.retries };
  try {
    const found = await summarize(chosen, execution, release, world, progress);
    const exitCode: ExitCode = execution.error ? exitCodeOf(execution.error) : 0;
    const why = await explain(chosen, execution, hash, release, world);
    return {
      ...ended,
      ...found,
      exitCode,
      ...(why && { why }),
      ...(execution.error && { error: execution.error }),
    };
  } catch (cause) {
    // The run has ended as it has; only telling of it failed.
    const error: FirnError = execution.error ?? asFirnError(cause);
    return { ...ended, ...nothingFound, exitCode: worst([exitCodeOf(error)]), error };
  }
}

const nothingFound = {
  batches: [],
  measured: [],
  windows: [],
  files: null,
  watermark: null,
  filesRead: null,
};

/** What the run did, from the ledger's rows of it; what was not promoted, from its measurements and plans. */
async function summarize(
  { team, pipeline }: Chosen,
  { state }: Execution,
  release: Release,
  world: LocalWorld,
  progress: Progress,
) {
  const store = await world.store(team.name);
  const measured = progress.measured(team.name, pipeline.name);
  // Where nothing was loaded no warehouse was woken, and none is now.
  const loaded = measured.some(({ landed }) => landed > 0);
  const batches = loaded
    ? await batchesOf(await world.warehouse(team.name), release.names, pipeline.name, state.run)
    : [];
  const plans: BatchPlan[] = [];
  // The batch at work when a run failed may have measured nothing.
  const atWork = state.seq > 0 ? [batchId(pipeline.name, state.seq)] : [];
  for (const id of new Set([...[...batches, ...measured].map((each) => each.batchId), ...atWork])) {
    const seq = seqOfKey(`/${id.slice(pipeline.name.length + 1)}.json`);
    const body = seq === null ? null : await store.get(keys.plan(pipeline.name, seq));
    if (body) plans.push(JSON.parse(new TextDecoder().decode(body)) as BatchPlan);
  }
  const standing = await readStanding(release, pipeline, store, null, world.clock.now());
  return {
    batches,
    measured: measured.filter((each) => !batches.some((batch) => batch.batchId === each.batchId)),
    windows: plans.flatMap(({ window }) => window ?? []),
    files:
      pipeline.source.kind === "files"
        ? plans.flatMap(({ shards }) => shards.flatMap(({ files }) => files ?? [])).length
        : null,
    watermark: standing.watermark,
    filesRead: standing.filesRead,
  };
}

/** Why a run did nothing: there was nothing to read, or another run has the pipeline. */
async function explain(
  { pipeline }: Chosen,
  execution: Execution,
  hash: string,
  release: Release,
  world: LocalWorld,
): Promise<string | undefined> {
  const { outcome, state } = execution;
  if (outcome === "skipped" && state.epoch > 0)
    return "a newer run took it over and goes on where this one was";
  if (outcome === "skipped") {
    const { lease } = await readStanding(
      release,
      pipeline,
      await world.store(release.team),
      null,
      world.clock.now(),
    );
    return lease ? `held by ${lease.owner}, last heard of at ${lease.lastBeatAt}` : "another run held it";
  }
  if (outcome === "failed" || state.batches > 0) return undefined;
  const decision = await previewWindow(hash, release, pipeline, world);
  return decision.kind === "idle" ? decision.why : "nothing was read";
}

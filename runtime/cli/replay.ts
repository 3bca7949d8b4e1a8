import { batchId } from "#core/names";
import { openLocalWorld } from "#worlds/local";
import { replayBatch } from "#worlds/replay";
import { type Context, loadDeclared } from "./context.ts";
import { usage } from "./errors.ts";
import { batchesOf } from "./ledger.ts";
import { type Chosen, choosePipeline } from "./names.ts";
import type { Report } from "./output.ts";
import { openProgress } from "./progress.ts";

/** Loads a batch again from bronze under today's declaration, and promotes it. The source is not called. */
export async function replay(name: string, { batch }: { batch: string }, context: Context): Promise<Report> {
  const stacks = loadDeclared(context);
  const chosen = choosePipeline(stacks, name);
  const seq = parseBatch(batch, chosen, context);
  const { team, pipeline, label } = chosen;
  const progress = openProgress();
  const { onAlert, onMeasurement } = progress;
  const world = openLocalWorld(stacks.environment, { folder: context.folder, onAlert, onMeasurement });
  try {
    const made = (await world.putReleases(stacks)).get(team.name);
    if (!made) throw new TypeError(`no release of team ${team.name}`);
    const run = world.attemptId();
    const { error, outcome } = await replayBatch(
      { team: team.name, pipeline: pipeline.name, release: made.hash, run, seq },
      world,
    );
    progress.stop();
    if (error) throw error;
    const [promoted] = await batchesOf(
      await world.warehouse(team.name),
      made.release.names,
      pipeline.name,
      run,
    );
    const document = {
      run,
      team: team.name,
      pipeline: pipeline.name,
      outcome,
      ...(promoted ?? { batchId: batchId(pipeline.name, seq) }),
    };
    if (!promoted)
      return {
        document,
        lines: [`${label}: skipped: a newer run took the pipeline over; nothing was changed.`],
      };
    const counts = Object.entries(promoted).flatMap(([what, amount]) =>
      typeof amount === "number" ? [[what, amount] as const] : [],
    );
    const width = Math.max(...counts.map(([, amount]) => amount.toLocaleString("en").length));
    return {
      document,
      lines: [
        `${team.name}.${promoted.batchId} was loaded again from bronze and promoted.`,
        ...counts.map(
          ([what, amount]) => `  ${what.padEnd(11)}  ${amount.toLocaleString("en").padStart(width)}`,
        ),
      ],
    };
  } finally {
    progress.stop();
    await world.close();
  }
}

/** The number of a batch given as `3`, `000003`, or its id. @throws {FirnError} `cli.usage` */
export function parseBatch(text: string, { team, pipeline }: Chosen, { command }: Context): number {
  const digits = text.startsWith(`${pipeline.name}.`) ? text.slice(pipeline.name.length + 1) : text;
  if (/^\d{1,12}$/.test(digits) && Number(digits) > 0) return Number(digits);
  throw usage({
    what: `"${text}" names no batch of pipeline "${pipeline.name}".`,
    why: `A batch is named by its number, or by its id, such as ${batchId(pipeline.name, 1)}.`,
    fix: `List the batches there are: ${command} sql "SELECT pipeline, batch_id FROM ${team.name}.ledger.batches".`,
  });
}

import { batchId } from "#core/names";
import { openLocalWorld } from "#worlds/local";
import { replayBatch } from "#worlds/replay";
import { type Context, loadDeclared } from "./context.ts";
import { usage } from "./errors.ts";
import { batchesOf, type PromotedBatch, quarantineCounts } from "./ledger.ts";
import { type Chosen, choosePipeline } from "./names.ts";
import { type Report, table } from "./output.ts";
import { openProgress } from "./progress.ts";
import { counted } from "./text.ts";

/** Loads a batch again from bronze under today's declaration, and promotes it. The source is not called. */
export async function replay(name: string, { batch }: { batch: string }, context: Context): Promise<Report> {
  return withWorld(name, context, async ({ chosen, replayOne }) => {
    const { team, pipeline, label } = chosen;
    const seq = parseBatch(batch, chosen, context);
    const { run, outcome, promoted } = await replayOne(seq, false);
    const document = {
      run,
      team: team.name,
      pipeline: pipeline.name,
      outcome,
      ...(promoted ?? { batchId: batchId(pipeline.name, seq) }),
    };
    if (!promoted) return { document, lines: [`${label}: ${takenOver}`] };
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
  });
}

/** Checks rows in quarantine again, batch by batch, and promotes those that are good as declared now. */
export async function quarantineReplay(
  name: string,
  options: { batch?: string },
  context: Context,
): Promise<Report> {
  return withWorld(name, context, async ({ chosen, replayOne, quarantined }) => {
    const { team, pipeline, label } = chosen;
    const only =
      options.batch === undefined
        ? undefined
        : batchId(pipeline.name, parseBatch(options.batch, chosen, context));
    const before = await quarantined();
    const batches = [...before.keys()].filter((id) => only === undefined || id === only).sort();
    const done: { batchId: string; checked: number; promoted: number; left: number; outcome: string }[] = [];
    for (const id of batches) {
      const { outcome, promoted } = await replayOne(Number(id.slice(pipeline.name.length + 1)), true);
      const checked = before.get(id) ?? 0;
      const left = promoted ? ((await quarantined()).get(id) ?? 0) : checked;
      done.push({ batchId: id, checked, promoted: promoted?.merged ?? 0, left, outcome });
      if (!promoted) break;
    }
    const document = { team: team.name, pipeline: pipeline.name, batches: done };
    if (done.length === 0)
      return { document, lines: [`${label}: no row ${only ? `of batch ${only} ` : ""}is in quarantine.`] };
    const skipped = done.some(({ outcome }) => outcome === "skipped");
    const left = done.reduce((sum, each) => sum + each.left, 0);
    return {
      document,
      lines: [
        ...table(
          ["batch", "checked again", "promoted", "still in quarantine"],
          done.map((each) => [`${team.name}.${each.batchId}`, each.checked, each.promoted, each.left]),
        ),
        ...(skipped ? ["", `${label}: ${takenOver}`] : []),
        ...(left > 0
          ? ["", `See \`${context.command} quarantine show ${pipeline.name}\` for what is still wrong.`]
          : []),
        "",
        `A good row that is no newer than silver's leaves quarantine without being promoted. ${counted(left, "row")} still in quarantine.`,
      ],
    };
  });
}

const takenOver = "skipped: a newer run took the pipeline over; nothing was changed.";

interface Replaying {
  chosen: Chosen;
  /** @throws what stopped it */
  replayOne(
    seq: number,
    quarantined: boolean,
  ): Promise<{ run: string; outcome: string; promoted: PromotedBatch | undefined }>;
  /** Rows in quarantine by batch. */
  quarantined(): Promise<Map<string, number>>;
}

/** Opens the world for work on one pipeline, as it is declared now. */
async function withWorld(
  name: string,
  context: Context,
  work: (replaying: Replaying) => Promise<Report>,
): Promise<Report> {
  const stacks = loadDeclared(context);
  const chosen = choosePipeline(stacks, name);
  const { team, pipeline } = chosen;
  const progress = openProgress();
  const { onAlert, onMeasurement } = progress;
  const world = openLocalWorld(stacks.environment, { folder: context.folder, onAlert, onMeasurement });
  try {
    const made = (await world.putReleases(stacks)).get(team.name);
    if (!made) throw new TypeError(`no release of team ${team.name}`);
    const { names } = made.release;
    return await work({
      chosen,
      async replayOne(seq, quarantined) {
        const run = world.attemptId();
        const of = { team: team.name, pipeline: pipeline.name, release: made.hash, run, seq, quarantined };
        const { error, outcome } = await replayBatch(of, world);
        progress.stop();
        if (error) throw error;
        const [promoted] = await batchesOf(await world.warehouse(team.name), names, pipeline.name, run);
        return { run, outcome, promoted };
      },
      async quarantined() {
        const counts = await quarantineCounts(await world.warehouse(team.name), names, pipeline.name);
        const byBatch = new Map<string, number>();
        for (const { batchId: id, rows } of counts) byBatch.set(id, (byBatch.get(id) ?? 0) + rows);
        return byBatch;
      },
    });
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

import type { BatchPlan } from "#core/batch";
import { asFirnError, type FirnError } from "#core/errors";
import { keys } from "#core/names";
import type { Stacks } from "#firn";
import { makeRelease } from "#release";
import { type LocalReader, openLocalReader, previewWindow } from "#worlds/reader";
import { type Context, loadDeclared } from "./context.ts";
import { errorDocument, errorLines, exitCodeOf, worst } from "./errors.ts";
import { type Chosen, choosePipelines } from "./names.ts";
import type { Report } from "./output.ts";
import { visible } from "./output.ts";
import { bytes, counted, place, span } from "./text.ts";

interface Preview {
  chosen: Chosen;
  action: "read" | "resume" | "nothing" | "failed";
  why: string;
  plan?: BatchPlan;
  /** Files that were changed in place after they were read; they are not read again. */
  changed: string[];
  error?: FirnError;
}

/** What the next run of each pipeline would read, and why. Reads only. */
export async function plan(names: string[], context: Context): Promise<Report> {
  const stacks = loadDeclared(context);
  const reader = openLocalReader(stacks.environment, context);
  const previews: Preview[] = [];
  try {
    for (const chosen of choosePipelines(stacks, names)) {
      previews.push(
        await preview(chosen, stacks, reader).catch((cause: unknown): Preview => {
          const error = asFirnError(cause);
          return { chosen, action: "failed", why: error.what, changed: [], error };
        }),
      );
    }
  } finally {
    await reader.close();
  }
  return {
    exitCode: worst(previews.map(({ error }) => (error ? exitCodeOf(error) : 0))),
    lines: previews.flatMap((each, at) => [...(at > 0 ? [""] : []), ...linesOf(each, context)]),
    document: {
      environment: stacks.environment.name,
      pipelines: previews.map(({ chosen, error, plan: planned, ...each }) => ({
        team: chosen.team.name,
        pipeline: chosen.pipeline.name,
        ...each,
        batch: planned?.batchId ?? null,
        window: planned?.window ?? null,
        shards: planned?.shards ?? [],
        ...(error && { error: errorDocument(error) }),
      })),
    },
  };
}

async function preview(chosen: Chosen, { teams }: Stacks, { ports }: LocalReader): Promise<Preview> {
  const { team, pipeline } = chosen;
  const { hash, release } = makeRelease(team, teams);
  const decision = await previewWindow(hash, release, pipeline, ports);
  const changed = decision.changed.map(({ path }) => path);
  if (decision.kind === "idle") return { chosen, action: "nothing", why: decision.why, changed };
  if (decision.kind === "new")
    return { chosen, action: "read", why: decision.why, plan: decision.plan, changed };
  const store = await ports.store(team.name);
  const landed = await store.get(keys.manifest(pipeline.name, decision.plan.seq));
  const why = landed
    ? "it was read, but not promoted: it is loaded from bronze, with no call to the source"
    : "it was planned, but not read to its end: it is read again as planned";
  return { chosen, action: "resume", why, plan: decision.plan, changed };
}

function linesOf(
  { chosen, action, why, plan: planned, changed, error }: Preview,
  { debug }: Context,
): string[] {
  if (error) return errorLines(error, { debug, subject: chosen.label });
  const verbs = { read: "reads", resume: "resumes", nothing: "has nothing to read", failed: "" };
  const lines = [
    `${chosen.label} ${verbs[action]}${planned ? ` batch ${planned.batchId}` : ""}`,
    `  why     ${visible(why)}`,
  ];
  if (planned?.window) lines.push(`  window  ${span(planned.window, chosen.pipeline)}`);
  for (const { name, window, after, files } of planned?.shards ?? []) {
    if (window) lines.push(`  shard   ${name}  ${span(window, chosen.pipeline)}`);
    if (after !== undefined) lines.push(`  shard   ${name}  (${place(after)}, no end]`);
    if (!files) continue;
    lines.push(
      `  shard   ${name}  ${counted(files.length, "file")}, ${bytes(files.reduce((sum, file) => sum + file.bytes, 0))}`,
    );
    for (const file of files.slice(0, shown))
      lines.push(`            ${visible(file.path)}  ${bytes(file.bytes)}`);
    if (files.length > shown) lines.push(`            and ${files.length - shown} more; --json has them all`);
  }
  for (const path of changed)
    lines.push(`  changed ${visible(path)} was changed in place after it was read, and is not read again`);
  return lines;
}

/** Files of a shard that are named. */
const shown = 10;

import type { FirnError } from "#core/errors";
import type { Interval } from "#core/interval";
import type { Alert } from "#ports/alerts";
import type { Context } from "./context.ts";
import { type ExitCode, errorDocument, errorLines, worst } from "./errors.ts";
import { documentOf, type GoldRun, linesOf } from "./gold.ts";
import type { PromotedBatch } from "./ledger.ts";
import type { Chosen } from "./names.ts";
import { type Report, table } from "./output.ts";
import type { MeasuredBatch } from "./progress.ts";
import { counted, place, span } from "./text.ts";

/** How one pipeline's part of a run ended. */
export interface PipelineRun {
  chosen: Chosen;
  outcome: "done" | "skipped" | "failed";
  exitCode: ExitCode;
  /** Why nothing was done. */
  why?: string;
  error?: FirnError;
  /** What the ledger says this run promoted. */
  batches: PromotedBatch[];
  /** What it read beside that. */
  measured: MeasuredBatch[];
  windows: Interval[];
  /** Delivered files planned; null for other sources. */
  files: number | null;
  watermark: string | null;
  filesRead: number | null;
  seconds: number;
  retries: number;
}

export interface WholeRun {
  run: string;
  environment: string;
  runs: PipelineRun[];
  gold: GoldRun[];
  /** Pipelines that are not due. */
  waiting: string[];
  alerts: Alert[];
}

/** The closing table, what failed and why, and what to try next. */
export function reportRun(
  { run, environment, runs, gold, waiting, alerts }: WholeRun,
  context: Context,
): Report {
  const { debug, command } = context;
  const told = runs.map((each) => ({ ...each, counts: countsOf(each) }));
  const lines = table(
    ["pipeline", "read (UTC)", "extracted", "landed", "quarantined", "merged", "watermark", "seconds"],
    told.map(({ counts, ...each }) => [
      each.chosen.label,
      read(each),
      counts.extracted,
      counts.landed,
      counts.quarantined,
      counts.merged,
      each.watermark
        ? place(each.watermark)
        : each.filesRead === null
          ? null
          : `${counted(each.filesRead, "file")} read`,
      each.seconds.toFixed(1),
    ]),
  );
  for (const { chosen, counts } of told) {
    const { repeated, unchanged, vanished } = counts;
    const told = [
      ...(repeated + unchanged > 0
        ? [
            `${counted(repeated, "row")} repeated within a batch`,
            `${counted(unchanged, "row")} no newer than silver's`,
          ]
        : []),
      ...(vanished > 0 ? [`${counted(vanished, "row")} vanished from silver`] : []),
    ];
    if (told.length > 0) lines.push("", `${chosen.label}: ${told.join(", ")}.`);
  }
  for (const { chosen, outcome, why } of told) {
    if (why)
      lines.push("", `${chosen.label}: ${outcome === "skipped" ? "skipped" : "nothing to read"}: ${why}.`);
  }
  for (const { chosen, error } of told) {
    if (error) lines.push("", ...errorLines(error, { debug, subject: chosen.label }));
  }
  for (const label of waiting) lines.push("", `${label}: not due yet.`);
  if (gold.length > 0) lines.push("", ...linesOf(gold, context));
  const hints = next(told).map(([args, what]) => [`${command} ${args}`, what] as const);
  const width = Math.max(...hints.map(([line]) => line.length));
  lines.push("", "What next:", ...hints.map(([line, what]) => `  ${line.padEnd(width)}  ${what}`));
  return {
    exitCode: worst([...runs, ...gold].map(({ exitCode }) => exitCode)),
    lines,
    document: {
      run,
      environment,
      pipelines: told.map(({ chosen, counts, error, exitCode, batches, measured, ...each }) => ({
        team: chosen.team.name,
        pipeline: chosen.pipeline.name,
        ...each,
        ...counts,
        batches: [...batches.map(({ batchId }) => batchId), ...measured.map(({ batchId }) => batchId)],
        ...(error && { error: errorDocument(error) }),
      })),
      gold: documentOf(gold),
      waiting,
      alerts,
    },
  };
}

export function countsOf({ batches, measured }: Pick<PipelineRun, "batches" | "measured">) {
  const sum = (of: keyof PromotedBatch) => batches.reduce((total, batch) => total + Number(batch[of]), 0);
  return {
    extracted: sum("extracted") + measured.reduce((total, { extracted }) => total + extracted, 0),
    landed: sum("landed") + measured.reduce((total, { landed }) => total + landed, 0),
    quarantined: sum("quarantined"),
    merged: sum("merged"),
    inserted: sum("inserted"),
    deleted: sum("deleted"),
    vanished: sum("vanished"),
    repeated: sum("repeated"),
    unchanged: sum("unchanged"),
    conflicts: sum("conflicts"),
  };
}

function read({ chosen, files, windows }: PipelineRun): string | null {
  if (files !== null) return files === 0 ? null : counted(files, "file");
  const [first] = windows;
  const last = windows.at(-1);
  return first && last ? span({ from: first.from, to: last.to }, chosen.pipeline) : null;
}

function next(runs: (PipelineRun & { counts: ReturnType<typeof countsOf> })[]): [string, string][] {
  const lines: [string, string][] = [];
  const failed = runs.find(({ outcome }) => outcome === "failed");
  const quarantined = runs.find(({ counts }) => counts.quarantined > 0);
  const merged = runs.find(({ counts }) => counts.merged > 0);
  if (failed)
    lines.push([
      `run ${failed.chosen.pipeline.name}`,
      "again, once mended: it resumes where this run stopped",
    ]);
  if (quarantined)
    lines.push([
      `quarantine show ${quarantined.chosen.pipeline.name}`,
      "the rows that were set aside, and why",
    ]);
  if (merged) {
    const { team, pipeline } = merged.chosen;
    lines.push([`sql "FROM ${team.name}.silver.${pipeline.name} LIMIT 5"`, "a look at the rows"]);
  }
  lines.push(["status", "how far each pipeline has come"]);
  return lines;
}

import { FirnError } from "#core/errors";
import { secondsBetween } from "#core/interval";
import type { Warehouse } from "#ports/warehouse";
import { makeRelease } from "#release";
import { type LocalReader, openLocalReader, readStanding, type Standing } from "#worlds/reader";
import { countsOf } from "./closing.ts";
import { type Context, loadDeclared } from "./context.ts";
import { errorDocument } from "./errors.ts";
import {
  type FailedCheck,
  failedChecks,
  type PromotedBatch,
  promotedSoFar,
  quarantineCounts,
} from "./ledger.ts";
import { type Chosen, choosePipelines } from "./names.ts";
import { type Report, table, visible } from "./output.ts";
import { counted, duration, place } from "./text.ts";

interface Status extends Standing {
  chosen: Chosen;
  behindSeconds: number | null;
  /** `abandoned`: its holder is known to be gone, so the next run takes it at once. */
  leaseIs: "never taken" | "free" | "held" | "abandoned";
  /** What only the ledger knows; null where it cannot be read now. */
  ledger: {
    promoted: number;
    lastRun: PromotedBatch[];
    quarantined: number;
    failedChecks: FailedCheck[];
  } | null;
  locked?: FirnError;
}

/** How far each pipeline has come, and what stands in its way. Works at any time, also while a run is under way. */
export async function status(names: string[], context: Context): Promise<Report> {
  const stacks = loadDeclared(context);
  const reader = openLocalReader(stacks.environment, context);
  const statuses: Status[] = [];
  const now = reader.ports.clock.now();
  try {
    for (const chosen of choosePipelines(stacks, names)) statuses.push(await statusOf(chosen, reader, now));
  } finally {
    await reader.close();
  }
  return {
    lines: linesOf(statuses, now, context),
    document: {
      environment: stacks.environment.name,
      now,
      pipelines: statuses.map(({ chosen, ledger, locked, ...each }) => ({
        team: chosen.team.name,
        pipeline: chosen.pipeline.name,
        ...each,
        ledger,
        ...(locked && { ledgerUnreadable: errorDocument(locked) }),
      })),
    },
  };
}

async function statusOf(chosen: Chosen, reader: LocalReader, now: string): Promise<Status> {
  const { team, pipeline } = chosen;
  const { release } = makeRelease(team);
  let warehouse: Warehouse | null = null;
  let locked: FirnError | undefined;
  try {
    warehouse = await reader.warehouse(team.name);
  } catch (error) {
    if (!(error instanceof FirnError && error.code === "warehouse.locked")) throw error;
    locked = error;
  }
  const standing = await readStanding(
    release,
    pipeline,
    await reader.ports.store(team.name),
    warehouse,
    now,
    reader.ports.warehouseIsGone(team.name),
  );
  const counts = warehouse ? await quarantineCounts(warehouse, release.names, pipeline.name) : [];
  return {
    chosen,
    ...standing,
    leaseIs: leaseIs(standing, reader),
    behindSeconds:
      standing.watermark === null || pipeline.watermark === undefined
        ? null
        : secondsBetween(standing.watermark, now),
    ledger: locked
      ? null
      : {
          ...(warehouse
            ? await promotedSoFar(warehouse, release.names, pipeline.name)
            : { promoted: 0, lastRun: [] }),
          quarantined: counts.reduce((sum, { rows }) => sum + rows, 0),
          failedChecks: warehouse ? await failedChecks(warehouse, release.names, pipeline.name) : [],
        },
    ...(locked && { locked }),
  };
}

function leaseIs({ lease }: Standing, { ports }: LocalReader): Status["leaseIs"] {
  if (lease === null) return "never taken";
  if (lease.released) return "free";
  return ports.ownerIsGone(lease.owner) ? "abandoned" : "held";
}

function linesOf(statuses: Status[], now: string, { command }: Context): string[] {
  const lines = table(
    ["pipeline", "read up to (UTC)", "behind", "batches", "quarantined", "open", "lease"],
    statuses.map(({ chosen, watermark, behindSeconds, filesRead, ledger, open, leaseIs }) => [
      chosen.label,
      watermark ? place(watermark) : filesRead === null ? "all, each run" : counted(filesRead, "file"),
      behindSeconds === null ? null : duration(behindSeconds),
      ledger?.promoted ?? "?",
      ledger?.quarantined ?? "?",
      open.length,
      leaseIs,
    ]),
  );
  for (const { chosen, ledger, open, lease, leaseIs: state, locked } of statuses) {
    const told: string[] = [];
    if (locked)
      told.push(
        `the ledger cannot be read now: ${visible(locked.what)} What is shown is the lake's hint, which may be behind.`,
      );
    else if (ledger?.promoted === 0) told.push("no batch was promoted so far");
    if (ledger && ledger.lastRun.length > 0) told.push(lastRun(ledger.lastRun));
    const abandoned = state === "abandoned" ? "; it is gone, and the next run takes over" : "";
    if (lease && !lease.released)
      told.push(
        `lease held by ${visible(lease.owner)}, last heard of ${duration(Math.max(0, secondsBetween(lease.lastBeatAt, now)))} ago${abandoned}`,
      );
    if (open.length > 0)
      told.push(
        `open: ${open.slice(0, 5).join(", ")}${open.length > 5 ? " ..." : ""}; the next run resumes there`,
      );
    for (const { batchId, expectation, failed, total } of ledger?.failedChecks ?? [])
      told.push(
        `check failed: ${batchId}: ${visible(expectation)}: ${failed.toLocaleString("en")} of ${counted(total, "row")}`,
      );
    if (ledger && ledger.quarantined > 0)
      told.push(`see \`${command} quarantine list ${chosen.pipeline.name}\``);
    if (told.length > 0) lines.push("", chosen.label, ...told.map((each) => `  ${each}`));
  }
  return lines;
}

function lastRun(batches: PromotedBatch[]): string {
  const { extracted, merged, quarantined } = countsOf({ batches, measured: [] });
  const ids = batches.map(({ batchId, replay }) => `${batchId}${replay ? " (replayed)" : ""}`);
  const named = ids.length > 3 ? `${ids[0]} to ${ids.at(-1)}` : ids.join(", ");
  const amounts = [
    counted(extracted, "row"),
    `${merged.toLocaleString("en")} merged`,
    `${quarantined.toLocaleString("en")} quarantined`,
  ];
  return `last run that promoted: ${counted(batches.length, "batch").replace(/batchs$/, "batches")} (${named}): ${amounts.join(", ")}`;
}

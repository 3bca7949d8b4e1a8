import { secondsBetween } from "#core/interval";
import {
  type Found,
  findLocalOrphans,
  type Orphan,
  type Owner,
  type Removal,
  removeLocalOrphans,
} from "#worlds/janitor";
import { type Context, loadDeclared } from "./context.ts";
import { errorDocument, errorLines, exitCodeOf, worst } from "./errors.ts";
import { choosePipelines } from "./names.ts";
import { type Report, table, visible } from "./output.ts";
import { bytes, counted, duration } from "./text.ts";

/** An orphan as a document names it. */
type Owned = { team: string | null; pipeline: string | null } & Orphan;

const kinds: Record<Orphan["kind"], string> = {
  object: "object",
  lease: "lease",
  table: "table",
  put: "unfinished put",
  scratch: "scratch folder",
};

/** Orphans that are named one by one; `--json` names all. */
const shown = 40;

/**
 * Lists what provably nobody needs, and removes it only with `--remove`.
 *
 * With names, what belongs to no pipeline (unfinished puts, scratch folders) is left out.
 */
export async function janitor(
  names: string[],
  { remove = false }: { remove?: boolean },
  context: Context,
): Promise<Report> {
  const stacks = loadDeclared(context);
  const { environment } = stacks;
  const { folder } = context;
  const whole = names.length === 0;
  const { found, now } = await findLocalOrphans(choosePipelines(stacks, names), environment, {
    folder,
    whole,
  });
  const document = { environment: environment.name, now };
  if (remove) return removalOf(await removeLocalOrphans(found, environment, { folder }), document, context);
  const orphans = owned(found);
  const command = [context.command, "janitor", ...names, "--remove"].join(" ");
  return {
    document: { ...document, removed: false, ...amounts(orphans), orphans },
    lines:
      orphans.length === 0
        ? nothing
        : [...listed(orphans, now), "", `In all ${told(orphans)}. Nothing was removed: \`${command}\` does.`],
  };
}

function removalOf(
  removals: (Owner & Removal)[],
  document: { environment: string; now: string },
  { debug }: Context,
): Report {
  const orphans = owned(removals.map((each) => ({ ...each, orphans: each.removed })));
  const held = removals.flatMap((each) => (each.held ? [{ ...each, why: each.held }] : []));
  const failed = removals.flatMap((each) => (each.error ? [{ ...each, error: each.error }] : []));
  return {
    exitCode: worst(failed.map(({ error }) => exitCodeOf(error))),
    document: {
      ...{ ...document, removed: true, ...amounts(orphans), orphans },
      skipped: held.map((each) => ({ ...ownerOf(each), why: each.why })),
      failed: failed.map((each) => ({ ...ownerOf(each), error: errorDocument(each.error) })),
    },
    lines: [
      ...(removals.length === 0 ? nothing : []),
      ...(orphans.length > 0 ? [...listed(orphans, document.now), "", `Removed ${told(orphans)}.`] : []),
      ...held.map((each) => `${labelOf(each)}: skipped: ${visible(each.why)}; run again once it is free.`),
      ...failed.flatMap((each) => errorLines(each.error, { debug, subject: labelOf(each) })),
    ],
  };
}

const nothing = ["There is nothing to remove."];

function listed(orphans: Owned[], now: string): string[] {
  const lines = table(
    ["what", "where", "size", "age", "why"],
    orphans
      .slice(0, shown)
      .map((orphan) => [
        kinds[orphan.kind],
        whereOf(orphan),
        orphan.bytes === null ? null : bytes(orphan.bytes),
        duration(Math.max(0, secondsBetween(orphan.changedAt, now))),
        orphan.why,
      ]),
  );
  const more = orphans.length - shown;
  return more > 0 ? [...lines, `and ${more.toLocaleString("en")} more; --json has them all`] : lines;
}

function owned(found: Found[]): Owned[] {
  return found.flatMap((each) => each.orphans.map((orphan) => ({ ...ownerOf(each), ...orphan })));
}

/** The place with its team, since every team has the same keys and tables. */
function whereOf({ team, kind, where }: Owned): string {
  if (team === null) return where;
  return kind === "table" ? `${team}.${where}` : `${team}/${where}`;
}

function told(orphans: Orphan[]): string {
  return `${counted(orphans.length, "orphan")}, ${bytes(amounts(orphans).bytes)}`;
}

/** Of tables no size is known. */
function amounts(orphans: Orphan[]): { count: number; bytes: number } {
  return { count: orphans.length, bytes: orphans.reduce((sum, { bytes: size }) => sum + (size ?? 0), 0) };
}

function ownerOf({ team, pipeline }: Owner): Pick<Owned, "team" | "pipeline"> {
  return { team: team?.name ?? null, pipeline };
}

function labelOf({ team, pipeline }: Owner): string {
  if (team === null) return "scratch";
  return pipeline === null ? `the lake of ${team.name}` : `${team.name}.${pipeline}`;
}

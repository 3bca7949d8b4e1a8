import type { Team } from "#firn";
import { makeRelease } from "#release";
import { type Build, type Part, readCost, type TeamCost } from "#worlds/cost";
import { openLocalReader } from "#worlds/reader";
import { type Context, loadDeclared } from "./context.ts";
import { usage } from "./errors.ts";
import { chooseTeam, nearest } from "./names.ts";
import { type Report, table } from "./output.ts";
import { bytes, counted, instant } from "./text.ts";

export interface CostOptions {
  days: number;
  model?: string;
}

interface Told extends TeamCost {
  team: Team;
}

/** What each team's warehouse cost, by model and stage, with what was idle apart: the sum is the bill. */
export async function cost(
  name: string | undefined,
  options: CostOptions,
  context: Context,
): Promise<Report> {
  const stacks = loadDeclared(context);
  const teams = name === undefined ? stacks.teams : [chooseTeam(stacks, name)];
  const reader = openLocalReader(stacks.environment, context);
  const now = reader.ports.clock.now();
  const told: Told[] = [];
  try {
    for (const team of teams) {
      const warehouse = await reader.warehouse(team.name);
      const models = options.model === undefined ? [] : [options.model];
      const { release } = makeRelease(team);
      const found = warehouse && (await readCost(warehouse, release, { days: options.days, now, models }));
      if (found) told.push({ team, ...found });
    }
  } finally {
    await reader.close();
  }
  if (told.length === 0) return { document: { now, teams: [] }, lines: [nothing(options, context)] };
  if (options.model !== undefined) return modelReport(told, options.model, now);
  return {
    document: {
      now,
      teams: told.map(({ team, builds: _, ...each }) => ({
        team: team.name,
        ...each,
        creditsPerMonth: team.budget?.creditsPerMonth ?? null,
      })),
    },
    lines: [...told.flatMap((each) => [...teamLines(each, options.days), ""]), local],
  };
}

const local =
  "Nothing is billed on a laptop: these are the credits of a Snowflake warehouse on which the statements took as long.";

function nothing({ days }: CostOptions, { command }: Context): string {
  return `No statement is noted in the last ${counted(days, "day")}: \`${command} run\` builds what is declared and notes what it cost.`;
}

function teamLines({ team, parts, idle, credits, spending }: Told, days: number): string[] {
  const { size = "X-Small", autoSuspendSeconds = 60 } = team.warehouses?.elt ?? {};
  const { month, spent, forecast } = spending;
  const limit = team.budget?.creditsPerMonth;
  const share = (amount: number) =>
    limit === undefined ? "" : ` (${Math.round((amount / limit) * 100)} % of the budget of ${limit})`;
  return [
    `${team.name}, last ${counted(days, "day")}: a warehouse of size ${size} that stops after ${autoSuspendSeconds} s`,
    ...table(
      ["for", "runs", "seconds", "bytes scanned", "rows scanned", "rows written", "credits"],
      [
        ...parts.map((each) => [
          labelOf(each),
          each.runs,
          Math.round(each.seconds * 10) / 10,
          each.bytesScanned === null ? null : bytes(each.bytesScanned),
          each.rowsScanned,
          each.rowsWritten,
          creditsText(each.credits),
        ]),
        ["idle", null, null, null, null, null, creditsText(idle)],
        ["sum: the bill", null, null, null, null, null, creditsText(credits)],
      ],
    ),
    `${month}: ${creditsText(spent)} credits so far${share(spent)}, ${creditsText(forecast)} by its end${share(forecast)}` +
      `${limit === undefined ? "; no budget is declared" : ""}`,
  ];
}

function labelOf({ model, part }: Part): string {
  if (model !== "") return model;
  return part === "test" ? "(tests of models)" : `(${part})`;
}

/** Small amounts, and the sum that is made of them, to the same digit. */
function creditsText(credits: number): string {
  return credits.toFixed(4);
}

function modelReport(told: readonly Told[], model: string, now: string): Report {
  const ours = told.flatMap(({ team, parts, builds }) => {
    const part = parts.find((each) => each.model === model);
    const own = builds[model] ?? [];
    return part || own.length > 0 ? [{ team: team.name, model, part: part ?? null, builds: own }] : [];
  });
  if (ours.length === 0) throw unknownModel(model, told);
  return {
    document: { now, models: ours },
    lines: ours.flatMap(({ team, part, builds }) => [
      `${team}.${model}: ${creditsText(part?.credits ?? 0)} credits in ${counted(part?.runs ?? 0, "run")}; its last builds, newest first:`,
      ...table(
        ["built (UTC)", "run", "kind", "version", "changed rows", "bytes scanned", "for each changed row"],
        builds.map((each) => [
          instant(each.builtAt),
          each.run,
          `${each.kind}${each.backfill ? ", backfill" : ""}`,
          each.version.slice(0, 8),
          each.changedRows,
          each.bytesScanned === null ? null : bytes(each.bytesScanned),
          perRow(each),
        ]),
      ),
      "",
    ]),
  };
}

function perRow({ bytesScanned, changedRows }: Build): string | null {
  return bytesScanned === null || !changedRows ? null : bytes(Math.round(bytesScanned / changedRows));
}

function unknownModel(model: string, told: readonly Told[]) {
  const known = told.flatMap(({ parts }) => parts.map((each) => each.model).filter((each) => each !== ""));
  const near = nearest(model, known);
  return usage({
    what: `No build of a model "${model}" is noted.`,
    why: known.length === 0 ? "No model was built so far." : `Noted are: ${known.join(", ")}.`,
    fix:
      near.length > 0
        ? `Did you mean ${near.join(" or ")}?`
        : "Use one of these names, or leave --model out.",
  });
}

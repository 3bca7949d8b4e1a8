import { batchId } from "#core/names";
import { makeRelease } from "#release";
import { openLocalReader } from "#worlds/reader";
import { type Context, loadDeclared } from "./context.ts";
import { type QuarantinedRow, quarantineCounts, quarantinedRows } from "./ledger.ts";
import { choosePipeline, choosePipelines } from "./names.ts";
import { type Report, table, visible } from "./output.ts";
import { parseBatch } from "./replay.ts";
import { counted } from "./text.ts";

/** Rows in quarantine by pipeline, batch and reason. */
export async function quarantineList(name: string | undefined, context: Context): Promise<Report> {
  const stacks = loadDeclared(context);
  const reader = openLocalReader(stacks.environment, context);
  const found: { team: string; pipeline: string; batch: string; rows: number; reason: string }[] = [];
  try {
    for (const { team, pipeline } of choosePipelines(stacks, name === undefined ? [] : [name])) {
      const warehouse = await reader.warehouse(team.name);
      const counts = warehouse
        ? await quarantineCounts(warehouse, makeRelease(team).release.names, pipeline.name)
        : [];
      found.push(
        ...counts.map(({ batchId: batch, rows, reason }) => ({
          team: team.name,
          pipeline: pipeline.name,
          batch,
          rows,
          reason,
        })),
      );
    }
  } finally {
    await reader.close();
  }
  if (found.length === 0) return { document: { quarantine: [] }, lines: ["No row is in quarantine."] };
  return {
    document: { quarantine: found },
    lines: table(
      ["pipeline", "batch", "rows", "reason"],
      found.map(({ team, pipeline, batch, rows, reason }) => [`${team}.${pipeline}`, batch, rows, reason]),
    ),
  };
}

export interface ShowOptions {
  batch?: string;
  limit: number;
  reveal?: boolean;
}

/** Rows in quarantine with their reason and address. Their values only where asked for. */
export async function quarantineShow(name: string, options: ShowOptions, context: Context): Promise<Report> {
  const stacks = loadDeclared(context);
  const chosen = choosePipeline(stacks, name);
  const { team, pipeline } = chosen;
  const batch =
    options.batch === undefined
      ? undefined
      : batchId(pipeline.name, parseBatch(options.batch, chosen, context));
  const reader = openLocalReader(stacks.environment, context);
  try {
    const warehouse = await reader.warehouse(team.name);
    const { names } = makeRelease(team).release;
    const counts = warehouse ? await quarantineCounts(warehouse, names, pipeline.name) : [];
    const total = counts.reduce(
      (sum, each) => sum + (batch === undefined || batch === each.batchId ? each.rows : 0),
      0,
    );
    const wanted = { batchId: batch, limit: options.limit };
    const rows = warehouse ? await quarantinedRows(warehouse, names, pipeline.name, wanted) : [];
    const shown = rows.map((row) => (options.reveal ? row : masked(row)));
    return {
      document: {
        team: team.name,
        pipeline: pipeline.name,
        rows: shown,
        total,
        revealed: options.reveal === true,
      },
      lines: [
        ...shown.flatMap(linesOf),
        `${counted(shown.length, "row")} of ${total.toLocaleString("en")} in quarantine${batch ? ` of batch ${batch}` : ""}.` +
          (options.reveal || total === 0 ? "" : " Values are masked: --reveal shows them."),
      ],
    };
  } finally {
    await reader.close();
  }
}

/** What a source sent may be a secret or a person's: names stay, values go. */
function masked(row: QuarantinedRow): QuarantinedRow {
  const hide = (value: string | null) => (value === null ? null : mask);
  const fields = Object.fromEntries(Object.keys(row.fields).map((name) => [name, mask]));
  return { ...row, fields, record: hide(row.record), malformed: hide(row.malformed) };
}

const mask = "***";

function linesOf({ batchId: batch, file, row, reason, fields, record, malformed }: QuarantinedRow): string[] {
  const values = Object.entries(fields).map(
    ([name, value]) => `${name}=${value === null ? "-" : String(value)}`,
  );
  return [
    `${batch}  ${visible(file)} row ${row}`,
    `  reason     ${visible(reason)}`,
    ...(malformed === null
      ? [`  fields     ${visible(values.join("  "))}`]
      : [`  malformed  ${visible(malformed)}`]),
    ...(record === null ? [] : [`  record     ${visible(record)}`]),
    "",
  ];
}

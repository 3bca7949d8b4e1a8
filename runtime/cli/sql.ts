import { openLocalReader } from "#worlds/reader";
import { type Context, loadDeclared } from "./context.ts";
import { chooseTeam } from "./names.ts";
import { type Report, table } from "./output.ts";
import { counted } from "./text.ts";

/** Answers one read-only query over all teams' warehouses. */
export async function sql(
  query: string,
  options: { team?: string; limit: number },
  context: Context,
): Promise<Report> {
  const stacks = loadDeclared(context);
  const use = options.team === undefined ? undefined : chooseTeam(stacks, options.team).name;
  const reader = openLocalReader(stacks.environment, context);
  try {
    const queries = await reader.openQueries(
      stacks.teams.map(({ name }) => name),
      use,
    );
    try {
      const { columns, rows, more } = await queries.query(query, options.limit);
      const cells = rows.map((row) => columns.map((name) => cell(row[name] ?? null)));
      const count = `${more ? "the first " : ""}${counted(rows.length, "row")}${more ? "; --limit N shows more" : ""}`;
      return {
        document: { columns, rows, more },
        lines: columns.length === 0 ? [] : [...table(columns, cells), "", `(${count})`],
      };
    } finally {
      await queries.close();
    }
  } finally {
    await reader.close();
  }
}

/** A value as the database writes it: no thousands apart, since a number here may be a key. */
function cell(value: unknown): string | null {
  return value === null ? null : String(value);
}

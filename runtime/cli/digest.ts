import { auditColumns } from "#core/columns";
import type { Stacks } from "#firn";
import { makeRelease } from "#release";
import { digestTable, type LocalReader, openLocalReader } from "#worlds/reader";
import { type Context, loadDeclared } from "./context.ts";
import { usage } from "./errors.ts";
import { nearest } from "./names.ts";
import { type Report, table } from "./output.ts";

interface Target {
  team: string;
  schema: string;
  name: string;
}

interface Digest extends Target {
  rows: string;
  digest: string;
}

/** One number per table that says whether two tables hold the same rows, in whatever order. */
export async function digest(
  tables: string[],
  { columns }: { columns: "all" | "data" },
  context: Context,
): Promise<Report> {
  const stacks = loadDeclared(context);
  const declared = declaredTables(stacks);
  const wanted =
    tables.length === 0 ? declared : tables.flatMap((text) => parseTable(text, stacks, declared));
  const reader = openLocalReader(stacks.environment, context);
  const digests: Digest[] = [];
  try {
    for (const target of wanted) {
      const found = await digestOf(target, columns, stacks, reader);
      if (found) digests.push(found);
      else if (tables.length > 0) throw missing(target);
    }
  } finally {
    await reader.close();
  }
  return {
    document: { columns, tables: digests.map(({ rows, ...each }) => ({ ...each, rows: Number(rows) })) },
    lines:
      digests.length === 0
        ? ["There is no table so far: the first run makes them."]
        : table(
            ["table", "rows", "digest"],
            digests.map((each) => [label(each), Number(each.rows), each.digest]),
          ),
  };
}

async function digestOf(
  target: Target,
  columns: "all" | "data",
  stacks: Stacks,
  reader: LocalReader,
): Promise<Digest | null> {
  const warehouse = await reader.warehouse(target.team);
  const team = stacks.teams.find(({ name }) => name === target.team);
  if (!warehouse || !team) return null;
  const { names } = makeRelease(team).release;
  // Where a quarantined row lay is part of what it says; in silver it only tells how the row came.
  const audit = target.schema === names.quarantine ? ["batch_id", "ingested_at", "commit_seq"] : auditColumns;
  const row = await digestTable(warehouse, target, columns === "data" ? audit : []);
  return row && { ...target, rows: String(row.rows), digest: String(row.digest) };
}

function declaredTables({ teams }: Stacks): Target[] {
  return teams.flatMap((team) => {
    const { names } = makeRelease(team).release;
    return team.pipelines.flatMap(({ name }) =>
      [names.silver, names.quarantine].map((schema) => ({ team: team.name, schema, name })),
    );
  });
}

/** The tables meant by `pipeline`, `team.pipeline`, `schema.table` or `team.schema.table`. */
function parseTable(text: string, { teams }: Stacks, declared: Target[]): Target[] {
  const parts = text.split(".");
  const [first = "", second = "", third = ""] = parts;
  const known = declared.filter((each) =>
    [each.name, `${each.team}.${each.name}`, `${each.schema}.${each.name}`, label(each)].includes(text),
  );
  const owners = new Set(known.map(({ team }) => team));
  if (owners.size === 1) return known;
  if (parts.length === 3 && teams.some(({ name }) => name === first))
    return [{ team: first, schema: second, name: third }];
  const near = nearest(
    text,
    declared.flatMap((each) => [label(each), `${each.schema}.${each.name}`, each.name]),
  );
  throw usage({
    what: owners.size > 1 ? `Several teams have a table "${text}".` : `There is no table "${text}".`,
    why: "A table is named by its pipeline, or as schema.table or team.schema.table.",
    fix:
      near[0] && owners.size === 0
        ? `Did you mean ${near.join(" or ")}?`
        : `Write team.schema.table, such as ${label(declared[0] as Target)}.`,
  });
}

function missing(target: Target) {
  return usage({
    what: `There is no table ${label(target)}.`,
    why: "A pipeline's tables are made by its first promotion.",
    fix: "Run the pipeline first, or see `SHOW ALL TABLES` with `npx firn sql`.",
  });
}

function label({ team, schema, name }: Target): string {
  return `${team}.${schema}.${name}`;
}

import type { Stacks } from "#firn";
import { type Lineage, labeller } from "#lineage/graph";
import { type PiiColumn, piiOf, refuseUndeclaredPii } from "#lineage/pii";
import { type EdgeKind, type Point, pointsNamed, type Reached, trace } from "#lineage/trace";
import { makeRelease } from "#release";
import { planTeamsLineage, type TeamsLineage } from "#worlds/lineage";
import { type Context, loadDeclared } from "./context.ts";
import { usage } from "./errors.ts";
import { chooseTeam, nearest } from "./names.ts";
import { type Report, table } from "./output.ts";

export interface LineageOptions {
  team?: string;
  up?: boolean;
  down?: boolean;
  depth?: number;
}

/**
 * What a table or column is made of and what is made of it; without a name, every column that holds PII.
 *
 * It is told from declarations alone, so it also tells of what has never been built.
 *
 * @throws {FirnError} `cli.usage` for an unknown name; `model.pii_undeclared`, without a name
 */
export async function lineage(
  name: string | undefined,
  options: LineageOptions,
  context: Context,
): Promise<Report> {
  const stacks = loadDeclared(context);
  const databases = databasesOf(stacks, options.team);
  const planned = await planTeamsLineage(stacks);
  if (name === undefined) return tellPii(planned, databases);
  const of = choosePoint(name, planned.lineage, databases);
  const both = options.up !== true && options.down !== true;
  const depth = options.depth === undefined ? {} : { depth: options.depth };
  const pii = piiByColumn(planned);
  const found = (["up", "down"] as const)
    .filter((direction) => both || options[direction] === true)
    .map((direction) => ({ direction, ...trace(planned.lineage, { of, direction, ...depth }) }));
  const label = pointLabeller(planned.lineage);
  return {
    document: {
      of: { ...of, label: label(of), pii: isPii(of, pii) },
      ...Object.fromEntries(
        found.map(({ direction, reached, edges }) => [
          direction,
          {
            reached: reached.map((each) => ({ ...each, label: label(each), pii: isPii(each, pii) })),
            edges,
          },
        ]),
      ),
    },
    lines: [
      `${label(of)}${isPii(of, pii) ? " (PII)" : ""}`,
      ...found.flatMap(({ direction, reached }) => ["", ...linesOf(direction, reached, label, pii)]),
    ],
  };
}

function linesOf(
  direction: "up" | "down",
  reached: Reached[],
  label: (point: Point) => string,
  pii: Map<string, PiiColumn>,
): string[] {
  const head = direction === "up" ? "is made of" : "is used by";
  if (reached.length === 0) return [`${head} nothing`];
  const rows = reached.map((each) => [each.depth, label(each), hows[each.by], isPii(each, pii) ? "PII" : ""]);
  return table(["step", head, "how", ""], rows);
}

/** How one step depends on the one before it. */
const hows: Record<EdgeKind, string> = {
  value: "its value",
  shapes: "counted, ordered or filtered by",
  rows: "decides which rows there are",
  unknown: "perhaps: its SQL does not tell",
  reads: "reads",
};

/** Every column with PII and its way; refuses what is not declared. */
function tellPii(planned: TeamsLineage, databases: Set<string> | undefined): Report {
  refuseUndeclaredPii(planned.lineage, planned.declared);
  const label = labeller(planned.lineage);
  const columns = planned.lineage.nodes
    .filter((node) => !databases || databases.has(node.relation.database ?? ""))
    .flatMap(({ id }) => piiOf(planned.lineage, planned.declared).get(id) ?? []);
  return {
    document: {
      pii: columns.map(({ of, column, path, unknown }) => ({
        ...{ of, column, path: path.map(label) },
        ...(unknown !== undefined && { unknown }),
      })),
    },
    lines:
      columns.length === 0
        ? ["No column of gold holds PII."]
        : table(
            ["PII", "its way"],
            columns.map((each) => [label(each), each.path.map(label).join(" -> ")]),
          ),
  };
}

function databasesOf(stacks: Stacks, name: string | undefined): Set<string> | undefined {
  return name === undefined
    ? undefined
    : new Set([makeRelease(chooseTeam(stacks, name)).release.names.database]);
}

function choosePoint(name: string, lineage: Lineage, databases: Set<string> | undefined): Point {
  const tables = [...lineage.sources, ...lineage.nodes].filter(
    ({ relation }) => !databases || databases.has(relation.database ?? ""),
  );
  const found = pointsNamed(lineage, name).filter(({ of }) => tables.some(({ id }) => id === of));
  const [only, ...others] = found;
  if (only && others.length === 0) return only;
  if (only) {
    throw usage({
      what: `${found.length} tables go by the name of "${name}".`,
      why: "A command must know which one is meant.",
      fix: `Use one of their ids: ${found.map(({ of }) => of).join(", ")}; or --team.`,
    });
  }
  const known = tables.flatMap(({ label, columns }) => [
    label,
    ...columns.map((each) => `${label}.${each.name}`),
  ]);
  const near = nearest(name, known);
  throw usage({
    what: `There is no table or column "${name}".`,
    why: `Known are silver's tables, as silver.NAME, and ${lineage.nodes.length} models, each with its columns.`,
    fix:
      near.length > 0
        ? `Did you mean ${near.join(" or ")}?`
        : "Name a model, MODEL.COLUMN or silver.TABLE.COLUMN.",
  });
}

function pointLabeller(lineage: Lineage): (point: Point) => string {
  const labels = new Map([...lineage.sources, ...lineage.nodes].map(({ id, label }) => [id, label]));
  return ({ of, column }) => [labels.get(of) ?? of, ...(column === undefined ? [] : [column])].join(".");
}

/** Columns that hold PII, sources' among them, by table and name. */
function piiByColumn({ lineage, declared }: TeamsLineage): Map<string, PiiColumn> {
  const derived = [...piiOf(lineage, declared).values()].flat();
  const told = lineage.sources.flatMap(({ id, columns }) =>
    columns.flatMap(({ name, pii }) => (pii ? [{ of: id, column: name, path: [] }] : [])),
  );
  return new Map([...told, ...derived].map((each) => [`${each.of} ${each.column.toLowerCase()}`, each]));
}

function isPii({ of, column }: Point, pii: Map<string, PiiColumn>): boolean {
  return column !== undefined && pii.has(`${of} ${column.toLowerCase()}`);
}

import type { WarehouseNames } from "#core/names";
import type { Row, Warehouse } from "#ports/warehouse";
import type { TableName } from "#sql/dialect";
import {
  type LastBuild,
  planCommits,
  planLastBuild,
  planLastBuilds,
  planStanding,
  planStandings,
  type Standing,
} from "../plan.ts";

/** How a team's gold stands: what a run must know of each table before it builds it. */
export interface Gold {
  standing(table: TableName): Promise<Standing>;
  /** A model's last build, as the ledger has it. */
  lastBuild(model: string): Promise<LastBuild | null>;
  /** How far each pipeline had been promoted when the run looked first. */
  commits: Record<string, string>;
  /** From now on the warehouse itself is asked of it. */
  touch(model: string, table: TableName): void;
}

const known = new WeakMap<Warehouse, { run: string; gold: Promise<Gold> }>();

/**
 * Reads all of gold at once, and again for another run: catalogs are slow to ask, and nothing but the run that
 * holds its lease changes it.
 */
export function openGold(warehouse: Warehouse, names: WarehouseNames, run: string): Promise<Gold> {
  const standing = known.get(warehouse);
  if (standing?.run === run) return standing.gold;
  const gold = readGold(warehouse, names);
  known.set(warehouse, { run, gold });
  return gold;
}

/** After a failure what is there is not known any more. */
export function forgetGold(warehouse: Warehouse): void {
  known.delete(warehouse);
}

export async function readStanding(warehouse: Warehouse, table: TableName): Promise<Standing> {
  return standingOf(await warehouse.query(planStanding(warehouse.dialect, table)));
}

export async function readLastBuild(
  warehouse: Warehouse,
  ledger: string,
  model: string,
): Promise<LastBuild | null> {
  return lastBuildOf((await warehouse.query(planLastBuild(warehouse.dialect, ledger, model)))[0]);
}

async function readGold(warehouse: Warehouse, { gold, ledger }: WarehouseNames): Promise<Gold> {
  const { dialect } = warehouse;
  const tables = Map.groupBy(await warehouse.query(planStandings(dialect, gold)), (row) => String(row.table));
  const builds = new Map(
    (await warehouse.query(planLastBuilds(dialect, ledger))).map((row) => [String(row.model), row]),
  );
  const commits = await warehouse.query(planCommits(dialect, ledger));
  const touched = new Set<string>();
  return {
    standing: async (table) =>
      touched.has(table.name) || table.schema !== gold
        ? readStanding(warehouse, table)
        : standingOf(tables.get(table.name.toLowerCase()) ?? []),
    lastBuild: async (model) =>
      touched.has(model) ? readLastBuild(warehouse, ledger, model) : lastBuildOf(builds.get(model)),
    commits: Object.fromEntries(commits.map((row) => [String(row.pipeline), String(row.commit_seq)])),
    touch: (model, { name }) => void touched.add(model).add(name),
  };
}

function standingOf(rows: readonly Row[]): Standing {
  const kind = rows.length === 0 ? null : rows[0]?.kind === "VIEW" ? "view" : "table";
  return { kind, columns: rows.map(({ name, type }) => ({ name: String(name), type: String(type) })) };
}

function lastBuildOf(row: Row | undefined): LastBuild | null {
  return row ? { version: String(row.version), runId: String(row.run_id) } : null;
}

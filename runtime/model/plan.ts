/** The SQL that builds a node, from its SELECT. Pure; what stands in the warehouse is given. */
import type { BuildKind, FullReason } from "#core/models";
import { ledgerTable, ledgerTables } from "#ledger/tables";
import type { Dialect, TableName } from "#sql/dialect";
import type { DbtNode } from "./dbt/project.ts";

/** A table or view as it stands. */
export interface Standing {
  kind: "table" | "view" | null;
  columns: { name: string; type: string }[];
}

/** A node's last build, as the ledger has it; null where it has none. */
export interface LastBuild {
  version: string;
  runId: string;
}

/**
 * How a node is built now. A table of another version, or one that the ledger does not know, is built in
 * full: rows of two rules side by side would equal no rebuild.
 */
export function decideBuild(
  node: DbtNode,
  version: string,
  standing: Standing,
  last: LastBuild | null,
  fullRefresh: boolean,
): { kind: BuildKind; reason?: FullReason } {
  const { materialized, full_refresh } = node.config;
  if (materialized === "view") return { kind: "view" };
  if (materialized === "seed") return { kind: "seed" };
  if (materialized === "snapshot") return { kind: "snapshot" };
  if (materialized === "table") return { kind: "full", reason: "table" };
  if (standing.kind !== "table") return { kind: "full", reason: "first build" };
  if (full_refresh === true || (fullRefresh && full_refresh !== false))
    return { kind: "full", reason: "asked for" };
  if (full_refresh === false) return { kind: "incremental" };
  if (last === null) return { kind: "full", reason: "new ledger" };
  return last.version === version ? { kind: "incremental" } : { kind: "full", reason: "new version" };
}

export function tableOf({ relation }: DbtNode): TableName {
  return { schema: relation.schema, name: relation.identifier };
}

/**
 * Where a table is made before it takes its place, or a delta before it is merged. Each run has its own: what
 * a paused one makes when it wakes must never be taken for the newer one's.
 *
 * @param epoch the run's
 */
export function nextOf(node: DbtNode, epoch: number): TableName {
  const { schema, name } = tableOf(node);
  return { schema, name: `${name}__next_${epoch}` };
}

/** The epoch in the name of a table under way; null for any other name. */
export function epochOfNext(name: string): number | null {
  const [, epoch] = /__next_(\d+)$/i.exec(name) ?? [];
  return epoch === undefined ? null : Number(epoch);
}

/** How a table or view is changed. DDL comes first, each statement on its own and repeatable; the script is one. */
export interface Change {
  ddl: string[];
  script: string[];
}

/** DuckDB rolls DDL back, so there it stands behind the fence; Snowflake's would commit the script half done. */
export function planChange({ name }: Dialect, ddl: string[], script: string[]): Change {
  return name === "duckdb" ? { ddl: [], script: [...ddl, ...script] } : { ddl, script };
}

/** Rows `kind`, `name`, `type`: the columns of what stands there. */
export function planStanding(dialect: Dialect, { schema, name }: TableName): string {
  return `${planColumns(dialect, schema)} AND LOWER(t.table_name) = ${dialect.text(name.toLowerCase())} ORDER BY c.ordinal_position`;
}

/** The same of all tables and views of a schema, each with its `table`. */
export function planStandings(dialect: Dialect, schema: string): string {
  return `${planColumns(dialect, schema)} ORDER BY t.table_name, c.ordinal_position`;
}

function planColumns({ text }: Dialect, schema: string): string {
  return (
    `SELECT LOWER(t.table_name) AS "table", t.table_type AS "kind", LOWER(c.column_name) AS "name", c.data_type AS "type" ` +
    `FROM information_schema.tables AS t JOIN information_schema.columns AS c ` +
    `ON c.table_catalog = t.table_catalog AND c.table_schema = t.table_schema AND c.table_name = t.table_name ` +
    // Other teams' databases may be in sight.
    `WHERE t.table_catalog = CURRENT_DATABASE() AND LOWER(t.table_schema) = ${text(schema.toLowerCase())}`
  );
}

/** A view that cannot be made leaves what stood: where a table has to go first, the view is made beside it before. */
export function planView(
  dialect: Dialect,
  node: DbtNode,
  sql: string,
  { standing, next }: { standing: Standing; next: TableName },
): Change {
  const view = (name: TableName) => `CREATE OR REPLACE VIEW ${dialect.table(name)} AS (\n${sql}\n)`;
  const replaced = [view(next), dialect.dropView(next), dialect.dropTable(tableOf(node))];
  return planChange(dialect, [...(standing.kind === "table" ? replaced : []), view(tableOf(node))], []);
}

/** Makes what the table is to become beside it; nothing that readers see changes. */
export function planNext(dialect: Dialect, next: TableName, sql: string): string {
  return dialect.createTransientAs(next, `(\n${sql}\n)`);
}

/** One row `repeated`, `missing`: keys of more than one row, and rows that lack a part of the key. */
export function planKeyCheck(dialect: Dialect, keys: readonly string[], of: TableName): string {
  const next = dialect.table(of);
  return (
    `SELECT COUNT(CASE WHEN ${keys.map((key) => `${key} IS NULL`).join(" OR ")} THEN 1 END) AS "missing", ` +
    `(SELECT COUNT(*) FROM (SELECT 1 AS one FROM ${next} GROUP BY ${keys.join(", ")} HAVING COUNT(*) > 1) AS k) AS "repeated" FROM ${next}`
  );
}

/**
 * Folds a delta into its table: one statement for append and merge; delete+insert takes two, in one script.
 *
 * @param columns those that are written
 */
export function planIncrement(
  dialect: Dialect,
  node: DbtNode,
  columns: readonly string[],
  next: TableName,
): string[] {
  const { id } = dialect;
  const { unique_key: keys, incremental_strategy } = node.config;
  const [table, delta] = [dialect.table(tableOf(node)), dialect.table(next)];
  const names = columns.map(id).join(", ");
  const insert = `INSERT INTO ${table} (${names}) SELECT ${names} FROM ${delta}`;
  const same = keys.map((key) => `s.${key} = t.${key}`).join(" AND ");
  if (incremental_strategy === "append" || keys.length === 0) return [insert];
  if (incremental_strategy !== "merge")
    return [`DELETE FROM ${table} AS t USING ${delta} AS s WHERE ${same}`, insert];
  return [
    `MERGE INTO ${table} AS t USING ${delta} AS s ON ${same} ` +
      `WHEN MATCHED THEN UPDATE SET ${columns.map((name) => `${id(name)} = s.${id(name)}`).join(", ")} ` +
      `WHEN NOT MATCHED THEN INSERT (${names}) VALUES (${columns.map((name) => `s.${id(name)}`).join(", ")})`,
  ];
}

/**
 * The first rows of a snapshot, and later its changes: each version of a row with when it was valid.
 *
 * @see https://docs.getdbt.com/docs/build/snapshots
 */
export function planSnapshotRows(dialect: Dialect, { config }: DbtNode, sql: string): string {
  const { updated_at = "", unique_key } = config;
  const parts = [...unique_key, updated_at].map((each) => `COALESCE(CAST(${each} AS VARCHAR), '')`);
  return (
    `SELECT *, MD5(${parts.join(" || '|' || ")}) AS ${dialect.id("dbt_scd_id")}, ${updated_at} AS ${dialect.id("dbt_updated_at")}, ` +
    `${updated_at} AS ${dialect.id("dbt_valid_from")}, NULLIF(${updated_at}, ${updated_at}) AS ${dialect.id("dbt_valid_to")} FROM (\n${sql}\n) AS sbq`
  );
}

/** Only what is new or newer than the version that is valid now. */
export function planSnapshotDelta(dialect: Dialect, node: DbtNode, sql: string): string {
  const { unique_key, updated_at = "" } = node.config;
  // Each name with its table: DuckDB would take one that the table lacks from the rows it is joined to.
  const names = [...unique_key, "dbt_valid_from"].map((name) => `t.${name}`).join(", ");
  const current = `SELECT ${names} FROM ${dialect.table(tableOf(node))} AS t WHERE t.dbt_valid_to IS NULL`;
  const same = unique_key.map((key) => `c.${key} = n.${key}`).join(" AND ");
  return (
    `SELECT n.* FROM (${planSnapshotRows(dialect, node, sql)}) AS n LEFT JOIN (${current}) AS c ON ${same} ` +
    `WHERE c.${unique_key[0]} IS NULL OR c.dbt_valid_from < n.${updated_at}`
  );
}

/** Closes the versions that the delta's rows follow, and adds those. */
export function planSnapshotMerge(
  dialect: Dialect,
  node: DbtNode,
  columns: readonly string[],
  next: TableName,
): string[] {
  const { id } = dialect;
  const [table, delta] = [dialect.table(tableOf(node)), dialect.table(next)];
  const same = node.config.unique_key.map((key) => `t.${key} = s.${key}`).join(" AND ");
  const names = columns.map(id).join(", ");
  return [
    `MERGE INTO ${table} AS t USING ${delta} AS s ON ${same} AND t.dbt_valid_to IS NULL ` +
      `WHEN MATCHED THEN UPDATE SET ${id("dbt_valid_to")} = s.dbt_valid_from`,
    `INSERT INTO ${table} (${names}) SELECT ${names} FROM ${delta}`,
  ];
}

/** The ledger's row of a build. */
export function planBuildRow(
  dialect: Dialect,
  of: {
    schema: string;
    model: string;
    runId: string;
    kind: BuildKind;
    version: string;
    backfill: boolean;
    builtFrom: Record<string, string>;
    epoch: number;
    at: string;
  },
): string {
  const { id, text } = dialect;
  const values: Record<(typeof ledgerTables.models)[number]["name"], string> = {
    model: text(of.model),
    run_id: text(of.runId),
    kind: text(of.kind),
    version: text(of.version),
    backfill: of.backfill ? "TRUE" : "FALSE",
    built_from: text(JSON.stringify(of.builtFrom)),
    epoch: String(of.epoch),
    built_at: dialect.instant(of.at),
  };
  const names = ledgerTables.models.map(({ name }) => name);
  return `INSERT INTO ${dialect.table(ledgerTable(of.schema, "models"))} (${names.map(id).join(", ")}) SELECT ${names.map((name) => values[name]).join(", ")}`;
}

/** Rows `model`, `version`, `run_id`: the last build of each model. */
export function planLastBuilds(dialect: Dialect, schema: string, only = ""): string {
  const { id } = dialect;
  return (
    `SELECT ${id("model")} AS "model", ${id("version")} AS "version", ${id("run_id")} AS "run_id" FROM ${dialect.table(ledgerTable(schema, "models"))}${only} ` +
    `QUALIFY ROW_NUMBER() OVER (PARTITION BY ${id("model")} ORDER BY ${id("epoch")} DESC, ${id("built_at")} DESC) = 1`
  );
}

/** The same of one model. */
export function planLastBuild(dialect: Dialect, schema: string, model: string): string {
  return planLastBuilds(dialect, schema, ` WHERE ${dialect.id("model")} = ${dialect.text(model)}`);
}

/** Rows `name`: the tables there are of silver. */
export function planSilver({ text }: Dialect, schema: string): string {
  return `SELECT LOWER(table_name) AS "name" FROM information_schema.tables WHERE table_catalog = CURRENT_DATABASE() AND LOWER(table_schema) = ${text(schema.toLowerCase())}`;
}

/** Rows `pipeline`, `commit_seq`: how far each pipeline has been promoted. */
export function planCommits(dialect: Dialect, schema: string): string {
  const { id } = dialect;
  return `SELECT ${id("pipeline")} AS "pipeline", MAX(${id("commit_seq")}) AS "commit_seq" FROM ${dialect.table(ledgerTable(schema, "batches"))} GROUP BY ${id("pipeline")}`;
}

/** One row per test, in their order: `at` and how many rows `failures` it. */
export function planTests(tests: readonly string[]): string {
  return tests
    .map((sql, at) => `SELECT ${at} AS "at", COUNT(*) AS "failures" FROM (\n${sql}\n) AS dbt_internal_test`)
    .join("\nUNION ALL ");
}

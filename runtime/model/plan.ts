/** The SQL that builds a node, from its SELECT. Pure; what stands in the warehouse is given. */
import { FirnError } from "#core/errors";
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

/** Where a table is made before it takes its place, or a delta before it is merged. */
export function nextOf(node: DbtNode): TableName {
  const { schema, name } = tableOf(node);
  return { schema, name: `${name}__next` };
}

/** One row `kind`, `name`, `type` per column of what stands there. */
export function planStanding(dialect: Dialect, { schema, name }: TableName): string {
  const { text } = dialect;
  const written = (value: string) => text(dialect.name === "snowflake" ? value.toUpperCase() : value);
  return (
    `SELECT t.table_type AS "kind", LOWER(c.column_name) AS "name", c.data_type AS "type" FROM information_schema.tables AS t ` +
    `JOIN information_schema.columns AS c ON c.table_schema = t.table_schema AND c.table_name = t.table_name ` +
    `WHERE t.table_schema = ${written(schema)} AND t.table_name = ${written(name)} ORDER BY c.ordinal_position`
  );
}

export function planView(dialect: Dialect, node: DbtNode, sql: string, standing: Standing): string[] {
  const drop = standing.kind === "table" ? [dialect.dropTable(tableOf(node))] : [];
  return [...drop, `CREATE OR REPLACE VIEW ${dialect.table(tableOf(node))} AS (\n${sql}\n)`];
}

/** Makes what the table is to become beside it; nothing that readers see changes. */
export function planNext(dialect: Dialect, node: DbtNode, sql: string): string {
  return dialect.createTransientAs(nextOf(node), `(\n${sql}\n)`);
}

/** One row `repeated`, `missing`: keys of more than one row, and rows that lack a part of the key. */
export function planKeyCheck(dialect: Dialect, node: DbtNode): string {
  const keys = node.config.unique_key;
  const next = dialect.table(nextOf(node));
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
export function planIncrement(dialect: Dialect, node: DbtNode, columns: readonly string[]): string[] {
  const { id } = dialect;
  const { unique_key: keys, incremental_strategy } = node.config;
  const [table, delta] = [dialect.table(tableOf(node)), dialect.table(nextOf(node))];
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
 * Which columns an increment writes, and which must be added first.
 *
 * @throws {FirnError} `model.schema_changed`
 */
export function fitColumns(
  node: DbtNode,
  standing: Standing,
  delta: Standing,
): { columns: string[]; added: Standing["columns"] } {
  const names = (of: Standing) => of.columns.map(({ name }) => name);
  const [has, gives] = [names(standing), names(delta)];
  const added = delta.columns.filter(({ name }) => !has.includes(name));
  const gone = has.filter((name) => !gives.includes(name));
  const changed = delta.columns
    .filter(({ name, type }) => standing.columns.some((each) => each.name === name && each.type !== type))
    .map(({ name }) => name);
  const { on_schema_change } = node.config;
  const refuse =
    on_schema_change === "fail"
      ? [...added.map(({ name }) => name), ...gone, ...changed]
      : on_schema_change === "ignore"
        ? gone
        : [];
  if (refuse.length > 0) {
    throw new FirnError("model.schema_changed", {
      what: `${node.path}: the columns of "${node.name}" differ from its table's: ${refuse.join(", ")}.`,
      why: `on_schema_change is ${on_schema_change}; nothing was changed.`,
      fix: `Build it in full: firn build --select ${node.name} --full-refresh. Or set on_schema_change: append_new_columns.`,
    });
  }
  return on_schema_change === "append_new_columns"
    ? { columns: gives, added }
    : { columns: has.filter((name) => gives.includes(name)), added: [] };
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
  const current = `SELECT ${unique_key.join(", ")}, dbt_valid_from FROM ${dialect.table(tableOf(node))} WHERE dbt_valid_to IS NULL`;
  const same = unique_key.map((key) => `c.${key} = n.${key}`).join(" AND ");
  return (
    `SELECT n.* FROM (${planSnapshotRows(dialect, node, sql)}) AS n LEFT JOIN (${current}) AS c ON ${same} ` +
    `WHERE c.${unique_key[0]} IS NULL OR c.dbt_valid_from < n.${updated_at}`
  );
}

/** Closes the versions that the delta's rows follow, and adds those. */
export function planSnapshotMerge(dialect: Dialect, node: DbtNode, columns: readonly string[]): string[] {
  const { id } = dialect;
  const [table, delta] = [dialect.table(tableOf(node)), dialect.table(nextOf(node))];
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

/** A row `version`, `run_id` of a model's last build. */
export function planLastBuild(dialect: Dialect, schema: string, model: string): string {
  const { id, text } = dialect;
  return `SELECT ${id("version")} AS "version", ${id("run_id")} AS "run_id" FROM ${dialect.table(ledgerTable(schema, "models"))} WHERE ${id("model")} = ${text(model)} ORDER BY ${id("epoch")} DESC, ${id("built_at")} DESC LIMIT 1`;
}

/** Rows `name`: the tables there are of silver. */
export function planSilver({ name, text }: Dialect, schema: string): string {
  return `SELECT LOWER(table_name) AS "name" FROM information_schema.tables WHERE table_schema = ${text(name === "snowflake" ? schema.toUpperCase() : schema)}`;
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

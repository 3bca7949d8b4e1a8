/** A node's SQL with what Firn asks of it: that it can be built again. */
import { FirnError } from "#core/errors";
import { compileSql } from "./dbt/compile.ts";
import type { DbtNode, Project } from "./dbt/project.ts";

/**
 * @param incremental what `is_incremental()` says
 * @throws {FirnError} `model.unpinned` for SQL that reads the clock or randomness, `model.invalid`
 */
export function compile(project: Project, node: DbtNode, incremental: boolean): string {
  const sql = compileSql(project, node, incremental);
  requirePinned(node, sql);
  return sql;
}

const unpinned =
  /\b(now|random|rand|randstr|uniform|normal|uuid|uuidv4|uuidv7|gen_random_uuid|uuid_string|getdate|sysdate|sysdatetime|today|ago|get_current_timestamp|get_current_time|current_localtime|current_localtimestamp|transaction_timestamp|statement_timestamp|clock_timestamp|txid_current|current_transaction_id|current_query_id|current_connection_id|seq[1248]|nextval|currval|setseed)\s*\(|\b(current_date|current_time|current_timestamp|localtime|localtimestamp|tablesample|using\s+sample)\b/i;

/** Files and other databases: they are no part of what is declared, and nobody says when they change. */
const outside =
  /\b(read_\w+|parquet_\w+|glob|sniff_csv|getenv|which_secret|duckdb_secrets|query|query_table|\w+_scan|st_read)\s*\(|\b(?:from|join)\s+''/i;

/** A model that reads the clock gives something else each time it is built, so no rebuild could equal it. */
function requirePinned(node: DbtNode, sql: string): void {
  const bare = withoutWords(sql);
  const [found] = unpinned.exec(bare) ?? outside.exec(bare) ?? [];
  if (found === undefined) return;
  throw new FirnError("model.unpinned", {
    what: `${node.path}: "${node.name}" ${found.endsWith("''") ? "reads a file" : `calls ${found.replace("(", "").trim()}`}.`,
    why: "Built again, it would give other rows: an incremental model could not equal its rebuild, nor a retry its first try.",
    fix: "Use {{ var('as_of') }}, the instant at which the run began, or a column of the data; and what is declared: ref() and source().",
  });
}

/** SQL without its comments, and with what stands in quotes emptied. */
function withoutWords(sql: string): string {
  const word = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\//g;
  return sql.replaceAll(word, (part) => (/^['"]/.test(part) ? `${part[0]}${part[0]}` : " "));
}

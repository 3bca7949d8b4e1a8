/** A node's SQL with what Firn asks of it: that it can be built again, and a version that tells it from another. */
import { FirnError } from "#core/errors";
import { sha256 } from "#core/ids";
import { compileSql } from "./dbt/compile.ts";
import type { DbtNode, Project } from "./dbt/project.ts";

export interface Compiled {
  sql: string;
  /** Equal for equal models, whenever they are run: `as_of` and comments are left out of it. */
  version: string;
}

/**
 * @param incremental what `is_incremental()` says
 * @throws {FirnError} `model.unpinned` for SQL that reads the clock or randomness, `model.invalid`
 */
export function compile(project: Project, node: DbtNode, incremental: boolean): Compiled {
  const { renderer } = project;
  renderer.readAsOf = false;
  const sql = compileSql(project, node, incremental);
  requirePinned(node, sql);
  const { materialized, unique_key, incremental_strategy, strategy, updated_at, column_types } = node.config;
  const made = { materialized, unique_key, incremental_strategy, strategy, updated_at, column_types };
  const text = renderer.readAsOf ? sql.replaceAll(String(renderer.asOf), "as_of") : sql;
  return {
    sql,
    version: sha256(JSON.stringify([withoutWords(text, "").replaceAll(/\s+/g, " ").trim(), made])),
  };
}

const unpinned =
  /\b(now|random|rand|randstr|uniform|normal|uuid|uuidv4|uuidv7|gen_random_uuid|uuid_string|getdate|sysdate|sysdatetime|today|get_current_timestamp|get_current_time|transaction_timestamp|statement_timestamp|clock_timestamp|seq[1248]|nextval|setseed)\s*\(|\b(current_date|current_time|current_timestamp|localtime|localtimestamp)\b/i;

/** A model that reads the clock gives something else each time it is built, so no rebuild could equal it. */
function requirePinned(node: DbtNode, sql: string): void {
  const [found] = unpinned.exec(withoutWords(sql, "'\"")) ?? [];
  if (found === undefined) return;
  throw new FirnError("model.unpinned", {
    what: `${node.path}: "${node.name}" calls ${found.replace("(", "").trim()}.`,
    why: "Built again, it would give other rows: an incremental model could not equal its rebuild, nor a retry its first try.",
    fix: "Use {{ var('as_of') }}, the instant at which the run began; or a column of the data.",
  });
}

/** SQL without its comments, and with what stands in these quotes emptied. */
function withoutWords(sql: string, quotes: string): string {
  const word = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\//g;
  return sql.replaceAll(word, (part) => {
    if (part.startsWith("-") || part.startsWith("/")) return " ";
    return quotes.includes(part[0] ?? "") ? `${part[0]}${part[0]}` : part;
  });
}

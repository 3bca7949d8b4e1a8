/** Makes a node's SQL: templates rendered, ephemeral models put before it. */

import { FirnError } from "#core/errors";
import { sha256 } from "#core/ids";
import type { NamedText } from "./jinja.ts";
import { type DbtNode, type Project, resolveSource, testArguments } from "./project.ts";
import { invalid } from "./unsupported.ts";

export interface Compiled {
  sql: string;
  /** Equal for equal models, whenever they are run: `as_of` is left out of it. */
  version: string;
}

/**
 * @param incremental what `is_incremental()` says
 * @throws {FirnError} `model.invalid`, `model.unpinned` for SQL that reads the clock or randomness
 */
export function compile(project: Project, node: DbtNode, incremental: boolean): Compiled {
  const { renderer } = project;
  renderer.readAsOf = false;
  const sql = compileSql(project, node, incremental);
  requirePinned(node, sql);
  const { materialized, unique_key, incremental_strategy, strategy, updated_at, column_types } = node.config;
  const made = { materialized, unique_key, incremental_strategy, strategy, updated_at, column_types };
  const text = renderer.readAsOf ? sql.replaceAll(String(renderer.asOf), "as_of") : sql;
  return { sql, version: sha256(JSON.stringify([text.replaceAll(/\s+/g, " ").trim(), made])) };
}

function compileSql(project: Project, node: DbtNode, incremental: boolean): string {
  const inlined = new Map<string, string>();
  const sql = renderNode(project, node, incremental, inlined);
  const ctes = [...inlined].map(([name, body]) => `${name} as (\n${body}\n)`).join(", ");
  if (ctes === "") return sql;
  const [opening] = /^(\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*/.exec(sql) ?? [""];
  const rest = sql.slice(opening.length);
  const own = /^with\b(\s+recursive\b)?/i.exec(rest);
  return own ? `${opening}${own[0]} ${ctes},${rest.slice(own[0].length)}` : `${opening}with ${ctes}\n${rest}`;
}

/** An ephemeral model's SQL goes into `inlined`, after those it is made of. */
function renderNode(
  project: Project,
  node: DbtNode,
  incremental: boolean,
  inlined: Map<string, string>,
): string {
  const { renderer, nodes, sources } = project;
  const resolve = (id: string | undefined, what: string): NamedText => {
    const found = id === undefined ? undefined : (nodes.get(id) ?? sources.get(id));
    if (!found || !node.dependsOn.includes(found.id))
      throw invalid(
        node.path,
        `"${node.name}" reads ${what} only in some runs.`,
        "The order of models is decided before any is run.",
        `Add a line to the model: -- depends_on: {{ ref('...') }}`,
      );
    if (!("config" in found) || found.config.materialized !== "ephemeral")
      return renderer.relation(found.relation);
    const name = `__dbt__cte__${found.name}`;
    if (!inlined.has(name)) inlined.set(name, renderNode(project, found, false, inlined));
    return renderer.text(name, found.relation);
  };
  const binding = {
    ref: (name: string) =>
      resolve(
        node.dependsOn.find((id) => nodes.get(id)?.name === name && nodes.get(id)?.resource !== "test"),
        `ref('${name}')`,
      ),
    source: (source: string, table: string) =>
      resolve(resolveSource(project, node, source, table).id, `source('${source}', '${table}')`),
  };
  return renderer.render(node.source, {
    ...{ ...binding, config: () => undefined, this: node.relation, incremental, execute: true },
    ...(node.test && { arguments: testArguments(project, node, binding) }),
  });
}

const unpinned =
  /\b(now|random|rand|randstr|uniform|normal|uuid|uuidv4|uuidv7|gen_random_uuid|uuid_string|getdate|sysdate|sysdatetime|today|get_current_timestamp|get_current_time|transaction_timestamp|statement_timestamp|clock_timestamp|seq[1248]|nextval|setseed)\s*\(|\b(current_date|current_time|current_timestamp|localtime|localtimestamp)\b/i;

/** A model that reads the clock gives something else each time it is built, so no rebuild could equal it. */
function requirePinned(node: DbtNode, sql: string): void {
  const bare = sql.replaceAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\//g, (part) =>
    part.replaceAll(/[^\n]/g, " "),
  );
  const found = unpinned.exec(bare);
  if (!found) return;
  throw new FirnError("model.unpinned", {
    what: `${node.path}: "${node.name}" calls ${found[0].replace("(", "").trim()}.`,
    why: "Built again, it would give other rows: an incremental model could not equal its rebuild, nor a retry its first try.",
    fix: "Use {{ var('as_of') }}, the instant at which the run began; or a column of the data.",
  });
}

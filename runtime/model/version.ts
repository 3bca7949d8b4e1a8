/** Which model a table was built by: what decides whether its rows may stay. */
import { sha256 } from "#core/ids";
import { compileSql } from "./dbt/compile.ts";
import type { DbtNode, Project } from "./dbt/project.ts";

/**
 * A hash that is equal for equal models, whenever they are run: neither the run's instant nor comments and
 * blanks count. What a node is made of counts as the node itself does, since a changed view or seed below
 * an incremental model would leave rows of two rules in it.
 *
 * @throws {FirnError} `model.invalid`, `model.unsupported`
 */
export function versionOf(project: Project, node: DbtNode): string {
  const known = versions.get(project) ?? new Map<string, string>();
  versions.set(project, known);
  const standing = known.get(node.id);
  if (standing !== undefined) return standing;
  const { materialized, unique_key, incremental_strategy, strategy, updated_at, column_types } = node.config;
  const made = { materialized, unique_key, incremental_strategy, strategy, updated_at, column_types };
  const below = node.dependsOn.map((id) => {
    const of = project.nodes.get(id);
    return of ? versionOf(project, of) : id;
  });
  const version = sha256(JSON.stringify([textOf(project, node), made, below]));
  known.set(node.id, version);
  return version;
}

const versions = new WeakMap<Project, Map<string, string>>();

function textOf(project: Project, node: DbtNode): string {
  if (node.resource === "seed") return node.source.text;
  const { renderer } = project;
  const { asOf } = renderer;
  // Templates may use a part of the instant, such as its day, so it is taken away before they are rendered.
  renderer.asOf = "2000-01-01T00:00:00.000Z";
  try {
    return bare(compileSql(project, node, false));
  } finally {
    renderer.asOf = asOf;
  }
}

/** The SQL with one blank for each run of blanks and comments; what stands in quotes is as it was. */
function bare(sql: string): string {
  const parts = /('(?:[^']|'')*'|"(?:[^"]|"")*")|(?:--[^\n]*|\/\*[\s\S]*?\*\/|\s)+/g;
  return sql.replaceAll(parts, (_, quoted?: string) => quoted ?? " ").trim();
}

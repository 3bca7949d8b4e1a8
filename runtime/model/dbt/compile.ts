/** Makes a node's SQL: templates rendered, ephemeral models put before it. */
import type { NamedText } from "./jinja.ts";
import type { DbtNode, Project } from "./project.ts";
import { invalid } from "./unsupported.ts";

/**
 * A node's SQL; empty for a seed, which is no template.
 *
 * @param incremental what `is_incremental()` says
 * @throws {FirnError} `model.invalid`, `model.unsupported`
 */
export function compileSql(project: Project, node: DbtNode, incremental: boolean): string {
  if (node.resource === "seed") return "";
  const inlined = new Map<string, string>();
  const sql = renderNode(project, node, incremental, inlined);
  if (inlined.size === 0) return sql;
  const ctes = [...inlined].map(([name, body]) => `${name} as (\n${body}\n)`).join(", ");
  const [opening = ""] = /^(\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*/.exec(sql) ?? [];
  const rest = sql.slice(opening.length);
  const [own] = /^with\b(\s+recursive\b)?/i.exec(rest) ?? [];
  return own ? `${opening}${own} ${ctes},${rest.slice(own.length)}` : `with ${ctes}\n${sql}`;
}

/** An ephemeral model's SQL goes into `inlined`, after those it is made of. */
function renderNode(
  project: Project,
  node: DbtNode,
  incremental: boolean,
  inlined: Map<string, string>,
): string {
  const { renderer, nodes, sources, name: projectName } = project;
  const read = (id: string | undefined, what: string): NamedText => {
    const found = nodes.get(id ?? "") ?? sources.get(id ?? "");
    if (!found || !node.dependsOn.includes(found.id))
      throw invalid(
        node.path,
        `"${node.name}" reads ${what} only in some runs, so its place in the order is not known.`,
        `Add a line to it: -- depends_on: {{ ${what} }}`,
      );
    if (!("config" in found) || found.config.materialized !== "ephemeral")
      return renderer.relation(found.relation);
    const name = `__dbt__cte__${found.name}`;
    if (!inlined.has(name)) inlined.set(name, renderNode(project, found, false, inlined));
    return renderer.named(name, found.relation);
  };
  return renderer.render(node, {
    ref: (name) =>
      read(
        node.dependsOn.find((id) => nodes.get(id)?.name === name),
        `ref('${name}')`,
      ),
    source: (source, table) =>
      read(`source.${projectName}.${source}.${table}`, `source('${source}', '${table}')`),
    ...{ config: () => undefined, incremental, execute: true },
  });
}

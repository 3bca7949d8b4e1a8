/**
 * What dbt writes of a run, in its formats, so that its own tools read it.
 *
 * @see https://docs.getdbt.com/reference/artifacts/dbt-artifacts
 */
import { createHash } from "node:crypto";
import type { NodeResult } from "#core/models";
import { compileSql } from "./dbt/compile.ts";
import type { DbtNode, Project, SourceTable } from "./dbt/project.ts";
import type { ColumnProperties } from "./dbt/properties.ts";

/** manifest.json, version 12. */
export function manifestOf(project: Project, at: string): object {
  const nodes = [...project.nodes.values()];
  const sources = [...project.sources.values()];
  const children = (id: string) =>
    nodes.filter(({ dependsOn }) => dependsOn.includes(id)).map((node) => node.id);
  return {
    metadata: metadataOf("manifest/v12", project, at),
    nodes: Object.fromEntries(nodes.map((node) => [node.id, manifestNode(project, node)])),
    sources: Object.fromEntries(sources.map((source) => [source.id, manifestSource(project, source)])),
    parent_map: Object.fromEntries([
      ...nodes.map(({ id, dependsOn }) => [id, dependsOn]),
      ...sources.map(({ id }) => [id, []]),
    ]),
    child_map: Object.fromEntries([...nodes, ...sources].map(({ id }) => [id, children(id)])),
    ...Object.fromEntries(
      [
        "macros",
        "docs",
        "exposures",
        "metrics",
        "groups",
        "selectors",
        "disabled",
        "group_map",
        "saved_queries",
        "semantic_models",
        "unit_tests",
      ].map((name) => [name, {}]),
    ),
  };
}

/** run_results.json, version 6. */
export function runResultsOf(
  project: Project,
  results: readonly NodeResult[],
  of: { at: string; seconds: number; args: object },
): object {
  return {
    metadata: metadataOf("run-results/v6", project, of.at),
    results: results.map((result) => {
      const node = project.nodes.get(result.id);
      const ended = new Date(Date.parse(result.startedAt || of.at) + result.seconds * 1000).toISOString();
      return {
        status: result.status,
        timing: result.startedAt
          ? [{ name: "execute", started_at: result.startedAt, completed_at: ended }]
          : [],
        thread_id: "firn",
        execution_time: result.seconds,
        adapter_response: {},
        message: result.message ?? null,
        failures: result.failures ?? null,
        unique_id: result.id,
        compiled: result.status !== "skipped",
        compiled_code: node && result.status !== "skipped" ? compiledOf(project, node, result.kind) : null,
        relation_name:
          node && node.resource !== "test" ? project.renderer.relation(node.relation).text : null,
        batch_results: null,
      };
    }),
    elapsed_time: of.seconds,
    args: of.args,
  };
}

/** Null for a seed, and for a template that could not be rendered: its result tells of that. */
function compiledOf(project: Project, node: DbtNode, kind: NodeResult["kind"]): string | null {
  try {
    return compileSql(project, node, kind === "incremental") || null;
  } catch {
    return null;
  }
}

function metadataOf(schema: string, project: Project, at: string): object {
  return {
    dbt_schema_version: `https://schemas.getdbt.com/dbt/${schema}.json`,
    dbt_version: "1.10.15",
    generated_at: at,
    invocation_id: null,
    env: {},
    project_name: project.name,
    project_id: createHash("md5").update(project.name).digest("hex"),
    user_id: null,
    send_anonymous_usage_stats: false,
    adapter_type: project.target.type,
  };
}

function manifestNode({ name, renderer }: Project, node: DbtNode): object {
  const { resource, config, relation, source, test } = node;
  return {
    ...{
      database: relation.database,
      schema: relation.schema,
      name: node.name,
      resource_type: resource,
      package_name: name,
    },
    ...{
      path: node.path.replace(/^\w+\//, ""),
      original_file_path: node.path,
      unique_id: node.id,
      fqn: node.fqn,
    },
    alias: relation.identifier,
    checksum:
      resource === "test"
        ? { name: "none", checksum: "" }
        : { name: "sha256", checksum: createHash("sha256").update(source.text.trim()).digest("hex") },
    config: { ...config, unique_key: config.unique_key.length > 0 ? config.unique_key : null },
    unrendered_config: {},
    tags: config.tags,
    meta: config.meta,
    description: node.description,
    columns: columnsOf(node.columns),
    raw_code: source.text,
    language: "sql",
    refs: node.dependsOn
      .filter((id) => !id.startsWith("source."))
      .map((id) => ({ name: id.split(".")[2], package: null, version: null })),
    sources: node.dependsOn.filter((id) => id.startsWith("source.")).map((id) => id.split(".").slice(2)),
    depends_on: { macros: [], nodes: node.dependsOn },
    relation_name:
      resource === "test" || config.materialized === "ephemeral" ? null : renderer.relation(relation).text,
    ...(test && {
      test_metadata: {
        name: test.kind.replace(/^\w+\./, ""),
        kwargs: test.arguments,
        namespace: /^(\w+)\./.exec(test.kind)?.[1] ?? null,
      },
      column_name: test.column,
    }),
  };
}

function manifestSource({ name, renderer }: Project, source: SourceTable): object {
  return {
    ...{
      database: source.relation.database,
      schema: source.relation.schema,
      name: source.name,
      resource_type: "source",
    },
    ...{
      package_name: name,
      path: "",
      original_file_path: "",
      unique_id: source.id,
      fqn: [name, source.source, source.name],
    },
    ...{
      source_name: source.source,
      source_description: "",
      loader: "",
      identifier: source.relation.identifier,
    },
    description: source.description,
    columns: columnsOf(source.columns),
    relation_name: renderer.relation(source.relation).text,
  };
}

function columnsOf(columns: readonly ColumnProperties[]): object {
  return Object.fromEntries(
    columns.map(({ name, description = "", data_type = null, meta, config }) => [
      name,
      { name, description, data_type, meta: { ...meta, ...config?.meta }, tags: [] },
    ]),
  );
}

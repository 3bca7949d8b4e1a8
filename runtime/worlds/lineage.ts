/** The lineage of all teams' models, from their declarations alone: no warehouse is asked. */
import type { Stacks, Team } from "#firn";
import type { Lineage } from "#lineage/graph";
import type { DeclaredPii } from "#lineage/pii";
import { type LineageInput, planLineage } from "#lineage/plan";
import { compileSql } from "#model/dbt/compile";
import type { DbtNode, Project } from "#model/dbt/project";
import { openProject } from "#model/open";
import { planSnapshotRows } from "#model/plan";
import { planSeed } from "#model/seeds";
import { makeRelease, type Release } from "#release";
import { duckdb } from "#sql/duckdb";
import { silverDefinition } from "#sql/tables";

export interface TeamsLineage {
  lineage: Lineage;
  /** What models' YAML declares to be PII, by node. */
  declared: DeclaredPii;
}

/** Any instant will do: lineage does not depend on it. */
const asOf = "1970-01-01T00:00:00Z";

/**
 * Tells where each column of gold comes from, of all teams at once, since one may read another's gold.
 *
 * Ephemeral models are no tables: what they do is told of the models that use them.
 *
 * @throws {FirnError} `model.*` for a project that cannot be run
 */
export async function planTeamsLineage({ environment, teams }: Stacks): Promise<TeamsLineage> {
  const nodes: LineageInput["nodes"] = [];
  const sources: LineageInput["sources"] = [];
  const declared = new Map<string, ReadonlySet<string>>();
  for (const team of teams) {
    const { release, project } = open(team);
    const tables = [...(project?.nodes.values() ?? [])];
    sources.push(
      ...silverOf(release, project),
      ...tables.filter(({ resource }) => resource === "seed").map(seed),
    );
    if (!project) continue;
    const built = tables.filter(isBuilt);
    nodes.push(...built.map((node) => modelOf(project, node)));
    for (const node of built) declared.set(node.id, piiOf(node));
  }
  return { lineage: await planLineage({ nodes, sources, dialect: duckdb.name }), declared };

  function open(team: Team): { release: Release; project?: Project } {
    const { hash, release } = makeRelease(team, teams);
    if (team.models === undefined) return { release };
    const project = openProject(release, { hash, environment: environment.name, dialect: duckdb.name, asOf });
    return { release, project };
  }
}

function isBuilt({ resource, config }: DbtNode): boolean {
  return resource === "snapshot" || (resource === "model" && config.materialized !== "ephemeral");
}

function modelOf(project: Project, node: DbtNode): LineageInput["nodes"][number] {
  const sql = compileSql(project, node, false);
  const { id, relation } = node;
  const columns = node.columns.map(({ name }) => name);
  if (node.resource === "snapshot")
    return { id, relation, columns, sql: planSnapshotRows(duckdb, node, sql) };
  if (node.config.materialized !== "incremental") return { id, relation, columns, sql };
  return { id, relation, columns, sql, incrementalSql: compileSql(project, node, true) };
}

/** A team's silver: PII is what its pipelines declare, and what the dbt project says of its sources. */
function silverOf({ names, pipelines }: Release, project: Project | undefined): LineageInput["sources"] {
  return pipelines.map((pipeline) => {
    const relation = { database: names.database, schema: names.silver, identifier: pipeline.name };
    const told = [...(project?.sources.values() ?? [])].find(
      (source) =>
        source.relation.schema === relation.schema &&
        source.relation.identifier === relation.identifier &&
        source.relation.database === relation.database,
    );
    const said = told ? piiOf(told) : new Set();
    const columns = silverDefinition(pipeline).map(({ name, type }) => {
      const pii = pipeline.columns[name]?.pii !== undefined || said.has(name.toLowerCase());
      return { name, type, ...(pii && { pii }) };
    });
    return { relation, columns };
  });
}

function seed(node: DbtNode): LineageInput["sources"][number] {
  const pii = piiOf(node);
  const { columns } = planSeed(duckdb, node);
  return {
    relation: node.relation,
    columns: columns.map((name) => ({ name, ...(pii.has(name.toLowerCase()) && { pii: true }) })),
  };
}

/** Columns whose YAML says `meta: {pii: true}`, under the column or its config; in lower case. */
function piiOf({ columns }: Pick<DbtNode, "columns">): Set<string> {
  const marked = columns.filter(({ meta, config }) => meta?.pii === true || config?.meta?.pii === true);
  return new Set(marked.map(({ name }) => name.toLowerCase()));
}

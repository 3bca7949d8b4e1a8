/** Reads a dbt project: its nodes, their configuration and what each depends on. */
import type { Config, Layer, Resource } from "./config.ts";
import type { Source } from "./jinja.ts";
import { type ColumnProperties, parseProjectFile, parseProperties } from "./properties.ts";
import { Reader, snapshotBlocks, stem } from "./reader.ts";
import { type Relation, Renderer, type Target } from "./renderer.ts";
import { unsupported } from "./unsupported.ts";

export interface DbtNode {
  /** dbt's unique id, such as model.commerce.daily_revenue. */
  id: string;
  resource: Resource;
  name: string;
  /** The file it stands in. */
  path: string;
  /** Project, folders, name. */
  fqn: string[];
  source: Source;
  config: Config;
  relation: Relation;
  description: string;
  columns: ColumnProperties[];
  /** Unique ids of nodes and sources, in the order they are named. */
  dependsOn: string[];
  /** Of a generic test: its macro, what that is given, and the call of ref or source that it is on. */
  test?: { kind: string; arguments: Layer; on: string; column: string | null };
}

export interface SourceTable {
  id: string;
  source: string;
  name: string;
  relation: Relation;
  description: string;
  columns: ColumnProperties[];
}

export interface Project {
  name: string;
  target: Target;
  nodes: Map<string, DbtNode>;
  sources: Map<string, SourceTable>;
  renderer: Renderer;
}

export interface ProjectRequest {
  /** All files of the project by path, dbt_project.yml among them. */
  files: Readonly<Record<string, string>>;
  target: Target;
  /** Win over those of dbt_project.yml. */
  vars?: Layer;
  /** Macros that every template may call, as dbt's own tests. */
  builtIn?: string;
  /** Packages that are built in: their macro files by path, by the package's name. */
  packages?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/**
 * Reads a project for what it declares; nothing is run.
 *
 * @throws {FirnError} `model.invalid` or `model.unsupported`, with file and line
 */
export function parseProject(request: ProjectRequest): Project {
  const { files, target, vars = {} } = request;
  const declared = parseProjectFile(files["dbt_project.yml"] ?? "");
  const paths = Object.keys(files).sort();
  const of = (folder: string, ending: RegExp): Source[] =>
    paths
      .filter((path) => path.startsWith(`${folder}/`) && ending.test(path))
      .map((path) => ({ path, text: files[path] ?? "" }));
  const [python] = of("models", /\.py$/);
  if (python) throw unsupported("Python models", python.path);
  const { [declared.name]: own, ...all } = declared.vars;
  const renderer = new Renderer({
    ...{ ...request, project: declared.name, vars: { ...all, ...(own as Layer | undefined), ...vars } },
    macros: [...of("macros", /\.sql$/), ...of("tests/generic", /\.sql$/)],
  });
  const project: Project = { name: declared.name, target, nodes: new Map(), sources: new Map(), renderer };
  const yaml = ["models", "seeds", "snapshots", "tests", "macros"].flatMap((folder) =>
    of(folder, /\.ya?ml$/),
  );
  const properties = yaml.map(({ path, text }) => parseProperties(path, text));
  const reader = new Reader(project, declared, properties);
  for (const each of of("models", /\.sql$/)) reader.add("model", each, stem(each.path));
  for (const each of of("seeds", /\.csv$/)) reader.add("seed", each, stem(each.path));
  for (const each of of("snapshots", /\.sql$/).flatMap(snapshotBlocks))
    reader.add("snapshot", each, each.name);
  for (const { path, snapshots } of properties) {
    for (const { name, relation } of snapshots)
      if (relation) reader.add("snapshot", { path, text: `select * from {{ ${relation} }}` }, name);
  }
  for (const each of of("tests", /\.sql$/))
    if (!each.path.startsWith("tests/generic/")) reader.add("test", each, stem(each.path));
  for (const each of properties) reader.addTests(each);
  reader.resolveDependencies();
  return project;
}

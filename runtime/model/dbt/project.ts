/** Reads a dbt project: its nodes, their configuration and what each depends on. */
import { createHash } from "node:crypto";
import { type Config, type Layer, mergeLayers, parseConfig, projectLayers, type Resource } from "./config.ts";
import { NamedText, type Source } from "./jinja.ts";
import {
  type ColumnProperties,
  type ProjectFile,
  type Properties,
  parseProjectFile,
  parseProperties,
  type ResourceProperties,
  type TestEntry,
} from "./properties.ts";
import { type Binding, type Relation, Renderer, type Target } from "./renderer.ts";
import { declaredTest } from "./tests.ts";
import { invalid, unsupported } from "./unsupported.ts";

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
  /** Of a generic test. */
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
  /** Packages that are built in: their macro files by path, by the package's name. */
  packages?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/**
 * Reads a project once for what it declares; nothing is run.
 *
 * @throws {FirnError} `model.invalid` or `model.unsupported`, with file and line
 */
export function parseProject({ files, target, vars = {}, packages = {} }: ProjectRequest): Project {
  const { [mainFile]: main = "", ...rest } = files;
  if (main === "")
    throw invalid(mainFile, "It is missing or empty.", "It makes a folder a dbt project.", "Add it.");
  const declared = parseProjectFile(main);
  const paths = Object.keys(rest).sort();
  const of = (folder: string, ending: RegExp) =>
    paths.filter((path) => path.startsWith(`${folder}/`) && ending.test(path));
  requirePackages(rest, Object.keys(packages));
  const python = of("models", /\.py$/)[0];
  if (python) throw unsupported("Python models", "", python);
  const text = (path: string) => ({ path, text: rest[path] ?? "" });
  const { [declared.name]: own, ...all } = declared.vars;
  const renderer = new Renderer({
    project: declared.name,
    target,
    vars: { ...all, ...(own as Layer | undefined), ...vars },
    macros: [...of("macros", /\.sql$/), ...of("tests/generic", /\.sql$/)].map(text),
    packages,
  });
  const project: Project = { name: declared.name, target, nodes: new Map(), sources: new Map(), renderer };
  const properties = ["models", "seeds", "snapshots", "tests", "macros"]
    .flatMap((folder) => of(folder, /\.ya?ml$/))
    .map((path) => ({ path, ...parseProperties(path, rest[path] ?? "") }));
  const reader = new Reader(project, declared, properties);
  for (const path of of("models", /\.sql$/)) reader.add("model", path, text(path), stem(path));
  for (const path of of("seeds", /\.csv$/)) reader.add("seed", path, text(path), stem(path));
  for (const path of of("snapshots", /\.sql$/))
    for (const block of snapshotBlocks(text(path))) reader.add("snapshot", path, block, block.name);
  reader.addYamlSnapshots();
  reader.requireKnown();
  for (const path of of("tests", /\.sql$/))
    if (!path.startsWith("tests/generic/")) reader.add("test", path, text(path), stem(path));
  reader.addGenericTests();
  reader.findDependencies();
  return project;
}

const mainFile = "dbt_project.yml";

class Reader {
  readonly #project: Project;
  readonly #declared: ProjectFile;
  readonly #properties: ({ path: string } & Properties)[];
  /** In the order they were read; disabled ones apart. */
  readonly #disabled = new Set<string>();
  readonly #byName = new Map<string, DbtNode>();

  constructor(project: Project, declared: ProjectFile, properties: ({ path: string } & Properties)[]) {
    this.#project = project;
    this.#declared = declared;
    this.#properties = properties;
    for (const { sources = [] } of properties) for (const each of sources) this.#addSource(each);
  }

  add(
    resource: Resource,
    path: string,
    source: Source,
    name: string,
    properties = this.#propertiesOf(resource, name),
  ): void {
    const { project, declared } = { project: this.#project, declared: this.#declared };
    const folders = path.split("/").slice(1, -1);
    const fqn = [project.name, ...folders, ...(resource === "snapshot" ? [stem(path)] : []), name];
    const trees = {
      model: declared.models,
      seed: declared.seeds,
      snapshot: declared.snapshots,
      test: declared.data_tests ?? declared.tests,
    };
    const relation = { database: project.target.database, schema: project.target.schema, identifier: name };
    const layers: Layer[] = [...projectLayers(trees[resource], fqn), propertyLayer(properties)];
    const node: DbtNode = {
      ...{ id: `${resource}.${project.name}.${name}`, resource, name, path, fqn, source, relation },
      config: {} as Config,
      description: properties?.description ?? "",
      columns: properties?.columns ?? [],
      dependsOn: [],
    };
    if (resource !== "seed") this.#render(node, { config: (layer) => layers.push(layer) });
    node.config = parseConfig(mergeLayers(layers), resource, path);
    if (node.config.alias) node.relation = { ...relation, identifier: node.config.alias };
    requireWhole(node);
    this.#keep(node);
  }

  addYamlSnapshots(): void {
    for (const { path, snapshots = [] } of this.#properties) {
      for (const each of snapshots) {
        if (each.relation === undefined) continue;
        const text = `select * from {{ ${each.relation} }}`;
        this.add("snapshot", path, { path, text }, each.name, each);
      }
    }
  }

  /** Properties of a node that does not exist would be lost, and its tests with them. */
  requireKnown(): void {
    for (const { path, models = [], seeds = [], snapshots = [] } of this.#properties) {
      for (const { name } of [...models, ...seeds, ...snapshots]) {
        if (this.#byName.has(name) || this.#disabled.has(name)) continue;
        throw invalid(
          path,
          `There is no node "${name}".`,
          "Its properties and tests would be lost.",
          "Mend the name, or remove the entry.",
        );
      }
    }
  }

  addGenericTests(): void {
    for (const { path, models = [], seeds = [], snapshots = [], sources = [] } of this.#properties) {
      for (const each of [...models, ...seeds, ...snapshots]) {
        if (!this.#disabled.has(each.name))
          this.#addTests(path, each, each.name, `ref('${each.name}')`, false);
      }
      for (const { name, tables } of sources)
        for (const table of tables)
          this.#addTests(path, table, `${name}_${table.name}`, `source('${name}', '${table.name}')`, true);
    }
  }

  findDependencies(): void {
    for (const node of this.#project.nodes.values()) {
      if (node.resource === "seed") continue;
      this.#render(node, {
        ref: (name) => note(this.#resolve(node, name)),
        source: (source, table) => note(resolveSource(this.#project, node, source, table).id),
      });
      function note(id: string): NamedText {
        if (!node.dependsOn.includes(id)) node.dependsOn.push(id);
        return new NamedText(id, { schema: "", identifier: id, database: "", name: id, table: id });
      }
    }
  }

  #addTests(
    path: string,
    of: Pick<ResourceProperties, "tests" | "data_tests"> & {
      columns?: ColumnProperties[] | null | undefined;
    },
    on: string,
    model: string,
    ofSource: boolean,
  ): void {
    const entries: [TestEntry, string | null][] = [
      ...testsOf(of).map((entry): [TestEntry, null] => [entry, null]),
      ...(of.columns ?? []).flatMap((column) =>
        testsOf(column).map((entry): [TestEntry, string] => [entry, column.name]),
      ),
    ];
    for (const [entry, column] of entries)
      this.#addTest(declaredTest(entry, on, column, path, ofSource), path, model, column);
  }

  #addTest(test: ReturnType<typeof declaredTest>, path: string, model: string, column: string | null): void {
    const { renderer, name: project } = this.#project;
    const [namespace, base] = test.kind.includes(".") ? test.kind.split(".") : ["", test.kind];
    const macro = `${namespace ? `${namespace}.` : ""}test_${base}`;
    if (!renderer.hasMacro(macro))
      throw unsupported(`the test "${test.kind}"`, "No macro of this project has that name.", path);
    const fqn = [project, ...path.split("/").slice(1, -1), test.name];
    const trees = projectLayers(this.#declared.data_tests ?? this.#declared.tests, fqn);
    const config = parseConfig(mergeLayers([...trees, test.config]), "test", `${path}: ${test.name}`);
    const given = Object.keys(test.arguments).map((name) => `${name}=arg_${name}`);
    const hash = createHash("md5")
      .update(JSON.stringify([macro, model, test.arguments, test.config]))
      .digest("hex")
      .slice(-10);
    const { database, schema } = this.#project.target;
    this.#keep({
      ...{ id: `test.${project}.${test.name}.${hash}`, resource: "test", name: test.name, path, fqn, config },
      source: { path, text: `{{ ${macro}(model=arg_model, ${given.join(", ")}) }}` },
      relation: { database, schema, identifier: test.name },
      description: test.description ?? "",
      columns: [],
      dependsOn: [],
      test: { kind: test.kind, arguments: test.arguments, on: model, column },
    });
  }

  #keep(node: DbtNode): void {
    const standing =
      this.#project.nodes.get(node.id) ??
      (node.resource === "test" ? undefined : this.#byName.get(node.name));
    if (standing)
      throw invalid(
        node.path,
        `"${node.name}" stands in ${standing.path}, too.`,
        "ref() could mean either.",
        "Rename one.",
      );
    if (!node.config.enabled) return void this.#disabled.add(node.name);
    this.#project.nodes.set(node.id, node);
    if (node.resource !== "test") this.#byName.set(node.name, node);
  }

  /** A first rendering: nothing is known yet but what a template says of itself. */
  #render(node: DbtNode, binding: Partial<Binding>): void {
    const nothing = () =>
      new NamedText("", { schema: "", identifier: "", database: "", name: "", table: "" });
    this.#project.renderer.render(node.source, {
      ...{
        ref: nothing,
        source: nothing,
        config: () => undefined,
        this: node.relation,
        incremental: false,
        execute: false,
      },
      ...(node.test && {
        arguments: testArguments(this.#project, node, { ref: nothing, source: nothing, ...binding }),
      }),
      ...binding,
    });
  }

  #resolve(node: DbtNode, name: string): string {
    const found = this.#byName.get(name);
    if (found) return found.id;
    const why = this.#disabled.has(name) ? "It is disabled." : "No model, seed or snapshot has that name.";
    throw invalid(
      node.path,
      `"${node.name}" refers to "${name}", which is not there.`,
      why,
      "Mend the name, or add the model.",
    );
  }

  #propertiesOf(resource: Resource, name: string): ResourceProperties | undefined {
    const key = { model: "models", seed: "seeds", snapshot: "snapshots", test: "data_tests" } as const;
    const found = this.#properties.flatMap((each) =>
      (each[key[resource]] ?? []).filter((one) => one.name === name),
    );
    if (found.length > 1)
      throw invalid(
        name,
        "Its properties stand in two places.",
        "One would be lost.",
        "Bring them together.",
      );
    return found[0];
  }

  #addSource({ name, database, schema, tables }: NonNullable<Properties["sources"]>[number]): void {
    const { name: project, target, sources } = this.#project;
    for (const table of tables) {
      const id = `source.${project}.${name}.${table.name}`;
      const relation = {
        database: database ?? target.database,
        schema: schema ?? name,
        identifier: table.identifier ?? table.name,
      };
      sources.set(id, {
        id,
        source: name,
        name: table.name,
        relation,
        description: table.description ?? "",
        columns: table.columns ?? [],
      });
    }
  }
}

/** What a generic test's macro is given; texts that call ref or source are rendered. */
export function testArguments(
  { renderer }: Project,
  node: DbtNode,
  binding: Pick<Binding, "ref" | "source">,
): Record<string, unknown> {
  if (!node.test) return {};
  const rendered = (value: unknown): unknown => {
    if (typeof value !== "string" || !/^\s*(ref|source|var)\s*\(.+\)\s*$/.test(value)) return value;
    const whole = { ...binding, config: () => undefined, this: null, incremental: false, execute: true };
    return renderer.render({ path: node.path, text: `{{ ${value} }}` }, whole);
  };
  const model = String(rendered(node.test.on));
  const { where } = node.config;
  return {
    arg_model: where ? `(select * from ${model} where ${where}) dbt_subquery` : model,
    ...Object.fromEntries(
      Object.entries(node.test.arguments).map(([name, value]) => [`arg_${name}`, rendered(value)]),
    ),
  };
}

export function resolveSource(
  { name, sources }: Project,
  node: DbtNode,
  source: string,
  table: string,
): SourceTable {
  const found = sources.get(`source.${name}.${source}.${table}`);
  if (found) return found;
  throw invalid(
    node.path,
    `"${node.name}" reads source "${source}.${table}", which is not declared.`,
    "Sources are declared in YAML.",
    "Add the table under sources, or mend the name.",
  );
}

function stem(path: string): string {
  return path.replace(/^.*\//, "").replace(/\.\w+$/, "");
}

/** `{% snapshot name %}` blocks of a file. */
function snapshotBlocks({ path, text }: Source): (Source & { name: string })[] {
  const block = /\{%-?\s*snapshot\s+(\w+)\s*-?%\}([\s\S]*?)\{%-?\s*endsnapshot\s*-?%\}/g;
  return [...text.matchAll(block)].map(({ index, 0: whole, 1: name = "", 2: body = "" }) => {
    const before = text.slice(0, index + whole.indexOf(body));
    return { path, text: body, name, firstLine: before.split("\n").length };
  });
}

function testsOf(of: { tests?: TestEntry[] | undefined; data_tests?: TestEntry[] | undefined }): TestEntry[] {
  return [...(of.tests ?? []), ...(of.data_tests ?? [])];
}

function propertyLayer(properties: ResourceProperties | undefined): Layer {
  if (!properties) return {};
  const { tags, meta, config = {} } = properties;
  return mergeLayers([{ ...(tags !== undefined && { tags }), ...(meta !== undefined && { meta }) }, config]);
}

/** What a materialization cannot do without. */
function requireWhole({ resource, name, path, config }: DbtNode): void {
  const lacks = (key: string, why: string) =>
    invalid(path, `"${name}" declares no ${key}.`, why, `Add ${key} to its config.`);
  const keyless = config.unique_key.length === 0;
  if (resource === "snapshot" && keyless) throw lacks("unique_key", "A snapshot follows rows by it.");
  if (resource === "snapshot" && !config.strategy)
    throw lacks("strategy", 'Firn runs the strategy "timestamp".');
  if (resource === "snapshot" && !config.updated_at)
    throw lacks("updated_at", "It tells a row's versions apart.");
  if (config.incremental_strategy === "merge" && keyless)
    throw lacks("unique_key", "Without one, a merge would insert every changed row again.");
}

/** Packages are code nobody here wrote; the built-in ones are served by Firn itself. */
function requirePackages(files: Readonly<Record<string, string>>, builtIn: readonly string[]): void {
  for (const path of ["packages.yml", "dependencies.yml"]) {
    const named = [...(files[path] ?? "").matchAll(/^\s*-\s*\w+:\s*["']?([^"'\s]+)/gm)].map(
      ([, name = ""]) => name,
    );
    const other = named.find((name) => !builtIn.includes(name.replace(/^.*\//, "")));
    if (other) throw unsupported(`the package "${other}"`, `Built in are ${builtIn.join(", ")}.`, path);
  }
}

/** Collects a project's nodes: each rendered once, for what it says of itself. */
import { createHash } from "node:crypto";
import { type Config, type Layer, mergeLayers, parseConfig, projectLayers, type Resource } from "./config.ts";
import { lines, type Source } from "./jinja.ts";
import type { DbtNode, Project } from "./project.ts";
import type { ProjectFile, Properties, ResourceProperties } from "./properties.ts";
import { declaredTest, type Tested } from "./tests.ts";
import { invalid, unsupported } from "./unsupported.ts";

export class Reader {
  readonly #project: Project;
  readonly #declared: ProjectFile;
  readonly #properties: Properties[];
  readonly #disabled = new Set<string>();
  readonly #byName = new Map<string, DbtNode>();

  constructor(project: Project, declared: ProjectFile, properties: Properties[]) {
    this.#project = project;
    this.#declared = declared;
    this.#properties = properties;
    for (const { path, sources } of properties) {
      for (const { name, database = project.target.database, schema = name, tables } of sources) {
        for (const { name: table, identifier = table, description, columns } of tables) {
          const id = `source.${project.name}.${name}.${table}`;
          const text = (value: string) => project.renderer.renderText(value, path);
          const relation = { database: text(database), schema: text(schema), identifier: text(identifier) };
          if (project.sources.has(id))
            throw invalid(path, `Source "${name}.${table}" is declared twice.`, "Rename one.");
          project.sources.set(id, { id, source: name, name: table, relation, description, columns });
        }
      }
    }
  }

  add(resource: Resource, source: Source, name: string): void {
    const { name: project, target } = this.#project;
    const { models, seeds, snapshots } = this.#declared;
    const properties = this.#propertiesOf(resource, name);
    const folders = source.path.split("/").slice(1, -1);
    const fqn = [project, ...folders, ...(resource === "snapshot" ? [stem(source.path)] : []), name];
    const tree = { model: models, seed: seeds, snapshot: snapshots, test: this.#testTree() }[resource];
    const node = this.#render({
      ...{ id: `${resource}.${project}.${name}`, resource, name, path: source.path, fqn, source },
      relation: { database: target.database, schema: target.schema, identifier: name },
      description: properties?.description ?? "",
      columns: properties?.columns ?? [],
      layers: [...projectLayers(tree, fqn), layerOf(properties)].map((layer) =>
        this.#rendered(layer, source.path),
      ),
    });
    requireWhole(node);
    this.#keep(node);
  }

  /** Configuration in YAML with its templates rendered; `where` is, when its test is. */
  #rendered(layer: Layer, path: string): Layer {
    const { renderer } = this.#project;
    const rendered = (name: string, value: unknown) =>
      typeof value === "string" && name !== "where" ? renderer.renderText(value, path) : value;
    return Object.fromEntries(Object.entries(layer).map(([name, value]) => [name, rendered(name, value)]));
  }

  addTests({ path, models, seeds, snapshots, sources }: Properties): void {
    for (const each of [...models, ...seeds, ...snapshots]) {
      const { name } = each;
      if (this.#byName.has(name))
        this.#addTestsOn(each, { path, name, model: `ref('${name}')`, ofSource: false });
      // Properties of a node that does not exist would be lost, and its tests with them.
      else if (!this.#disabled.has(name))
        throw invalid(path, `There is no node "${name}".`, "Mend the name, or remove the entry.");
    }
    for (const { name, tables } of sources) {
      for (const table of tables) {
        const model = `source('${name}', '${table.name}')`;
        this.#addTestsOn(table, { path, name: `${name}_${table.name}`, model, ofSource: true });
      }
    }
  }

  /** Names of what a template reads become unique ids, now that all nodes are known. */
  resolveDependencies(): void {
    for (const node of this.#project.nodes.values()) {
      node.dependsOn = node.dependsOn.map((name) => {
        if (this.#project.sources.has(name)) return name;
        if (name.startsWith("source.")) {
          const source = name.split(".").slice(2).join(".");
          const what = `"${node.name}" reads source "${source}", which is not declared.`;
          throw invalid(node.path, what, "Add it under sources, or mend it.");
        }
        const found = this.#byName.get(name);
        if (found) return found.id;
        const why = this.#disabled.has(name) ? "which is disabled" : "which is not there";
        throw invalid(node.path, `"${node.name}" refers to "${name}", ${why}.`, "Mend the name, or add it.");
      });
    }
  }

  #addTestsOn(
    of: Pick<ResourceProperties, "tests" | "data_tests" | "columns">,
    on: Omit<Tested, "column">,
  ): void {
    for (const entry of [...of.tests, ...of.data_tests])
      this.#addTest(declaredTest(entry, { ...on, column: null }), { ...on, column: null });
    for (const { name: column, tests, data_tests } of of.columns) {
      for (const entry of [...tests, ...data_tests])
        this.#addTest(declaredTest(entry, { ...on, column }), { ...on, column });
    }
  }

  #addTest(
    { kind, name, arguments: given, config }: ReturnType<typeof declaredTest>,
    { path, model, column }: Tested,
  ): void {
    const { renderer, target, name: project } = this.#project;
    const macro = kind.replace(/(\w+)$/, "test_$1");
    if (!renderer.hasMacro(macro)) throw unsupported(`the test "${kind}"`, path, "No macro has that name.");
    const fqn = [project, ...path.split("/").slice(1, -1), name];
    const text = JSON.stringify([macro, model, given, config]);
    const hash = createHash("md5").update(text).digest("hex");
    const named = Object.keys(given).map((each) => `, ${each}=arg_${each}`);
    this.#keep(
      this.#render({
        ...{ id: `test.${project}.${name}.${hash.slice(-10)}`, resource: "test", name, path, fqn },
        ...{ description: "", columns: [] },
        source: { path, text: `{{ ${macro}(model=arg_model${named.join("")}) }}` },
        relation: { database: target.database, schema: target.schema, identifier: name },
        layers: [...projectLayers(this.#testTree(), fqn), config],
        test: { kind, arguments: given, on: model, column },
      }),
    );
  }

  #testTree(): Layer {
    return { ...this.#declared.tests, ...this.#declared.data_tests };
  }

  /** A first rendering: nothing is known yet but what a template says of itself. */
  #render({ layers, ...of }: Omit<DbtNode, "config" | "dependsOn"> & { layers: Layer[] }): DbtNode {
    const { renderer, target, name: project } = this.#project;
    const node: DbtNode = { ...of, config: {} as Config, dependsOn: [] };
    const reads = (name: string) => {
      if (!node.dependsOn.includes(name)) node.dependsOn.push(name);
      return renderer.relation({ ...target, identifier: name });
    };
    if (of.resource !== "seed") {
      renderer.render(node, {
        ref: reads,
        source: (source, table) => reads(`source.${project}.${source}.${table}`),
        config: (layer) => void layers.push(layer),
        ...{ incremental: false, execute: false },
      });
    }
    node.config = parseConfig(mergeLayers(layers), of.resource, of.test ? `${of.path}: ${of.name}` : of.path);
    if (node.config.alias) node.relation = { ...node.relation, identifier: node.config.alias };
    return node;
  }

  #keep(node: DbtNode): void {
    const standing =
      node.resource === "test" ? this.#project.nodes.get(node.id) : this.#byName.get(node.name);
    if (standing) throw invalid(node.path, `"${node.name}" stands in ${standing.path}, too.`, "Rename one.");
    if (!node.config.enabled) return void this.#disabled.add(node.name);
    this.#project.nodes.set(node.id, node);
    if (node.resource !== "test") this.#byName.set(node.name, node);
  }

  #propertiesOf(resource: Resource, name: string): ResourceProperties | undefined {
    const key = { model: "models", seed: "seeds", snapshot: "snapshots", test: "data_tests" } as const;
    const found = this.#properties.flatMap((each) => each[key[resource]].filter((one) => one.name === name));
    if (found.length > 1)
      throw invalid(`"${name}"`, "Its properties stand in two places.", "Bring them together.");
    return found[0];
  }
}

export function stem(path: string): string {
  return path.replace(/^.*\//, "").replace(/\.\w+$/, "");
}

/** `{% snapshot name %}` blocks of a file. */
export function snapshotBlocks({ path, text }: Source): (Source & { name: string })[] {
  const block = /(\{%-?\s*snapshot\s+(\w+)\s*-?%\})([\s\S]*?)\{%-?\s*endsnapshot\s*-?%\}/g;
  return [...text.matchAll(block)].map(({ index, 1: tag = "", 2: name = "", 3: body = "" }) => {
    return { path, text: body, name, firstLine: 1 + lines(text.slice(0, index + tag.length)) };
  });
}

function layerOf(properties: ResourceProperties | undefined): Layer {
  const { tags, meta, config = {} } = properties ?? {};
  return mergeLayers([{ ...(tags !== undefined && { tags }), ...(meta && { meta }) }, config]);
}

/** What a materialization cannot do without. */
function requireWhole({ resource, name, path, config }: DbtNode): void {
  const keyed = resource === "snapshot" || config.incremental_strategy === "merge";
  const needed = [keyed && config.unique_key.length === 0 && "unique_key, by which a row is found again"];
  if (resource === "snapshot") {
    needed.push(!config.strategy && "strategy; Firn runs timestamp");
    needed.push(!config.updated_at && "updated_at, which tells a row's versions apart");
  }
  for (const lacks of needed)
    if (lacks) throw invalid(path, `"${name}" declares no ${lacks}.`, "Add it to its config.");
}

/** What dbt gives to a template: ref, source, config, var and their like, bound anew for each node. */
import { isMapping, type Layer } from "./config.ts";
import { NamedText, render, Scope, type Source } from "./jinja.ts";
import type { DbtNode, ProjectRequest } from "./project.ts";
import { invalid, refusedMacros, unsupported } from "./unsupported.ts";

/** A table, by dbt's three names. */
export interface Relation {
  database: string;
  schema: string;
  identifier: string;
}

/** Where a project is run: dbt's `target`. `name` is the environment's. */
export interface Target extends Omit<Relation, "identifier"> {
  name: string;
  type: "duckdb" | "snowflake";
}

/** What a node's template is given. */
export interface Binding {
  ref(name: string): NamedText;
  source(source: string, table: string): NamedText;
  config(layer: Layer): void;
  incremental: boolean;
  /** False while only refs and configuration are looked for. */
  execute: boolean;
}

export class Renderer {
  /** The var `as_of`. */
  asOf: unknown;
  readonly #root = new Scope();
  readonly #macros = new Scope(this.#root);
  readonly #target: Target;
  #bound: { node: DbtNode; binding: Binding } | undefined;

  constructor(of: Omit<ProjectRequest, "files"> & { project: string; vars: Layer; macros: Source[] }) {
    this.#target = of.target;
    this.asOf = of.vars.as_of;
    const root = this.#root;
    const { database, schema } = of.target;
    const target = { ...of.target, profile_name: of.project, threads: 1 };
    const given = { target, project_name: of.project, database, schema, range };
    for (const [name, value] of Object.entries(given)) root.set(name, value);
    root.set("var", (name: string, fallback?: unknown) => this.#var(of.vars, name, fallback));
    root.set("ref", (...names: unknown[]) => this.#binding("ref").ref(refName(names)));
    root.set("source", (source: string, table: string) => this.#binding("source").source(source, table));
    root.set("is_incremental", () => this.#binding("is_incremental").incremental);
    root.set("config", (layer: unknown) => {
      this.#binding("config").config(isMapping(layer) ? layer : {});
      return "";
    });
    render({ path: "dbt", text: of.builtIn ?? "" }, root);
    for (const [name, files] of Object.entries(of.packages ?? {})) {
      const scope = new Scope(root);
      for (const [path, text] of Object.entries(files)) render({ path: `${name}/${path}`, text }, scope);
      root.setPackage(name, scope);
    }
    for (const file of of.macros) {
      render(file, this.#macros);
      const changed = [...this.#macros.names.variables.keys()].find((name) => refusedMacros.test(name));
      if (changed) throw unsupported(`the macro "${changed}"`, file.path, "It would change dbt itself.");
    }
    root.setPackage(of.project, this.#macros);
  }

  /** @throws {FirnError} `model.invalid`, `model.unsupported`, each with file and line */
  render(node: DbtNode, binding: Binding): string {
    // An ephemeral model is rendered while the one that names it is.
    const before = this.#bound;
    try {
      this.#bind({ node, binding });
      const scope = new Scope(this.#macros);
      for (const [name, value] of Object.entries(this.#testArguments(node))) scope.set(`arg_${name}`, value);
      return render(node.source, scope);
    } finally {
      if (before) this.#bind(before);
    }
  }

  /** A text of the YAML, rendered where there is something to render. */
  renderText(text: string, path: string): string {
    return text.includes("{{") ? render({ path, text }, this.#macros) : text;
  }

  /** True for a macro of the project, of dbt's own or, with its name before it, of a package. */
  hasMacro(name: string): boolean {
    const [inner = "", space] = name.split(".").reverse();
    if (space === undefined) return this.#macros.names.lookupVariable(inner).type === "FunctionValue";
    const exported = this.#root.names.lookupVariable(space).value;
    return exported instanceof Map && exported.has(inner);
  }

  /** A relation as the warehouse writes it. Snowflake's names are unquoted, as dbt-snowflake has them by default. */
  relation(of: Relation): NamedText {
    const parts = [of.database, of.schema, of.identifier];
    const quoted = parts.map((part) =>
      this.#target.type === "duckdb" ? `"${part.replaceAll('"', '""')}"` : part,
    );
    return this.named(quoted.join("."), of);
  }

  /** A relation that is written otherwise, as an ephemeral model is. */
  named(written: string, { database, schema, identifier }: Relation): NamedText {
    return new NamedText(written, { database, schema, identifier, name: identifier, table: identifier });
  }

  #bind(bound: { node: DbtNode; binding: Binding }): void {
    this.#bound = bound;
    this.#root.set("execute", bound.binding.execute);
    this.#root.set("this", this.relation(bound.node.relation));
  }

  #binding(name: string): Binding {
    if (this.#bound) return this.#bound.binding;
    throw invalid("macros", `${name}() is called outside of a node.`, "Call it in a model.");
  }

  /** What a generic test's macro is given; texts that are calls or templates are rendered, as in dbt. */
  #testArguments({ test, path, config }: DbtNode): Layer {
    if (!test) return {};
    const call = /^\s*(ref|source|var)\s*\(.+\)\s*$/;
    const text = (value: string) => this.renderText(value.replace(call, "{{ $& }}"), path);
    const rendered = (value: unknown) => (typeof value === "string" ? text(value) : value);
    const given = Object.entries(test.arguments).map(([name, value]) => [name, rendered(value)]);
    const model = text(test.on);
    const { where } = config;
    return {
      ...Object.fromEntries(given),
      model: where ? `(select * from ${model} where ${text(where)}) dbt_subquery` : model,
    };
  }

  #var(vars: Layer, name: string, fallback: unknown): unknown {
    if (name === "as_of" && this.asOf !== undefined) return this.asOf;
    const value = Object.hasOwn(vars, name) ? vars[name] : fallback;
    if (value !== undefined) return value;
    throw invalid("", `There is no var "${name}".`, "Add it to vars in dbt_project.yml, or give a default.");
  }
}

/** Python's: from a number, or 0, up to another without it. */
function range(first: number, end?: number, step = 1): number[] {
  const [from, to] = end === undefined ? [0, first] : [first, end];
  return Array.from({ length: Math.max(0, Math.ceil((to - from) / step)) }, (_, at) => from + at * step);
}

function refName(names: unknown[]): string {
  if (names.some((name) => isMapping(name))) throw unsupported("versions of a model");
  return String(names.at(-1));
}

/** What dbt gives to a template: ref, source, config, var and their like, bound anew for each node. */
import { builtins } from "./builtins.ts";
import { isMapping, type Layer } from "./config.ts";
import { NamedText, render, Scope, type Source } from "./jinja.ts";
import { invalid, refusedMacros, unsupported } from "./unsupported.ts";

/** A table, by dbt's three names. */
export interface Relation {
  database: string;
  schema: string;
  identifier: string;
}

/** Where a project is run: dbt's `target`. */
export interface Target {
  /** The environment's name. */
  name: string;
  type: "duckdb" | "snowflake";
  database: string;
  schema: string;
}

/** What a node's template is given. */
export interface Binding {
  ref(name: string): NamedText;
  source(source: string, table: string): NamedText;
  config(layer: Layer): void;
  this: Relation | null;
  incremental: boolean;
  /** False while only refs and configuration are looked for. */
  execute: boolean;
  arguments?: Record<string, unknown>;
}

export class Renderer {
  /** Whether a template has asked for `var('as_of')` since this was last set false. */
  readAsOf = false;
  readonly #root = new Scope();
  readonly #macros = new Scope(this.#root);
  readonly #target: Target;
  #binding: Binding | undefined;
  /** The var of that name. */
  readonly asOf: unknown;

  constructor(of: {
    project: string;
    target: Target;
    vars: Layer;
    macros: readonly Source[];
    packages: Readonly<Record<string, Readonly<Record<string, string>>>>;
  }) {
    this.#target = of.target;
    this.asOf = of.vars.as_of;
    this.#root.set("target", { ...of.target, profile_name: of.project, threads: 1 });
    this.#root.set("project_name", of.project);
    this.#root.set("var", (name: string, fallback?: unknown) => this.#var(of.vars, name, fallback));
    this.#root.set("ref", (...names: unknown[]) => this.#bound("ref").ref(refName(names)));
    this.#root.set("source", (source: string, table: string) => this.#bound("source").source(source, table));
    this.#root.set("is_incremental", () => this.#bound("is_incremental").incremental);
    this.#root.set("config", (layer: unknown) => {
      this.#bound("config").config(isMapping(layer) ? layer : {});
      return "";
    });
    render({ path: "dbt", text: builtins }, this.#root);
    for (const [name, files] of Object.entries(of.packages)) {
      const scope = new Scope(this.#root);
      for (const [path, text] of Object.entries(files)) render({ path: `${name}/${path}`, text }, scope);
      this.#root.setPackage(name, scope);
    }
    for (const file of of.macros) {
      render(file, this.#macros);
      const changed = [...this.#macros.names.variables.keys()].find((name) => refusedMacros.test(name));
      if (changed)
        throw unsupported(`the macro "${changed}"`, "It would change how dbt itself works.", file.path);
    }
    this.#root.setPackage(of.project, this.#macros);
  }

  /** @throws {FirnError} `model.invalid`, `model.unsupported`, each with file and line */
  render(source: Source, binding: Binding): string {
    // An ephemeral model is rendered while the one that names it is.
    const before = this.#binding;
    try {
      return render(source, this.#bind(binding));
    } finally {
      if (before) this.#bind(before);
    }
  }

  #bind(binding: Binding): Scope {
    this.#binding = binding;
    this.#root.set("execute", binding.execute);
    this.#root.set("this", binding.this ? this.relation(binding.this) : null);
    const scope = new Scope(this.#macros);
    for (const [name, value] of Object.entries(binding.arguments ?? {})) scope.set(name, value);
    return scope;
  }

  /** Renders what stands in YAML, where there is something to render. */
  renderValue(value: unknown, path: string): unknown {
    if (typeof value === "string")
      return value.includes("{{") ? render({ path, text: value }, this.#root) : value;
    if (Array.isArray(value)) return value.map((each) => this.renderValue(each, path));
    if (!isMapping(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [name, this.renderValue(each, path)]),
    );
  }

  hasMacro(name: string): boolean {
    const [scope, inner] = name.split(".");
    if (inner === undefined) return this.#macros.has(name) || this.#root.has(name);
    const exported = this.#root.names.variables.get(scope ?? "")?.value;
    return exported instanceof Map && exported.has(inner);
  }

  /** A relation as the warehouse writes it. Snowflake's names are unquoted, as dbt-snowflake has them by default. */
  relation(of: Relation): NamedText {
    const parts = [of.database, of.schema, of.identifier];
    const quoted =
      this.#target.type === "duckdb" ? parts.map((part) => `"${part.replaceAll('"', '""')}"`) : parts;
    return this.text(quoted.join("."), of);
  }

  /** A relation that is written otherwise, as an ephemeral model is. */
  text(written: string, of: Relation): NamedText {
    return new NamedText(written, { ...of, name: of.identifier, table: of.identifier });
  }

  #bound(name: string): Binding {
    if (this.#binding) return this.#binding;
    throw invalid(
      "macros",
      `${name}() is called outside of a node.`,
      "Only a node has one.",
      "Call it in a model.",
    );
  }

  #var(vars: Layer, name: string, fallback: unknown): unknown {
    if (name === "as_of") this.readAsOf = true;
    if (Object.hasOwn(vars, name)) return vars[name];
    if (fallback !== undefined) return fallback;
    throw invalid(
      "vars",
      `There is no var "${name}".`,
      "A template asks for it without a default.",
      "Add it to vars in dbt_project.yml.",
    );
  }
}

function refName(names: unknown[]): string {
  if (names.some((name) => isMapping(name))) throw unsupported("versions of a model");
  return String(names.at(-1));
}

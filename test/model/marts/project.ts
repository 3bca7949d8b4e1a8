/**
 * A team's dbt project as these tests see it: its files, its nodes, and its models rendered for one warehouse.
 *
 * Renders only what the marts use, apart from Firn's own runner, so that their SQL is judged by itself.
 */
import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Environment, Interpreter, parse, tokenize } from "@huggingface/jinja";
import { parse as parseYaml } from "yaml";
import { dbtUtils } from "#model/macros/dbt_utils";

export const teams = ["commerce", "learning"] as const;
export type TeamName = (typeof teams)[number];

/** What schema.yml says of a model, a snapshot or a column. */
export interface Described {
  name: string;
  description?: string;
  config?: { meta?: Record<string, unknown> };
  columns?: Described[];
}

export interface Project {
  team: TeamName;
  /** Texts by path of models, macros, tests and snapshots. */
  files: Record<string, string>;
  /** SQL of models by name. */
  models: Map<string, string>;
  /** SQL of tests of its own, by name: each selects the rows that are wrong. */
  tests: Map<string, string>;
  /** What the schema files say of models and snapshots, by name. */
  described: Map<string, Described>;
  vars: Record<string, unknown>;
}

export function folderOf(team: TeamName): string {
  const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
  return join(root, "stacks", "teams", team);
}

export function readProject(team: TeamName): Project {
  const folder = folderOf(team);
  const paths = globSync("{models,macros,tests,snapshots}/**/*.{sql,yml}", { cwd: folder }).sort();
  const files = Object.fromEntries(paths.map((path) => [path, readFileSync(join(folder, path), "utf8")]));
  const sqlOf = (room: string) =>
    new Map(
      paths
        .filter((path) => path.startsWith(`${room}/`) && path.endsWith(".sql"))
        .map((path) => [basename(path, ".sql"), files[path] ?? ""]),
    );
  const schemas = paths
    .filter((path) => path.endsWith(".yml"))
    .map((path) => parseYaml(files[path] ?? "") as { models?: Described[]; snapshots?: Described[] });
  const nodes = schemas.flatMap(({ models = [], snapshots = [] }) => [...models, ...snapshots]);
  const { vars } = parseYaml(readFileSync(join(folder, "dbt_project.yml"), "utf8"));
  return {
    team,
    files,
    models: sqlOf("models"),
    tests: sqlOf("tests"),
    described: new Map(nodes.map((node) => [node.name, node])),
    vars: vars ?? {},
  };
}

export interface Rendered {
  sql: string;
  config: Record<string, unknown>;
  refs: string[];
}

interface Setting {
  type: "duckdb" | "snowflake";
  incremental: boolean;
}

/** The SQL of a model or test and what it configures; ephemeral models stand in it as subqueries. */
export function render(project: Project, name: string, setting: Setting): Rendered {
  const config: Record<string, unknown> = {};
  const refs: string[] = [];
  const environment = new Environment();
  const given: Record<string, unknown> = {
    ref: (model: string) => {
      refs.push(model);
      return model.startsWith("int_") ? `(${render(project, model, setting).sql})` : `gold.${model}`;
    },
    source: (schema: string, table: string) => `${schema}.${table}`,
    config: (options: unknown) => {
      Object.assign(config, plain(options));
      return "";
    },
    is_incremental: () => setting.incremental,
    var: (key: string) => ({ as_of: "2013-11-17T06:00:00.000Z", ...project.vars })[key],
    this: `gold.${name}`,
    target: { type: setting.type, schema: "gold" },
    none: null,
    true: true,
    false: false,
  };
  for (const [key, value] of Object.entries(given)) environment.set(key, value);
  const own = Object.entries(project.files).filter(([path]) => path.startsWith("macros/"));
  const packaged = Object.entries(dbtUtils).filter(([path]) => !path.includes("generic_tests"));
  const macros = [...own, ...packaged].map(([, text]) => text).join("");
  const template = `${macros}${project.models.get(name) ?? project.tests.get(name) ?? ""}`.replaceAll(
    "dbt_utils.",
    "",
  );
  const sql = new Interpreter(environment).run(parse(tokenize(template))).value;
  return { sql: String(sql).trim(), config, refs };
}

/** What the template engine keeps in wrappers, without them. */
function plain(value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, each]) => [key, plain(each)]));
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  if ("type" in value && "value" in value) return plain(value.value);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}

/** The configuration of a node: what dbt_project.yml, the properties and the file itself say, the nearest last. */
import { z } from "zod";
import { invalid, refusedConfig, unsupported } from "./unsupported.ts";

export type Resource = "model" | "snapshot" | "seed" | "test";
export type Layer = Record<string, unknown>;

const texts = z
  .union([
    z.string().transform((one) => (one === "" ? [] : [one])),
    z.array(z.string()),
    z.null().transform((): string[] => []),
  ])
  .default([]);
const config = z.strictObject({
  materialized: z.enum(["view", "table", "ephemeral", "incremental", "snapshot", "seed", "test"]),
  enabled: z.boolean().default(true),
  tags: texts,
  meta: z.record(z.string(), z.unknown()).default({}),
  alias: z.string().optional(),
  description: z.string().optional(),
  docs: z.unknown().optional(),
  unique_key: texts,
  /** Default as in dbt-duckdb: delete+insert, which without a unique_key is append. */
  incremental_strategy: z.enum(["append", "merge", "delete+insert"]).optional(),
  on_schema_change: z.enum(["ignore", "fail", "append_new_columns"]).default("ignore"),
  /** True: made anew by every run; false: by none. */
  full_refresh: z.boolean().nullish(),
  strategy: z.enum(["timestamp"]).optional(),
  updated_at: z.string().optional(),
  quote_columns: z.literal(false).optional(),
  column_types: z.record(z.string(), z.string()).default({}),
  severity: z
    .string()
    .toLowerCase()
    .pipe(z.enum(["error", "warn"]))
    .default("error"),
  where: z.string().optional(),
  /** dbt-snowflake's: columns or expressions the table is clustered by. */
  cluster_by: texts,
  automatic_clustering: z.boolean().optional(),
});
export type Config = z.infer<typeof config>;

/** The later layer wins; tags add up and meta is merged, as in dbt. */
export function mergeLayers(layers: readonly Layer[]): Layer {
  const merged: Layer = {};
  const list = (value: unknown) => (value === undefined ? [] : [value].flat());
  for (const [name, value] of layers.flatMap((layer) => Object.entries(layer))) {
    const key = name.replace(/^\+/, "").replace("_hook", "-hook");
    if (key === "tags") merged.tags = [...new Set([...list(merged.tags), ...list(value)])];
    else if (key === "meta") merged.meta = { ...(merged.meta as Layer), ...(value as Layer) };
    else merged[key] = value;
  }
  return merged;
}

/** @throws {FirnError} `model.unsupported` for a key or value Firn does not run, `model.invalid` */
export function parseConfig(layer: Layer, resource: Resource, at: string): Config {
  const { materialized: asked = "" } = layer;
  if (resource === "model" && ["snapshot", "seed", "test"].includes(String(asked)))
    throw unsupported(`materialized: ${asked} of a model`, at);
  const materialized = resource === "model" ? (layer.materialized ?? "view") : resource;
  const parsed = config.safeParse({ ...layer, materialized });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (issue?.code === "unrecognized_keys") {
    const key = String(issue.keys[0]);
    throw unsupported(`the config "${key}"`, at, refusedConfig[key]);
  }
  const key = String(issue?.path[0]);
  if (issue?.code === "invalid_value") throw unsupported(`${key}: ${String(layer[key])}`, at);
  throw invalid(at, `The config "${key}" is wrong: ${issue?.message}.`, "Mend it.");
}

/**
 * What dbt_project.yml says of a node: keys of its tree from the project's name down the node's folders.
 *
 * A key with a plus is configuration; one without is a folder, or configuration where it is no mapping.
 */
export function projectLayers(tree: Layer, fqn: readonly string[]): Layer[] {
  const own = Object.entries(tree).filter(([name, value]) => name.startsWith("+") || !isMapping(value));
  const [first = "", ...rest] = fqn;
  const next = tree[first];
  return [Object.fromEntries(own), ...(isMapping(next) ? projectLayers(next, rest) : [])];
}

export function isMapping(value: unknown): value is Layer {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

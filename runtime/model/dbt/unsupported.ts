import { FirnError } from "#core/errors";

/** What dbt has and Firn does not run is refused by name; nothing is skipped in silence. */
export function unsupported(feature: string, at = "", instead = ""): FirnError {
  return new FirnError("model.unsupported", {
    what: `${at ? `${at}: ` : ""}Firn does not run ${feature}.`,
    why: `${instead ? `${instead} ` : ""}It runs the part of dbt that projects use daily, and refuses the rest by name rather than skip it.`,
    fix: "Do without, or run this project with dbt itself: the same files work with dbt-duckdb and dbt-snowflake (docs/dbt.md).",
  });
}

/** Something in a project that dbt would refuse, too. */
export function invalid(at: string, what: string, fix: string, cause?: unknown): FirnError {
  const why = "A project is read whole before anything of it is run; nothing was built.";
  return new FirnError("model.invalid", { what: `${at}: ${what}`, why, fix, cause });
}

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Jinja tags. */
export const refusedTags = words("materialization docs do call raw import include from extends block");

/** Names that dbt gives to templates. */
export const refusedNames = words(`
  adapter api builtins caller context database dbt dbt_metadata_envs dbt_version diff_of_two_dicts dispatch doc
  env_var exceptions flags fromjson fromyaml graph invocation_args_dict invocation_id load_relation load_result
  local_md5 log metric model modules post_hooks pre_hooks print return run_query run_started_at schema schemas
  selected_resources set set_strict sql statement store_raw_result store_result thread_id tojson toyaml
  try_or_compiler_error zip zip_strict`);

/** Macros that change how dbt itself works, where a project defines one. */
export const refusedMacros =
  /^(generate_(schema|alias|database)_name|ref|source|config|var|is_incremental|should_full_refresh|(default|duckdb|snowflake)__\w+|get_where_subquery|get_\w+_sql|create_\w+_as|test_(not_null|unique|accepted_values|relationships)|snapshot_\w+|run_hooks)$/;

const hooks = "A hook runs apart from its model, so a run killed between the two could not be repeated.";
const schemas = "A team's gold is one schema, so that its grants stand on it.";
/** Why some of the configuration is refused. */
export const refusedConfig: Record<string, string> = {
  ...{ "pre-hook": hooks, "post-hook": hooks, schema: schemas, target_schema: schemas },
  grants: "Grants come from the team's declaration.",
  contract: "Tests hold columns to what is promised.",
};

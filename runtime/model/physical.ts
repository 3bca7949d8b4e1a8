/**
 * How a table lies in Snowflake, as its config declares: clustering, search optimisation, an aggregate that the
 * warehouse keeps up to date. DuckDB has none of these: there the same models are plain tables.
 */
import { shareProcedure } from "#core/names";
import type { Release } from "#release";
import type { Dialect } from "#sql/dialect";
import { isMapping } from "./dbt/config.ts";
import type { DbtNode } from "./dbt/project.ts";
import { invalid } from "./dbt/unsupported.ts";
import { tableOf } from "./plan.ts";

/**
 * What is done to a table once it was made anew. Each costs credits in the background from then on.
 *
 * @see https://docs.snowflake.com/en/user-guide/tables-clustering-keys
 * @see https://docs.snowflake.com/en/user-guide/search-optimization-service
 * @param enterprise the account has search optimisation; without it a table is read as it lies
 * @throws {FirnError} `model.invalid` for a meta that is wrong
 */
export function planPhysical(dialect: Dialect, node: DbtNode, enterprise: boolean): string[] {
  const { searched } = metaOf(node);
  if (dialect.name !== "snowflake") return [];
  const { cluster_by: keys, automatic_clustering } = node.config;
  const table = dialect.table(tableOf(node));
  return [
    ...(keys.length > 0 ? [`ALTER TABLE ${table} CLUSTER BY (${keys.join(", ")})`] : []),
    ...(automatic_clustering === false ? [`ALTER TABLE ${table} SUSPEND RECLUSTER`] : []),
    ...(searched && enterprise
      ? [`ALTER TABLE ${table} ADD SEARCH OPTIMIZATION ON EQUALITY(${searched.join(", ")})`]
      : []),
  ];
}

/**
 * A dynamic table in place of a model's own, or null where it declares none. A materialized view would not do:
 * Snowflake's take neither joins nor COUNT(DISTINCT).
 *
 * @param warehouse the one that refreshes it
 * @see https://docs.snowflake.com/en/user-guide/dynamic-tables-about
 */
export function planAggregate(
  dialect: Dialect,
  node: DbtNode,
  sql: string,
  warehouse: string,
): string | null {
  const { lagMinutes } = metaOf(node);
  if (dialect.name !== "snowflake" || lagMinutes === null) return null;
  return (
    `CREATE OR REPLACE DYNAMIC TABLE ${dialect.table(tableOf(node))} TARGET_LAG = '${lagMinutes} minutes' ` +
    `WAREHOUSE = ${dialect.id(warehouse)} AS (\n${sql}\n)`
  );
}

/**
 * Grants a model to the teams that it is shared with; done after each build, since a table or view that was made
 * anew has lost its grants. The writer may grant nothing itself: it asks a procedure of the schemas' owner, which
 * knows the grants that are declared.
 */
export function planShare(
  dialect: Dialect,
  { names, shares = [] }: Pick<Release, "names" | "shares">,
  { resource, relation }: DbtNode,
): string[] {
  const shared = resource !== "test" && shares.includes(relation.identifier.toLowerCase());
  if (dialect.name !== "snowflake" || !shared) return [];
  const procedure = dialect.table({ schema: names.ledger, name: shareProcedure });
  return [`CALL ${procedure}(${dialect.text(relation.identifier.toUpperCase())})`];
}

/** What the model's meta says of Snowflake: columns looked up by equality, and how old an aggregate may be. */
function metaOf({ path, name, config }: DbtNode): { searched: string[] | null; lagMinutes: number | null } {
  const { search_optimization: searched = null, materialized_aggregate: aggregate = null } = config.meta;
  const lag = isMapping(aggregate) ? aggregate.target_lag_minutes : aggregate;
  const wrong = (what: string) => invalid(path, `The meta of "${name}" is wrong: ${what}.`, "Mend it.");
  if (searched !== null && !(isTexts(searched) && searched.length > 0))
    throw wrong("search_optimization takes a list of columns");
  if (lag !== null && !(Number.isSafeInteger(lag) && Number(lag) >= 1))
    throw wrong("materialized_aggregate takes target_lag_minutes, a whole number from 1");
  return { searched, lagMinutes: lag === null ? null : Number(lag) };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

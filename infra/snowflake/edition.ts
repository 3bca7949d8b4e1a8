import { FirnError } from "#core/errors";
import type { Workload } from "#firn";
import type { Scope } from "../scope.ts";

/**
 * Refuses what the account's edition of Snowflake does not have, every place at once. More than a day of Time
 * Travel is refused where the environment is read.
 *
 * @throws {FirnError} `infra.edition`
 * @see https://docs.snowflake.com/en/user-guide/intro-editions
 */
export function requireEdition(scopes: readonly Scope[]): void {
  const problems = scopes.flatMap((scope) => [...maskedColumns(scope), ...multiCluster(scope)]);
  const [environment] = scopes.map((scope) => scope.environment);
  if (environment?.cloud.snowflake.edition !== "standard" || problems.length === 0) return;
  throw new FirnError("infra.edition", {
    what: `Environment "${environment.name}" is of edition standard, but ${problems.length === 1 ? "this needs" : "these need"} enterprise:\n  - ${problems.join("\n  - ")}\n`,
    why: "Snowflake has masking policies and multi-cluster warehouses from edition enterprise on. Nothing was made.",
    fix: `Declare the edition that the account has in stacks/environments/${environment.name}.ts, or write pii: "hash" or "drop", and clustersMax: 1.`,
  });
}

function maskedColumns({ team }: Scope): string[] {
  return team.pipelines.flatMap(({ name, columns }) =>
    Object.entries(columns)
      .filter(([, { pii }]) => pii === "mask")
      .map(([column]) => `team ${team.name}, pipeline ${name}, column ${column}: pii: "mask"`),
  );
}

function multiCluster({ team, environment, warehouses }: Scope): string[] {
  return (Object.keys(warehouses) as Workload[]).flatMap((workload) => {
    const { clustersMin = 1, clustersMax = clustersMin } = warehouses[workload] ?? {};
    if (Math.max(clustersMin, clustersMax) <= 1) return [];
    const own = team.warehouses?.[workload];
    const by =
      own?.clustersMax === undefined && own?.clustersMin === undefined
        ? `environment ${environment.name}`
        : `team ${team.name}`;
    return [
      `team ${team.name}, warehouse ${workload}: clustersMax ${Math.max(clustersMin, clustersMax)}, declared by ${by}`,
    ];
  });
}

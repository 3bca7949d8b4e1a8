/** A team's warehouses and the monitors that stop them. Pure. */
import { FirnError } from "#core/errors";
import { type Budget, type WarehouseSpec, type Workload, warehouseSizes } from "#firn";
import { type Keeping, keepingOf } from "../../keeping.ts";
import type { Scope } from "../../scope.ts";

export interface WarehousePlan {
  workload: Workload;
  name: string;
  /** Taken over, not made. */
  adopted: boolean;
  /** Nothing lies in a warehouse, so one that Firn made goes with its declaration. What it did not make it does not drop. */
  keeping: Keeping;
  size: string;
  autoSuspendSeconds: number;
  /** Absent on edition standard, which has one cluster and no word for it. */
  clusters?: { min: number; max: number; scaling: "STANDARD" | "ECONOMY" };
  statementSecondsMax: number;
  queuedSecondsMax: number;
  /** The one monitor it has: Snowflake allows no second. */
  monitor?: string;
  comment: string;
}

/** Percentages are of the quota, which Snowflake takes in whole credits only. */
export interface MonitorPlan {
  name: string;
  quotaCredits: number;
  notifyAt: number[];
  suspendAt: number;
  suspendImmediatelyAt: number;
}

export interface WarehousesPlan {
  warehouses: WarehousePlan[];
  monitors: MonitorPlan[];
}

/**
 * What statements that run may spend beyond a budget before they are cancelled.
 *
 * @see https://docs.snowflake.com/en/user-guide/resource-monitors
 */
const cancelAtShare = 1.1;

/**
 * Plans every warehouse with suspend, timeouts and a monitor.
 *
 * A warehouse has one monitor at most. So one with a `budgetShareMax` has its own and leaves the team's, whose quota
 * is what the shares leave: together they are the budget, whatever runs.
 *
 * Monitors have no start and no frequency: then the quota is counted by calendar months, as the budget is, and
 * nothing can drift. A start in the past is refused by Snowflake, so that a fixed one would fail for each team that
 * comes later.
 *
 * @throws {FirnError} `infra.quota` for a size above the environment's; `infra.config` without a budget in
 *   production, for shares that are more than the budget, and for a workload without its warehouse
 */
export function planWarehouses(scope: Scope): WarehousesPlan {
  const specs = Object.entries(scope.warehouses) as [Workload, WarehouseSpec][];
  for (const [workload, spec] of specs) requireSize(scope, workload, spec);
  requireBudget(scope);
  const monitorOf = planMonitorNames(scope, specs);
  return {
    warehouses: specs.map(([workload, spec]) => planWarehouse(scope, workload, spec, monitorOf[workload])),
    monitors: scope.budget ? planMonitors(scope, specs, scope.budget) : [],
  };
}

function planWarehouse(
  scope: Scope,
  workload: Workload,
  spec: WarehouseSpec,
  monitor: string | undefined,
): WarehousePlan {
  const { environment, team, names } = scope;
  const { clustersMin = 1 } = spec;
  const adopted = team.adopt?.[environment.name]?.warehouses?.[workload] !== undefined;
  return {
    workload,
    name: names.snowflake.warehouses[workload] ?? "",
    adopted,
    keeping: { protect: adopted && keepingOf(scope).protect, retainOnDelete: adopted },
    size: (spec.size ?? "X-Small").toUpperCase(),
    autoSuspendSeconds: spec.autoSuspendSeconds ?? 60,
    ...(environment.cloud.snowflake.edition !== "standard" && {
      clusters: {
        min: clustersMin,
        max: Math.max(clustersMin, spec.clustersMax ?? 1),
        scaling: spec.scaling === "economy" ? "ECONOMY" : "STANDARD",
      },
    }),
    statementSecondsMax: spec.statementSecondsMax ?? 3_600,
    queuedSecondsMax: spec.queuedSecondsMax ?? 600,
    ...(monitor && { monitor }),
    comment: `Firn: team ${team.name} in ${environment.name}, ${workload}`,
  };
}

/** A share of all the budget is no share: such a warehouse stays with the team's monitor. */
function ownShare({ budgetShareMax = 1 }: WarehouseSpec): number | null {
  return budgetShareMax < 1 ? budgetShareMax : null;
}

function planMonitorNames(
  { budget, names }: Scope,
  specs: [Workload, WarehouseSpec][],
): Partial<Record<Workload, string>> {
  if (!budget) return {};
  return Object.fromEntries(
    specs.map(([workload, spec]) => [
      workload,
      ownShare(spec) === null
        ? names.snowflake.monitor
        : `${names.snowflake.monitor}_${workload.toUpperCase()}`,
    ]),
  );
}

function planMonitors(scope: Scope, specs: [Workload, WarehouseSpec][], budget: Budget): MonitorPlan[] {
  const shares = specs.flatMap(([workload, spec]) => {
    const share = ownShare(spec);
    return share === null ? [] : [{ workload, share }];
  });
  // In millionths, so that 0.7 and 0.3 are a whole.
  const left = 1 - shares.reduce((sum, { share }) => sum + Math.round(share * 1e6), 0) / 1e6;
  const others = specs.length > shares.length;
  if (left < 0 || (others && left === 0)) {
    throw new FirnError("infra.config", {
      what: `Team "${scope.team.name}" shares out ${percent(1 - left)} % of its budget to ${shares.map(({ workload, share }) => `${workload} (${share})`).join(" and ")}${others && left === 0 ? ", and leaves nothing for its other warehouses" : ""}.`,
      why: "Snowflake gives a warehouse one monitor: one with a share of its own is not counted in the team's, so shares must add up to less than the budget.",
      fix: `Lower budgetShareMax in stacks/teams/${scope.team.name}/team.ts or in stacks/environments/${scope.environment.name}.ts.`,
    });
  }
  const { names } = scope;
  return [
    ...(others ? [monitorOf(names.snowflake.monitor, budget, left)] : []),
    ...shares.map(({ workload, share }) =>
      monitorOf(`${names.snowflake.monitor}_${workload.toUpperCase()}`, budget, share),
    ),
  ];
}

function monitorOf(name: string, budget: Budget, share: number): MonitorPlan {
  const credits = budget.creditsPerMonth * share;
  const quotaCredits = Math.ceil(Number(credits.toFixed(6)));
  const of = (shareOfCredits: number) =>
    Math.max(1, Math.floor((100 * credits * shareOfCredits) / quotaCredits + 1e-6));
  const suspendAt = of(1);
  return {
    name,
    quotaCredits,
    notifyAt: [...new Set((budget.alertAtShares ?? [0.5, 0.8, 1]).map(of))].sort((one, other) => one - other),
    suspendAt,
    suspendImmediatelyAt: Math.max(suspendAt + 1, of(cancelAtShare)),
  };
}

function requireSize(
  { environment, team }: Scope,
  workload: Workload,
  { size = "X-Small" }: WarehouseSpec,
): void {
  const { warehouseSizeMax: most } = environment.cloud;
  if (warehouseSizes.indexOf(size) <= warehouseSizes.indexOf(most)) return;
  const file =
    team.warehouses?.[workload]?.size === undefined
      ? `stacks/environments/${environment.name}.ts`
      : `stacks/teams/${team.name}/team.ts`;
  throw new FirnError("infra.quota", {
    what: `Warehouse "${workload}" of team "${team.name}" is ${size}, larger than ${most}.`,
    why: `Environment "${environment.name}" allows ${most} at most (warehouseSizeMax): each size costs twice the one before.`,
    fix: `Write size: "${most}" or a smaller one in ${file}, or raise warehouseSizeMax in stacks/environments/${environment.name}.ts.`,
  });
}

/** Without a budget nothing would ever stop a warehouse: elsewhere a choice, in production a mistake. */
function requireBudget({ environment, team, budget }: Scope): void {
  if (budget || !environment.cloud.production) return;
  throw new FirnError("infra.config", {
    what: `Team "${team.name}" has no budget in production environment "${environment.name}".`,
    why: "Its warehouses would have no resource monitor, and a statement gone wild would cost without end.",
    fix: `Declare budget: { creditsPerMonth: ... } in stacks/teams/${team.name}/team.ts, or in stacks/environments/${environment.name}.ts for every team without one.`,
  });
}

function percent(share: number): number {
  return Math.round(share * 100);
}

/** All that a team has in Snowflake, planned. Pure. */
import { requireDistinct } from "../names.ts";
import type { Scope } from "../scope.ts";
import { type DatabasePlan, planDatabase } from "./database/plan.ts";
import { type IntegrationPlan, planIntegration } from "./integration/plan.ts";
import { type MaskPlan, planMasks } from "./masking/plan.ts";
import { planGrants, type SnowflakeGrant } from "./roles/grants.ts";
import { planRoles, type RolePlan } from "./roles/plan.ts";
import { planShares, type SharePlan } from "./sharing/plan.ts";
import { planTags, type TagPlan } from "./tags/plan.ts";
import { planUsers, type UsersPlan } from "./users/plan.ts";
import { planWarehouses, type WarehousesPlan } from "./warehouses/plan.ts";

export interface SnowflakePlan {
  database: DatabasePlan;
  warehouses: WarehousesPlan;
  roles: RolePlan[];
  grants: SnowflakeGrant[];
  users: UsersPlan;
  integration: IntegrationPlan;
  masks: MaskPlan[];
  shares: SharePlan | null;
  tags: TagPlan[];
}

/** @throws {FirnError} `infra.quota`, `infra.config` */
export function planSnowflake(scope: Scope): SnowflakePlan {
  return {
    database: planDatabase(scope),
    warehouses: planWarehouses(scope),
    roles: planRoles(scope),
    grants: planGrants(scope),
    users: planUsers(scope),
    integration: planIntegration(scope),
    masks: planMasks(scope),
    shares: planShares(scope),
    tags: planTags(scope),
  };
}

/**
 * Refuses teams that would share a role, a user, a warehouse or anything else of the account: `shop`'s owner of the
 * ledger and `shop_ledger`'s owner would be one.
 *
 * @param scopes of all teams there are, selected or not
 * @throws {FirnError} `infra.name_taken`
 */
export function requireOwnNames(scopes: readonly Scope[]): void {
  requireDistinct(
    scopes.flatMap((scope) => {
      const { database, warehouses, monitor, roles, users, integration, networkPolicy } =
        scope.names.snowflake;
      const named: [kind: string, names: string[]][] = [
        ["Snowflake database", [database]],
        ["Snowflake warehouse", Object.values(warehouses)],
        // A warehouse's own monitor has the team's for its beginning.
        [
          "resource monitor",
          [monitor, ...Object.keys(warehouses).map((each) => `${monitor}_${each.toUpperCase()}`)],
        ],
        ["Snowflake role", Object.values(roles)],
        ["Snowflake user", Object.values(users)],
        ["storage integration", [integration]],
        ["network policy", [networkPolicy]],
      ];
      return named.flatMap(([kind, names]) =>
        names.map((name) => ({ kind, name, of: `team "${scope.team.name}"` })),
      );
    }),
  );
}

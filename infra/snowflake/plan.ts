/** All that a team has in Snowflake, planned. Pure. */
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

/** Who can reach what in an environment, from its declarations alone. Pure. */

import { planIdentities } from "../identities/plan.ts";
import { planLake } from "../lake/plan.ts";
import { arn } from "../names.ts";
import type { Scope } from "../scope.ts";
import { planSnowflake } from "../snowflake/plan.ts";
import { planAlarms } from "../watch/alarms.ts";
import type { DeclaredGrant, Facts } from "./facts.ts";
import { fromPlanned, type TeamPlans } from "./planned.ts";

/** @param scopes of all teams of an environment: what one may reach depends on all */
export function accessOf(scopes: readonly Scope[]): Facts {
  return fromPlanned(scopes.map(plansOf));
}

/** A team's planners, a line for each idea that gives or guards access. */
export function plansOf(scope: Scope): TeamPlans {
  const lake = planLake(scope);
  return {
    scope,
    roles: planIdentities(scope).map(({ role, trust }) => ({ name: role, trust, policies: [] })),
    guards: [
      ...Object.values(lake.zones).map(({ bucket, policy }) => ({ name: bucket, policy })),
      { name: lake.key.alias, policy: lake.key.policy },
    ],
    runs: [],
    wires: planAlarms(scope).map(({ name, topic }) => ({
      from: arn(scope, "cloudwatch", `alarm:${name}`),
      to: topic,
      verb: "write",
    })),
    snowflake: planSnowflake(scope),
  };
}

/** What teams grant each other, by the names that Snowflake has for it. */
export function declaredGrants(scopes: readonly Scope[]): DeclaredGrant[] {
  return scopes.flatMap(({ team, names }) =>
    (team.grants ?? []).flatMap(({ to, models }) =>
      models.map((model) => ({
        from: team.name,
        to,
        database: names.snowflake.database,
        schema: "GOLD",
        model: model.toUpperCase(),
      })),
    ),
  );
}

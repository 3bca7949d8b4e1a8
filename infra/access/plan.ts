/** Who can reach what in an environment, from its declarations alone. Pure. */

import { planAlerts, planForwarding } from "../alerts/plan.ts";
import { unbuilt } from "../archives/plan.ts";
import { type FunctionPlan, planFunctions } from "../functions/plan.ts";
import { allow, policyOf } from "../iam.ts";
import { planIdentities } from "../identities/plan.ts";
import { planInbox } from "../inbox/plan.ts";
import { planLake } from "../lake/plan.ts";
import { planMachines } from "../machines/plan.ts";
import { arn, type Site } from "../names.ts";
import { planPlatform } from "../platform/plan.ts";
import { planSchedules } from "../schedules/plan.ts";
import { functionArn, roleArn, type Scope } from "../scope.ts";
import { planSnowflake } from "../snowflake/plan.ts";
import { planAlarms } from "../watch/alarms.ts";
import type { DeclaredGrant, Facts } from "./facts.ts";
import { fromPlanned, type OwnPlans, type TeamPlans } from "./planned.ts";

/** @param scopes of all teams of an environment: what one may reach depends on all */
export function accessOf(scopes: readonly Scope[]): Facts {
  const [site] = scopes;
  if (!site) throw new TypeError("an environment without teams gives access to nothing");
  return fromPlanned(scopes.map(plansOf), platformPlans(site));
}

/** What a team's planners say: who can reach what is the same whatever the code, so nothing is built for it. */
export function plansOf(scope: Scope): TeamPlans {
  const parts = [dataOf(scope), callsOf(scope), wakingOf(scope), tellingOf(scope)];
  return {
    scope,
    roles: parts.flatMap(({ roles = [] }) => roles),
    guards: parts.flatMap(({ guards = [] }) => guards),
    runs: parts.flatMap(({ runs = [] }) => runs),
    wires: parts.flatMap(({ wires = [] }) => wires),
    snowflake: planSnowflake(scope),
  };
}

/** What the teams share: a key, and what forwards their alerts. */
function platformPlans(site: Site): OwnPlans {
  const { key } = planPlatform(site);
  const forwarding = planForwarding(site, unbuilt);
  const own = forwarding ? functionsAs([forwarding.function]) : { roles: [], runs: [] };
  return {
    ...own,
    guards: [
      { name: key.alias, policy: key.policy },
      ...(forwarding ? [standing(forwarding.deadLetters)] : []),
    ],
    wires: [],
  };
}

/** The lake, and the names that Snowflake knows functions by. */
function dataOf(scope: Scope): Partial<OwnPlans> {
  const { key, zones } = planLake(scope);
  return {
    roles: planIdentities(scope).map(({ role, trust }) => ({ name: role, trust, policies: [] })),
    guards: [
      ...Object.values(zones).map(({ bucket, policy }) => ({ name: bucket, policy })),
      { name: key.alias, policy: key.policy },
    ],
  };
}

/** Functions, and the state machines that call them. */
function callsOf(scope: Scope): Partial<OwnPlans> {
  const functions = functionsAs(planFunctions(scope, unbuilt));
  const { role, machines } = planMachines(scope, unbuilt);
  return {
    roles: [...functions.roles, asRole(role)],
    runs: [
      ...functions.runs,
      ...machines.map(({ name }) => ({ kind: "machine" as const, name, role: role.name })),
    ],
  };
}

/** What sets the team's state machines going: rules and schedules by way of the queue of wake-ups. */
function wakingOf(scope: Scope): Partial<OwnPlans> {
  const { queue, deadLetters, rules } = planInbox(scope);
  const { role, group, schedules } = planSchedules(scope, unbuilt.heartbeat);
  const queueArn = arn(scope, "sqs", queue.name);
  return {
    roles: [asRole(role)],
    guards: [standing(queue), standing(deadLetters)],
    wires: [
      ...rules.map(({ name }) => ({
        from: arn(scope, "events", `rule/${name}`),
        to: queueArn,
        verb: "write" as const,
      })),
      ...schedules.flatMap(({ name, targetArn }) => {
        const from = arn(scope, "scheduler", `schedule/${group}/${name}`);
        return [
          { from, to: targetArn, verb: "write" as const },
          { from, to: roleArn(scope, role.name), verb: "invoke" as const },
        ];
      }),
      { from: queueArn, to: functionArn(scope, "waker"), verb: "invoke" },
    ],
  };
}

/** Alarms, the topic they tell, and the function that the topic tells. */
function tellingOf(scope: Scope): Partial<OwnPlans> {
  const { topic, topicArn, policy, forward } = planAlerts(scope, unbuilt);
  return {
    guards: [{ name: topic, policy }, ...(forward ? [mayForward(forward.functionName, topicArn)] : [])],
    wires: [
      ...(forward ? [{ from: topicArn, to: forward.functionArn, verb: "invoke" as const }] : []),
      ...planAlarms(scope).map(({ name, topic: to }) => ({
        from: arn(scope, "cloudwatch", `alarm:${name}`),
        to,
        verb: "write" as const,
      })),
    ],
  };

  /** The statement of the function's policy that Lambda makes of a permission. */
  function mayForward(name: string, from: string): OwnPlans["guards"][number] {
    const own = arn(scope, "lambda", `function:${name}`);
    const statement = allow("Forward", ["lambda:InvokeFunction"], [own, `${own}:*`], {
      ArnLike: { "aws:SourceArn": from },
    });
    return { name, policy: policyOf({ ...statement, Principal: { Service: "sns.amazonaws.com" } }) };
  }
}

function functionsAs(functions: readonly FunctionPlan[]): Pick<OwnPlans, "roles" | "runs"> {
  return {
    roles: functions.map(({ role }) => asRole(role)),
    runs: functions.map(({ name, role }) => ({ kind: "function", name, role: role.name })),
  };
}

function asRole({ name, trust, policy }: FunctionPlan["role"]): OwnPlans["roles"][number] {
  return { name, trust, policies: [policy] };
}

function standing({ name, policy }: OwnPlans["guards"][number]): OwnPlans["guards"][number] {
  return { name, policy };
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

import * as pulumi from "@pulumi/pulumi";
import { Alerts } from "./alerts/component.ts";
import { planAlerts } from "./alerts/plan.ts";
import { LambdaFunction } from "./functions/component.ts";
import { type Archives, planFunctions } from "./functions/plan.ts";
import { Inbox } from "./inbox/component.ts";
import { planInbox } from "./inbox/plan.ts";
import { Machines } from "./machines/component.ts";
import { planMachines } from "./machines/plan.ts";
import { Schedules } from "./schedules/component.ts";
import { planSchedules } from "./schedules/plan.ts";
import type { Scope } from "./scope.ts";

/** What runs a team's pipelines: topic, functions, state machines, and what wakes them. */
export class TeamRuntime extends pulumi.ComponentResource {
  /** ARNs of state machines by pipeline, and of gold by `_gold`. */
  readonly machines: Machines["arns"];
  readonly topicArn: pulumi.Output<string>;

  constructor(
    name: string,
    { scope, archives }: { scope: Scope; archives: Archives },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("firn:infra:TeamRuntime", name, {}, options);
    const team = scope.team.name;
    const alerts = new Alerts(`${team}-alerts`, { plan: planAlerts(scope, archives) }, { parent: this });
    const functions = new Map(
      planFunctions(scope, archives).map((plan) => [
        plan.resource,
        new LambdaFunction(plan.resource, { plan }, { parent: this }),
      ]),
    );
    const called = [...functions.values()].map(({ alias }) => alias);
    const machines = new Machines(
      `${team}-machines`,
      { scope, plan: planMachines(scope, archives) },
      // They name functions by what is rendered, which says nothing of the order.
      { parent: this, dependsOn: called },
    );
    const waker = functions.get(`${team}-waker`)?.alias;
    if (!waker) throw new TypeError(`team ${team} has no waker`);
    const inbox = new Inbox(
      `${team}-inbox-events`,
      { scope, plan: planInbox(scope), waker },
      { parent: this },
    );
    new Schedules(
      `${team}-schedules`,
      { scope, plan: planSchedules(scope, archives.heartbeat) },
      { parent: this, dependsOn: [inbox, ...called] },
    );
    this.machines = machines.arns;
    this.topicArn = alerts.topicArn;
    this.registerOutputs({});
  }
}

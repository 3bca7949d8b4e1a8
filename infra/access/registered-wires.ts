/** What runs as a role, and what AWS sends or sets going for us, as a program registers it. */
import { arn, type Site } from "../names.ts";
import { roleArn } from "../scope.ts";
import type { Facts } from "./facts.ts";
import type { Reader, Resource } from "./resource.ts";

type ByType = (type: string) => Resource[];

export function runsOf(read: Reader, site: Site, of: ByType): Facts["runs"] {
  const roleOf = (each: Resource, property: string) => {
    const found = read.refer(each, property);
    return found ? roleArn(site, text(found, "name")) : String(each.inputs[property] ?? "");
  };
  return [
    ...of("aws:lambda/function:Function").map((each) => ({
      arn: arn(site, "lambda", `function:${text(each, "name")}`),
      kind: "function" as const,
      owner: read.owner(each),
      role: roleOf(each, "role"),
    })),
    ...of("aws:sfn/stateMachine:StateMachine").map((each) => ({
      arn: arn(site, "states", `stateMachine:${text(each, "name")}`),
      kind: "machine" as const,
      owner: read.owner(each),
      role: roleOf(each, "roleArn"),
    })),
  ];
}

/** Rules, schedules, mappings, subscriptions and alarms: from where to where, and whose word it is. */
export function wiresOf(read: Reader, site: Site, of: ByType): Facts["wires"] {
  const wires: Facts["wires"] = [];
  const add = (each: Resource, from: string, to: string, verb: "write" | "invoke") =>
    wires.push({ from, owner: read.owner(each), to: to.replace(/(:function:[^:]+):.*$/, "$1"), verb });
  const arnIn = (each: Resource, property: string) => read.arnOf(site, each, property);
  const rules = of("aws:cloudwatch/eventRule:EventRule");
  for (const each of of("aws:cloudwatch/eventTarget:EventTarget")) {
    const rule = String(
      (read.refer(each, "rule") ?? rules.find(({ inputs }) => inputs.name === each.inputs.rule))?.inputs
        .name ?? each.inputs.rule,
    );
    add(each, arn(site, "events", `rule/${rule}`), arnIn(each, "arn"), "write");
  }
  for (const each of of("aws:scheduler/schedule:Schedule")) {
    const target = (each.inputs.target ?? {}) as { arn?: string; roleArn?: string };
    const group = String(each.inputs.groupName ?? "default");
    const from = arn(site, "scheduler", `schedule/${group}/${text(each, "name")}`);
    add(each, from, String(target.arn ?? ""), "write");
    const role = read.refer(each, "target");
    const as = role?.type === "aws:iam/role:Role" ? roleArn(site, text(role, "name")) : target.roleArn;
    if (as) add(each, from, as, "invoke");
  }
  for (const each of of("aws:lambda/eventSourceMapping:EventSourceMapping")) {
    const found = read.refer(each, "functionName")?.inputs;
    // Of an alias, the function it is of.
    const name = String(found?.functionName ?? found?.name ?? each.inputs.functionName)
      .split(":function:")
      .at(-1);
    add(
      each,
      arnIn(each, "eventSourceArn"),
      arn(site, "lambda", `function:${name?.split(":")[0]}`),
      "invoke",
    );
  }
  for (const each of of("aws:sns/topicSubscription:TopicSubscription")) {
    const endpoint = each.inputs.protocol === "email" ? "" : arnIn(each, "endpoint");
    if (endpoint !== "")
      add(each, arnIn(each, "topic"), endpoint, each.inputs.protocol === "lambda" ? "invoke" : "write");
  }
  for (const each of of("aws:cloudwatch/metricAlarm:MetricAlarm"))
    for (const to of [...list(each.inputs.alarmActions), ...list(each.inputs.okActions)])
      add(each, arn(site, "cloudwatch", `alarm:${String(each.inputs.name)}`), String(to), "write");
  return wires;
}

function text({ inputs, name }: Resource, property: string): string {
  return String(inputs[property] ?? name);
}
function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

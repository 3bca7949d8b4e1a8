/** What making, reading or removing a registered resource looks like to IAM: its ARN, and what the request brings. */
import type { Target } from "#infra/bootstrap/actions";
import { arn, nameOf, type Site } from "#infra/names";
import type { Registered } from "../program.ts";
import type { Brought } from "./iam.ts";

/**
 * @param defaults the tags that the provider puts on all it makes
 * @param all what the program registers: the mocks' ids, `<logical name>-id`, stand for names here
 */
export function requestFor(
  on: Target,
  site: Site,
  { type, name, inputs }: Registered,
  { defaults, all }: { defaults: Record<string, string>; all: readonly Registered[] },
): { arn: string; brought: Brought } {
  const text = (...keys: string[]) => named(keys.map((key) => inputs[key]).find((each) => each) ?? name, all);
  const tags = (kind: string) =>
    Object.fromEntries(Object.entries(defaults).map(([key, value]) => [`aws:${kind}/${key}`, value]));
  const boundaryOf = (role: string) =>
    String(
      all.find((each) => each.type === "aws:iam/role:Role" && each.inputs.name === role)?.inputs
        .permissionsBoundary,
    );
  /** The name in an ARN, or the name itself. */
  const tail = (of: string) => of.split(/[:/]/).at(-1) ?? of;
  const plain = (service: string, resource: string, brought: Brought = {}) => ({
    arn: arn(site, service, resource),
    brought,
  });
  const functionName = () =>
    /:function:([^:]+)/.exec(text("functionName", "function", "name"))?.[1] ??
    text("functionName", "function", "name");
  switch (on) {
    case "bucket":
      return plain("s3", text("bucket"));
    case "release":
      return plain("s3", `${text("bucket")}/${text("key")}`);
    case "object":
      return plain("s3", `${text("bucket")}/any`);
    case "newKey":
      return { arn: "*", brought: tags("RequestTag") };
    case "key":
      return plain("kms", "key/1", tags("ResourceTag"));
    case "aliasedKey": {
      const service = type.includes("s3") ? "s3" : "secretsmanager";
      return plain("kms", "key/1", {
        "kms:ResourceAliases": `alias/${nameOf(site, "alias", "any_team")}`,
        "kms:ViaService": `${service}.${site.environment.cloud.region}.amazonaws.com`,
      });
    }
    case "alias":
      return plain("kms", text("name"));
    case "secret":
      return plain("secretsmanager", `secret:${tail(text("name", "secretArn"))}-Ab1Cd2`);
    case "newRole":
      return plain("iam", `role/${tail(text("role", "name"))}`, {
        // AWS compares with the boundary that the role has.
        "iam:PermissionsBoundary": boundaryOf(tail(text("role", "name"))),
      });
    case "role":
      return plain("iam", `role/${tail(text("role", "name"))}`);
    case "passedRole": {
      const target = inputs.target as { roleArn?: string } | undefined;
      const service = {
        "aws:lambda/function:Function": "lambda",
        "aws:sfn/stateMachine:StateMachine": "states",
      };
      return plain("iam", `role/${tail(String(target?.roleArn ?? text("roleArn", "role")))}`, {
        "iam:PassedToService": `${service[type as keyof typeof service] ?? "scheduler"}.amazonaws.com`,
      });
    }
    case "function":
      return plain("lambda", `function:${functionName()}`);
    case "newMapping":
    case "mapping":
      return {
        arn: on === "mapping" ? arn(site, "lambda", "event-source-mapping:1-2") : "*",
        brought: { "lambda:FunctionArn": arn(site, "lambda", `function:${functionName()}`) },
      };
    case "logGroup":
      return plain("logs", `log-group:${text("name")}`);
    case "stateMachine":
      return plain("states", `stateMachine:${text("name")}`);
    case "schedule":
      return type.includes("scheduleGroup")
        ? plain("scheduler", `schedule-group/${text("name")}`)
        : plain("scheduler", `schedule/${text("groupName")}/${text("name")}`);
    case "queue":
      return plain("sqs", tail(text("queueUrl", "name")));
    case "topic":
      return plain("sns", tail(text("topic", "arn", "name")));
    case "rule":
      return plain("events", `rule/${tail(text("rule", "name"))}`);
    case "alarm":
      return plain("cloudwatch", `alarm:${text("name")}`);
    case "dashboard":
      return {
        arn: `arn:aws:cloudwatch::${site.environment.cloud.account}:dashboard/${text("dashboardName")}`,
        brought: {},
      };
    case "anything":
      return { arn: "*", brought: {} };
  }
}

function named(value: unknown, all: readonly Registered[]): string {
  const [found] = all
    .filter(({ name }) => `${name}-id` === value)
    .flatMap(({ inputs }) => inputs.bucket ?? inputs.name ?? []);
  return String(found ?? value);
}

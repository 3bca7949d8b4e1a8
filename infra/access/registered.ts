/**
 * The facts of a program's resources, as the engine or its mocks were given them.
 *
 * What gives access and is not read here comes out as `unread`: a proof over what it does not know would be none.
 */
import { arn } from "../names.ts";
import { roleArn, type Scope } from "../scope.ts";
import type { Kind } from "./actions.ts";
import type { AwsRole, AwsTarget, Facts } from "./facts.ts";
import { parsePolicy, type Statement } from "./policy.ts";
import { snowflakeFacts } from "./registered-snowflake.ts";
import { runsOf, wiresOf } from "./registered-wires.ts";
import { type Resource, reader } from "./resource.ts";
import {
  bucketTargets,
  functionTarget,
  logsTarget,
  machineTarget,
  platformTargets,
  targetsOf,
} from "./targets.ts";

export type { Resource } from "./resource.ts";

/** Types that give no access, though their names sound so. */
const harmless =
  /^(pulumi:|firn:|aws:(s3\/bucketPublicAccessBlock|s3\/bucketOwnershipControls|s3\/accountPublicAccessBlock|iam\/openIdConnectProvider|lambda\/functionEventInvokeConfig|scheduler\/scheduleGroup)|snowflake:index\/(maskingPolicy|networkPolicy|networkRule|resourceMonitor|tag|tagAssociation|accountRole):)/;
/** Types that give access, by their names. */
const gives =
  /polic|grant|permission|acl|share|accesspoint|role|user|membership|attachment|execute|procedure|subscription|mapping|replication/i;

/** @param scopes those of all teams of the environment, of which there is one at least */
export function fromRegistered(resources: readonly Resource[], scopes: readonly Scope[]): Facts {
  const scope = scopes[0] as Scope;
  const { account } = scope.environment.cloud;
  const read = reader(
    resources,
    scopes.map(({ team }) => team.name),
  );
  const unread: string[] = [];
  const targets = new Map<string, AwsTarget[]>();
  for (const target of [...scopes.flatMap(targetsOf), ...platformTargets(scope)])
    put(keyOf(target), [...(targets.get(keyOf(target)) ?? []), target]);
  const seen = new Set<string>();
  const of = (type: string) => {
    seen.add(type);
    return read.all(type);
  };

  registerTargets();
  const roles = readRoles();
  attachPolicies();
  for (const { name, inputs } of of("aws:s3/bucketNotification:BucketNotification"))
    if (["queues", "topics", "lambdaFunctions"].some((each) => list(inputs[each]).length > 0))
      unread.push(`${name}: a bucket that tells others than EventBridge of its objects`);
  const facts: Facts = {
    account,
    teams: scopes.map(({ team }) => team.name),
    roles,
    targets: [...targets.values()].flat(),
    runs: runsOf(read, scope, of),
    wires: wiresOf(read, scope, of),
    snowflake: snowflakeFacts(read, scopes, { see: of, unread }),
    unread,
  };
  for (const { type, name } of resources)
    if (!seen.has(type) && gives.test(type) && !harmless.test(type))
      unread.push(`${name} (${type}): Firn's checker does not know what this type gives`);
  return facts;

  function put(key: string, each: AwsTarget[]): void {
    targets.set(key, each);
  }

  /** Adds what no team's names tell: the platform's own, and what should not be there. */
  function registerTargets(): void {
    const add = (name: string, each: AwsTarget[]) => {
      if (!targets.has(name)) put(name, each);
    };
    for (const type of ["aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"])
      for (const each of of(type))
        add(
          `bucket ${text(each, "bucket")}`,
          bucketTargets(text(each, "bucket"), read.owner(each), each.name),
        );
    const plain: [string, Kind, (each: Resource) => string][] = [
      [
        "aws:secretsmanager/secret:Secret",
        "secret",
        (each) => arn(scope, "secretsmanager", `secret:${text(each, "name")}-??????`),
      ],
      ["aws:sqs/queue:Queue", "queue", (each) => arn(scope, "sqs", text(each, "name"))],
      ["aws:sns/topic:Topic", "topic", (each) => arn(scope, "sns", text(each, "name"))],
    ];
    for (const [type, kind, arnOf] of plain)
      for (const each of of(type))
        add(`${kind} ${text(each, "name")}`, [
          {
            kind,
            arns: [arnOf(each)],
            owner: read.owner(each),
            label: `${kind} ${each.name}`,
            statements: [],
          },
        ]);
    for (const each of of("aws:lambda/function:Function"))
      add(`function ${text(each, "name")}`, [functionTarget(scope, text(each, "name"), read.owner(each))]);
    for (const each of of("aws:sfn/stateMachine:StateMachine"))
      add(`machine ${text(each, "name")}`, [machineTarget(scope, text(each, "name"), read.owner(each))]);
    for (const each of of("aws:cloudwatch/logGroup:LogGroup"))
      add(`logs ${text(each, "name")}`, [logsTarget(scope, text(each, "name"), read.owner(each))]);
    for (const alias of of("aws:kms/alias:Alias")) {
      const known = [...targets.values()].flat().find((target) => target.alias === text(alias, "name"));
      const target: AwsTarget = known ?? {
        kind: "key",
        arns: [arn(scope, "kms", "key/*")],
        owner: read.owner(alias),
        label: "the key",
        alias: text(alias, "name"),
        statements: [],
      };
      if (!known) put(`key ${target.alias}`, [target]);
      const key = read.refer(alias, "targetKeyId");
      if (key) attach(target, key, "policy");
    }
    seen.add("aws:kms/key:Key");
  }

  function readRoles(): AwsRole[] {
    const roles = of("aws:iam/role:Role").map((each) => ({
      resource: each,
      arn: roleArn(scope, text(each, "name")),
      owner: read.owner(each),
      trust: policy(each, "assumeRolePolicy"),
      policies: list(each.inputs.inlinePolicies).flatMap((inline) =>
        parsed(each, (inline as { policy: unknown }).policy),
      ),
    }));
    const roleOf = (each: Resource, property: string) => {
      const found = read.refer(each, property);
      const named = String(each.inputs[property] ?? "");
      return roles.filter(
        (role) => role.resource === found || role.arn.endsWith(`/${named}`) || role.arn === named,
      );
    };
    for (const each of of("aws:iam/rolePolicy:RolePolicy")) {
      const owners = roleOf(each, "role");
      if (owners.length === 0) unread.push(`${each.name}: a policy of a role that is not registered`);
      for (const role of owners) role.policies.push(...policy(each, "policy"));
    }
    const managed = of("aws:iam/policy:Policy");
    for (const each of of("aws:iam/rolePolicyAttachment:RolePolicyAttachment")) {
      const found =
        read.refer(each, "policyArn") ??
        managed.find((one) => String(each.inputs.policyArn).endsWith(`/${one.inputs.name}`));
      const owners = roleOf(each, "role");
      if (!found || owners.length === 0) unread.push(`${each.name}: a managed policy that is not registered`);
      else for (const role of owners) role.policies.push(...policy(found, "policy"));
    }
    for (const { resource } of roles)
      if (list(resource.inputs.managedPolicyArns).length > 0)
        unread.push(`${resource.name}: managed policies that are not registered`);
    return roles.map(({ resource: _, ...role }) => role);
  }

  /** Policies that stand on what they guard. */
  function attachPolicies(): void {
    const standing: [string, string, string][] = [
      ["aws:s3/bucketPolicy:BucketPolicy", "bucket", "bucket"],
      ["aws:sqs/queuePolicy:QueuePolicy", "queueUrl", "queue"],
      ["aws:sns/topicPolicy:TopicPolicy", "arn", "topic"],
      ["aws:secretsmanager/secretPolicy:SecretPolicy", "secretArn", "secret"],
    ];
    for (const [type, property, kind] of standing) {
      for (const each of of(type)) {
        const guarded = read.refer(each, property);
        const named = String(guarded?.inputs.bucket ?? guarded?.inputs.name ?? each.inputs[property] ?? "");
        const found = targets.get(`${kind} ${named.split(/[:/]/).at(-1)}`);
        if (!found) unread.push(`${each.name}: a policy of what is not registered`);
        for (const target of found ?? []) attach(target, each, "policy");
      }
    }
    for (const [type, kind] of [
      ["aws:sqs/queue:Queue", "queue"],
      ["aws:sns/topic:Topic", "topic"],
      ["aws:secretsmanager/secret:Secret", "secret"],
    ] as const)
      for (const each of of(type))
        if (each.inputs.policy !== undefined)
          for (const target of targets.get(`${kind} ${text(each, "name")}`) ?? [])
            attach(target, each, "policy");
    for (const each of of("aws:lambda/permission:Permission")) {
      const name = String(read.refer(each, "function")?.inputs.name ?? each.inputs.function)
        .split(":function:")
        .at(-1);
      const found = targets.get(`function ${name?.split(":")[0]}`);
      if (!found) unread.push(`${each.name}: a permission of a function that is not registered`);
      const from = read.arnOf(scope, each, "sourceArn");
      for (const target of found ?? []) target.statements.push(permission(each, target, from));
    }
  }

  function attach(target: AwsTarget, each: Resource, property: string): void {
    if (each.inputs[property] === undefined) return;
    const own = target.kind === "objects" || target.kind === "bucket" ? undefined : target.arns[0];
    target.statements.push(...parsed(each, each.inputs[property], own));
  }

  function policy(each: Resource, property: string): Statement[] {
    return parsed(each, each.inputs[property]);
  }
  function parsed(each: Resource, document: unknown, own?: string): Statement[] {
    const found = parsePolicy(document, own);
    if (!found) unread.push(`${each.name} (${each.type}): its policy cannot be read`);
    return found ?? [];
  }
}

/** A function's permission, as the statement of the function's policy that it becomes. @param from empty: anywhere */
function permission({ inputs }: Resource, target: AwsTarget, from: string): Statement {
  const service = String(inputs.principal).includes(".amazonaws.com");
  return {
    effect: "Allow",
    principals: [{ kind: service ? "Service" : "AWS", name: String(inputs.principal) }],
    actions: [String(inputs.action)],
    resources: [...target.arns],
    conditions: [
      ...(from === "" ? [] : [{ operator: "ArnLike", key: "aws:sourcearn", values: [from] }]),
      ...(inputs.sourceAccount === undefined
        ? []
        : [{ operator: "StringEquals", key: "aws:sourceaccount", values: [String(inputs.sourceAccount)] }]),
    ],
  };
}

function keyOf({ kind, arns, alias }: AwsTarget): string {
  const name = arns[0].split(/[:/]/);
  if (kind === "bucket" || kind === "objects")
    return `bucket ${arns[0].replace("arn:aws:s3:::", "").split("/")[0]}`;
  if (kind === "key") return `key ${alias}`;
  if (kind === "secret") return `secret ${name.at(-1)?.replace(/-\?+$/, "")}`;
  if (kind === "logs") return `logs ${arns[0].split(":log-group:")[1]}`;
  return `${kind} ${name.at(-1)}`;
}

function text({ inputs, name }: Resource, property: string): string {
  return String(inputs[property] ?? name);
}
function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

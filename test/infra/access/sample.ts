/** A program small enough to read: one resource of each type that gives access, as Firn's components shape them. */

import type { Resource } from "#infra/access/registered";
import { bucketArn, functionArn, type Scope, secretArn } from "#infra/scope";
import { arn, roleArn, site } from "./site.ts";

/** Functions of the sample, enough for chains: one reads and loads, one is woken by a queue. */
export function sampleOf(scopes: readonly Scope[]): Resource[] {
  return [
    resource("_platform-key", "aws:kms/key:Key", { policy: keyPolicy() }),
    ...scopes.flatMap((scope) => [...lakeOf(scope), ...runtimeOf(scope), ...snowflakeOf(scope)]),
    ...scopes.flatMap((scope) => grantsBetween(scope)),
  ];
}

export function resource(name: string, type: string, inputs: Record<string, unknown>): Resource {
  return { name, type, inputs };
}

export function policy(...statements: object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

export function rolePolicy(name: string, role: string, ...statements: object[]): Resource {
  return resource(name, "aws:iam/rolePolicy:RolePolicy", { role, policy: policy(...statements) });
}

function keyPolicy(): string {
  return policy({ Effect: "Allow", Principal: { AWS: arn("iam", "root") }, Action: "kms:*", Resource: "*" });
}

function useKey(scope: Scope, ...Action: string[]) {
  return {
    Effect: "Allow",
    Action,
    Resource: [arn("kms", "key/*")],
    Condition: { "ForAnyValue:StringEquals": { "kms:ResourceAliases": scope.names.keyAlias } },
  };
}

function lakeOf(scope: Scope): Resource[] {
  const { team, names } = scope;
  const raw = bucketArn(scope, "raw");
  return [
    resource(`${team.name}-key`, "aws:kms/key:Key", { policy: keyPolicy() }),
    resource(`${team.name}-alias`, "aws:kms/alias:Alias", { name: names.keyAlias, targetKeyId: "x" }),
    ...Object.entries(names.buckets).map(([zone, bucket]) =>
      resource(`${team.name}-${zone}`, "aws:s3/bucket:Bucket", { bucket }),
    ),
    resource(`${team.name}-raw-policy`, "aws:s3/bucketPolicy:BucketPolicy", {
      bucket: names.buckets.raw,
      policy: policy(
        {
          Effect: "Deny",
          Principal: "*",
          Action: "s3:*",
          Resource: [raw, `${raw}/*`],
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
        {
          Effect: "Deny",
          Principal: "*",
          Action: "s3:PutObject",
          Resource: [`${raw}/raw/*`],
          Condition: { Null: { "s3:if-none-match": "true" }, Bool: { "s3:ObjectCreationOperation": "true" } },
        },
        {
          Effect: "Deny",
          Principal: { AWS: Object.values(names.roles).map((name) => roleArn(name)) },
          Action: ["s3:DeleteObject", "s3:DeleteObjectVersion"],
          Resource: [`${raw}/raw/*`],
        },
      ),
    }),
    resource(`${team.name}-queue`, "aws:sqs/queue:Queue", { name: names.queue }),
    resource(`${team.name}-queue-policy`, "aws:sqs/queuePolicy:QueuePolicy", {
      queueUrl: names.queue,
      policy: policy({
        Effect: "Allow",
        Principal: { Service: "scheduler.amazonaws.com" },
        Action: "sqs:SendMessage",
        Resource: arn("sqs", names.queue),
        Condition: { ArnLike: { "aws:SourceArn": arn("scheduler", `schedule/${names.scheduleGroup}/*`) } },
      }),
    }),
    ...Object.entries(names.secrets).map(([secret, name]) =>
      resource(`${team.name}-secret-${secret}`, "aws:secretsmanager/secret:Secret", { name }),
    ),
  ];
}

function runtimeOf(scope: Scope): Resource[] {
  const { team, names } = scope;
  const raw = bucketArn(scope, "raw");
  const lambda = trusted({ Service: "lambda.amazonaws.com" });
  const fn = (name: "load" | "waker") => [
    resource(`${team.name}-${name}-role`, "aws:iam/role:Role", {
      name: names.roles[name],
      assumeRolePolicy: lambda,
    }),
    resource(`${team.name}-${name}`, "aws:lambda/function:Function", {
      name: names.functions[name],
      role: roleArn(names.roles[name]),
    }),
  ];
  const machine = Object.values(names.machines)[0] as string;
  return [
    ...fn("load"),
    ...fn("waker"),
    rolePolicy(
      `${team.name}-load-policy`,
      names.roles.load,
      {
        Effect: "Allow",
        Action: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
        Resource: [`${raw}/*`],
      },
      {
        Effect: "Allow",
        Action: "s3:ListBucket",
        Resource: raw,
        Condition: { StringLike: { "s3:prefix": ["raw/*"] } },
      },
      useKey(scope, "kms:Decrypt", "kms:GenerateDataKey"),
      { Effect: "Allow", Action: "sts:AssumeRole", Resource: roleArn(names.identities.elt as string) },
      ...Object.keys(names.secrets).map((secret) => ({
        Effect: "Allow",
        Action: "secretsmanager:GetSecretValue",
        Resource: secretArn(scope, secret),
      })),
    ),
    rolePolicy(`${team.name}-waker-policy`, names.roles.waker, {
      Effect: "Allow",
      Action: "states:StartExecution",
      Resource: arn("states", `stateMachine:${machine}`),
    }),
    resource(`${team.name}-as-elt`, "aws:iam/role:Role", {
      name: names.identities.elt,
      assumeRolePolicy: trusted({ AWS: roleArn(names.roles.load) }),
    }),
    resource(`${team.name}-machines`, "aws:iam/role:Role", {
      name: names.machineRole,
      assumeRolePolicy: trusted({ Service: "states.amazonaws.com" }),
    }),
    rolePolicy(`${team.name}-machines-policy`, names.machineRole, {
      Effect: "Allow",
      Action: "lambda:InvokeFunction",
      Resource: [`${functionArn(scope, "load")}:*`],
    }),
    resource(`${team.name}-machine`, "aws:sfn/stateMachine:StateMachine", {
      name: machine,
      roleArn: roleArn(names.machineRole),
    }),
    resource(`${team.name}-mapping`, "aws:lambda/eventSourceMapping:EventSourceMapping", {
      eventSourceArn: arn("sqs", names.queue),
      functionName: functionArn(scope, "waker"),
    }),
    resource(`${team.name}-daily`, "aws:scheduler/schedule:Schedule", {
      name: "daily",
      groupName: names.scheduleGroup,
      target: { arn: arn("sqs", names.queue) },
    }),
  ];
}

export function trusted(Principal: object, Condition?: object): string {
  return policy({ Effect: "Allow", Principal, Action: "sts:AssumeRole", ...(Condition && { Condition }) });
}

function snowflakeOf({ team, names }: Scope): Resource[] {
  const { snowflake, buckets } = names;
  const { database, roles } = snowflake;
  const user = snowflake.users.elt as string;
  const grant = (name: string, role: string, on: object, ...privileges: string[]) =>
    grantOn(`${team.name}-${name}`, role, on, ...privileges);
  return [
    ...Object.entries(roles).map(([role, name]) =>
      resource(`${team.name}-${role}-role`, "snowflake:index/accountRole:AccountRole", { name }),
    ),
    resource(`${team.name}-elt-user`, "snowflake:index/execute:Execute", {
      execute: `CREATE USER IF NOT EXISTS "${user}" TYPE = SERVICE WORKLOAD_IDENTITY = (TYPE = AWS ARN = '${roleArn(names.identities.elt as string)}')`,
    }),
    roleTo(`${team.name}-loads`, roles.loader, { userName: `"${user}"` }),
    roleTo(`${team.name}-loader-reads`, roles.reader, { parentRoleName: roles.loader }),
    roleTo(`${team.name}-up`, roles.loader, { parentRoleName: "SYSADMIN" }),
    grant("database", roles.reader, account("DATABASE", database), "USAGE"),
    grant("gold", roles.reader, { onSchema: { schemaName: `"${database}"."GOLD"` } }, "USAGE"),
    grant("models", roles.reader, future(database, "GOLD", "TABLES"), "SELECT"),
    grant("raw", roles.loader, { onSchema: { schemaName: `"${database}"."RAW"` } }, "USAGE", "CREATE TABLE"),
    grant("stage", roles.loader, object(database, "RAW", "LAKE", "STAGE"), "USAGE"),
    resource(`${team.name}-lake`, "snowflake:index/storageIntegration:StorageIntegration", {
      name: snowflake.integration,
      storageAwsRoleArn: roleArn(snowflake.integrationRole),
    }),
    resource(`${team.name}-stage`, "snowflake:index/stage:Stage", {
      database,
      schema: "RAW",
      name: "LAKE",
      storageIntegration: snowflake.integration,
    }),
    resource(`${team.name}-lake-role`, "aws:iam/role:Role", {
      name: snowflake.integrationRole,
      assumeRolePolicy: trusted(
        { AWS: "arn:aws:iam::999999999999:user/snowflake" },
        { StringEquals: { "sts:ExternalId": "external" } },
      ),
    }),
    rolePolicy(`${team.name}-lake-role-policy`, snowflake.integrationRole, {
      Effect: "Allow",
      Action: ["s3:GetObject", "s3:GetObjectVersion"],
      Resource: `arn:aws:s3:::${buckets.raw}/raw/*`,
    }),
  ];
}

/** What the team grants others: exactly the models it names. */
function grantsBetween({ team, teams, names }: Scope): Resource[] {
  const { database } = names.snowflake;
  return (team.grants ?? []).flatMap(({ to, models }, at) => {
    const reader = site.scopeOf(teams, to).names.snowflake.roles.reader;
    const name = `${team.name}-to-${to}-${at}`;
    return [
      grantOn(`${name}-database`, reader, account("DATABASE", database), "USAGE"),
      grantOn(`${name}-gold`, reader, { onSchema: { schemaName: `"${database}"."GOLD"` } }, "USAGE"),
      ...models.map((model) =>
        grantOn(`${name}-${model}`, reader, object(database, "GOLD", model.toUpperCase(), "TABLE"), "SELECT"),
      ),
    ];
  });
}

export function grantOn(
  name: string,
  accountRoleName: string,
  on: object,
  ...privileges: string[]
): Resource {
  return resource(name, "snowflake:index/grantPrivilegesToAccountRole:GrantPrivilegesToAccountRole", {
    accountRoleName: `"${accountRoleName}"`,
    privileges,
    ...on,
  });
}

export function roleTo(
  name: string,
  role: string,
  to: { userName?: string; parentRoleName?: string },
): Resource {
  return resource(name, "snowflake:index/grantAccountRole:GrantAccountRole", {
    roleName: `"${role}"`,
    ...to,
  });
}

export const account = (objectType: string, objectName: string) => ({
  onAccountObject: { objectType, objectName: `"${objectName}"` },
});
export const object = (database: string, schema: string, name: string, objectType: string) => ({
  onSchemaObject: { objectType, objectName: `"${database}"."${schema}"."${name}"` },
});
export const future = (database: string, schema: string, objectTypePlural: string) => ({
  onSchemaObject: { future: { objectTypePlural, inSchema: `"${database}"."${schema}"` } },
});

/** Who may do what in the account, besides the program's own roles: the deploying role, the previewing one, and the boundary. Pure. */
import type { Team } from "#firn";
import { allow, type PolicyDocument, policyOf, type Statement } from "../iam.ts";
import { arn, baseName, permissionsBoundary, type Site } from "../names.ts";
import { needs, type Target } from "./actions.ts";

/** A managed policy's characters, white space left out. @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export const policyLengthMax = 6_144;
/** Managed policies a role takes; the account's limit, which can be raised. */
export const policiesOfRoleMax = 10;

/** Who a program's names are those of: `firn-<environment>-`. */
const stem = ({ environment }: Site) => `firn-${environment.name.replaceAll("_", "-")}-*`;

interface Place {
  resources: string[];
  condition?: Statement["Condition"];
}

/** The ARNs and conditions that a target of the table stands for. */
export function placeOf(target: Target, site: Site, teams: readonly Team[]): Place {
  const { environment } = site;
  const { region } = environment.cloud;
  const own = stem(site);
  // What AWS gives an id to is known by the tags that the provider puts on all it makes.
  const tags = (key: "RequestTag" | "ResourceTag") => ({
    [`aws:${key}/Environment`]: environment.name,
    [`aws:${key}/Platform`]: "firn",
  });
  const functions = { "lambda:FunctionArn": arn(site, "lambda", `function:${own}`) };
  const keys = [arn(site, "kms", "key/*")];
  const adopted = adoptedBuckets(site, teams);
  switch (target) {
    case "bucket":
      return { resources: [arn(site, "s3", own), ...adopted.map((name) => arn(site, "s3", name))] };
    case "release":
      return {
        resources: [own, ...adopted].map((name) => arn(site, "s3", `${name}/state/releases/*`)),
      };
    case "object":
      return { resources: destructibleBuckets(site, teams).map((name) => arn(site, "s3", `${name}/*`)) };
    case "newKey":
      return { resources: ["*"], condition: { StringEquals: tags("RequestTag") } };
    case "key":
      return { resources: keys, condition: { StringEquals: tags("ResourceTag") } };
    case "aliasedKey":
      return {
        resources: keys,
        condition: {
          "ForAnyValue:StringLike": { "kms:ResourceAliases": `alias/${own}` },
          StringEquals: {
            "kms:ViaService": [`s3.${region}.amazonaws.com`, `secretsmanager.${region}.amazonaws.com`],
          },
        },
      };
    case "alias":
      return { resources: [arn(site, "kms", `alias/${own}`)] };
    case "secret":
      return { resources: [arn(site, "secretsmanager", `secret:${own}`)] };
    case "newRole":
      return {
        resources: [arn(site, "iam", `role/${own}`)],
        condition: { StringEquals: { "iam:PermissionsBoundary": permissionsBoundary(site) } },
      };
    case "role":
      return { resources: [arn(site, "iam", `role/${own}`)] };
    case "passedRole":
      return {
        resources: [arn(site, "iam", `role/${own}`)],
        condition: {
          StringEquals: {
            "iam:PassedToService": ["lambda", "scheduler", "states"].map((each) => `${each}.amazonaws.com`),
          },
        },
      };
    case "function":
      return { resources: [arn(site, "lambda", `function:${own}`)] };
    case "newMapping":
      return { resources: ["*"], condition: { ArnLike: functions } };
    case "mapping":
      return {
        resources: [arn(site, "lambda", "event-source-mapping:*")],
        condition: { ArnLike: functions },
      };
    case "logGroup":
      return {
        resources: ["/aws/lambda/", "/aws/vendedlogs/states/"].map((prefix) =>
          arn(site, "logs", `log-group:${prefix}${own}`),
        ),
      };
    case "stateMachine":
      return { resources: [arn(site, "states", `stateMachine:${own}`)] };
    case "schedule":
      return {
        resources: [
          arn(site, "scheduler", `schedule/${own}/*`),
          arn(site, "scheduler", `schedule-group/${own}`),
        ],
      };
    case "queue":
      return { resources: [arn(site, "sqs", own)] };
    case "topic":
      return { resources: [arn(site, "sns", own)] };
    case "rule":
      return { resources: [arn(site, "events", `rule/${own}`)] };
    case "alarm":
      return { resources: [arn(site, "cloudwatch", `alarm:${own}`)] };
    case "dashboard":
      // A dashboard belongs to no region.
      return { resources: [`arn:aws:cloudwatch::${environment.cloud.account}:dashboard/${own}`] };
    case "anything":
      return { resources: ["*"] };
  }
}

/** What deploying asks for: every kind of resource made, read, changed and removed, and Pulumi's state. */
export function planDeployPolicies(site: Site, teams: readonly Team[]): PolicyDocument[] {
  const { bucket, key } = stateOf(site);
  return split([
    ...statements(site, teams, ["read", "write"]),
    allow("ListState", ["s3:ListBucket"], [bucket]),
    allow("WriteState", ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], [`${bucket}/.pulumi/*`]),
    allow("UseStateKey", ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"], [key.arn], key.condition),
  ]);
}

/**
 * What a pull request's preview asks for, and a look for drift: reading how things are made, and Pulumi's state.
 *
 * It can decrypt with one key: that of the state, which Pulumi opens before it previews anything. No secret's value
 * comes into the state, so there is none to be had. Of the lake it can see a release's size and tags, not its bytes,
 * since it may use no team's key.
 */
export function planPreviewPolicies(site: Site, teams: readonly Team[]): PolicyDocument[] {
  const { bucket, key } = stateOf(site);
  return split([
    ...statements(site, teams, ["read"]),
    allow("ListState", ["s3:ListBucket"], [bucket]),
    allow("ReadState", ["s3:GetObject"], [`${bucket}/.pulumi/*`]),
    allow("UseStateKey", ["kms:Decrypt"], [key.arn], key.condition),
  ]);
}

/**
 * The most that any role of the program may ever do, whatever its own policy says. Nothing of IAM is in it, so a
 * function cannot give itself or another one more.
 */
export function planBoundary(site: Site, teams: readonly Team[]): PolicyDocument {
  const on = (target: Target) => placeOf(target, site, teams).resources;
  const keys = placeOf("aliasedKey", site, teams).condition?.["ForAnyValue:StringLike"] ?? {};
  return policyOf(
    allow("List", ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketVersions"], on("bucket")),
    allow(
      "Objects",
      [
        ...["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:GetObjectVersion"],
        ...["s3:ListMultipartUploadParts", "s3:PutObject", "s3:PutObjectRetention", "s3:PutObjectTagging"],
      ],
      on("bucket").map((each) => `${each}/*`),
    ),
    allow("Keys", ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"], [arn(site, "kms", "key/*")], {
      "ForAnyValue:StringLike": keys,
    }),
    allow("Secrets", ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"], on("secret")),
    allow("Publish", ["sns:Publish"], on("topic")),
    allow(
      "Queues",
      [
        ...["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
        ...["sqs:ReceiveMessage", "sqs:SendMessage"],
      ],
      on("queue"),
    ),
    allow("Invoke", ["lambda:InvokeFunction"], on("function")),
    allow("Start", ["states:StartExecution"], on("stateMachine")),
    allow(
      "Executions",
      ["states:DescribeExecution", "states:ListExecutions"],
      [
        ...on("stateMachine"),
        ...on("stateMachine").map((each) => `${each.replace(":stateMachine:", ":execution:")}:*`),
      ],
    ),
    // A function signs in to Snowflake as its team's identity role.
    allow("SignIn", ["sts:AssumeRole"], on("role")),
    allow(
      "Logs",
      ["logs:CreateLogStream", "logs:PutLogEvents"],
      on("logGroup").map((each) => `${each}:*`),
    ),
    // State machines deliver their logs by themselves; AWS cannot narrow these.
    allow(
      "LogDelivery",
      [
        ...["logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups"],
        ...["logs:DescribeResourcePolicies", "logs:GetLogDelivery", "logs:ListLogDeliveries"],
        ...["logs:PutResourcePolicy", "logs:UpdateLogDelivery"],
      ],
      ["*"],
    ),
    // Metrics have no ARN; the namespace is what can be narrowed.
    allow("Metrics", ["cloudwatch:PutMetricData"], ["*"], {
      StringEquals: { "cloudwatch:namespace": "Firn" },
    }),
  );
}

/** Where Pulumi keeps its state: a bucket and the key it is encrypted with, which no pattern of the program's names. */
export function stateOf(site: Site) {
  const { account, region } = site.environment.cloud;
  const name = `${baseName(site, "state")}-${account}-${region}`;
  const alias = `alias/${baseName(site, "state")}`;
  return {
    name,
    alias,
    bucket: arn(site, "s3", name),
    key: {
      arn: arn(site, "kms", "key/*"),
      condition: { "ForAnyValue:StringEquals": { "kms:ResourceAliases": alias } },
    },
  };
}

function statements(site: Site, teams: readonly Team[], kinds: readonly ("read" | "write")[]): Statement[] {
  const actions = new Map<Target, Set<string>>();
  for (const need of Object.values(needs).flat()) {
    const of = actions.get(need.on) ?? new Set();
    for (const kind of kinds) for (const action of need[kind] ?? []) of.add(action);
    actions.set(need.on, of);
  }
  return [...actions].flatMap(([target, of]) => {
    const { resources, condition } = placeOf(target, site, teams);
    const Sid = target.replace(/^./, (first) => first.toUpperCase());
    return of.size === 0 || resources.length === 0 ? [] : [allow(Sid, [...of].sort(), resources, condition)];
  });
}

/** As few documents as hold the statements in their order, each within a managed policy's length. */
function split(all: readonly Statement[]): PolicyDocument[] {
  const documents: PolicyDocument[] = [];
  for (const statement of all) {
    const last = documents.at(-1);
    const longer = last && policyOf(...last.Statement, statement);
    if (longer && JSON.stringify(longer).length <= policyLengthMax) documents[documents.length - 1] = longer;
    else documents.push(policyOf(statement));
  }
  return documents;
}

function adoptedBuckets({ environment }: Site, teams: readonly Team[]): string[] {
  return teams.flatMap(({ adopt }) => Object.values(adopt?.[environment.name]?.buckets ?? {}));
}

/** Buckets that go with what they hold: all where nothing is protected; in production those of retired teams. What was adopted stays. */
function destructibleBuckets(site: Site, teams: readonly Team[]): string[] {
  if (!site.environment.cloud.production) return [stem(site)];
  return teams
    .filter((team) => team.retired)
    .map(({ name }) => stem(site).replace("*", `${name.replaceAll("_", "-")}-*`));
}

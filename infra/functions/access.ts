/**
 * What each of a team's functions may do, as a table: nothing that it does not need, and nothing of another team.
 *
 * A policy is made from a row; what is not named is refused.
 */

import { metricsNamespace } from "#core/metrics";
import type { Workload } from "#firn";
import { allow, allowKey, type PolicyDocument, policyOf, type Statement } from "../iam.ts";
import { machineArn } from "../machines/arns.ts";
import { arn } from "../names.ts";
import { platformKeyAlias } from "../platform/plan.ts";
import { bucketArn, type FunctionName, roleArn, type Scope, secretArn } from "../scope.ts";
import { hasModels } from "./sizes.ts";

interface Access {
  /** Prefixes in the lake it reads, and looks through. */
  reads: readonly string[];
  /** Prefixes in the lake it writes. Under `raw/` the bucket's policy lets nothing be replaced. */
  writes: readonly string[];
  /** Lists and reads what was delivered. */
  inbox?: "list" | "read";
  /** Signs in to Snowflake as the service of this workload. */
  warehouse?: "elt" | "models";
  /** Reads what its sources and its PII tokens need. */
  sources?: true;
  /** Tells of failures. */
  alerts?: true;
  /** Publishes what alarms look at. */
  metrics?: true;
  /** Takes wake-ups from the queue and starts executions. */
  wakes?: true;
  /** It is called without anybody who waits for the answer: what fails goes to the dead letters. */
  asynchronous?: true;
}

const lake = ["raw/*", "state/*"] as const;
const state = ["state/*"] as const;

export const access: Readonly<Record<FunctionName, Access>> = {
  window: {
    reads: lake,
    writes: ["raw/*/plans/*", "state/*"],
    inbox: "list",
    warehouse: "elt",
    alerts: true,
    metrics: true,
  },
  extract: { reads: lake, writes: lake, inbox: "read", sources: true, alerts: true },
  load: { reads: lake, writes: state, warehouse: "elt", alerts: true },
  check: { reads: lake, writes: state, warehouse: "elt", alerts: true },
  merge: { reads: lake, writes: state, warehouse: "elt", alerts: true, metrics: true },
  select: { reads: state, writes: state, warehouse: "models", alerts: true },
  model: { reads: state, writes: state, warehouse: "models", alerts: true },
  watch: { reads: state, writes: state, warehouse: "models", alerts: true, metrics: true },
  notify: { reads: ["state/releases/*", "state/leases/*"], writes: ["state/leases/*"], alerts: true },
  waker: { reads: ["state/releases/*"], writes: [], wakes: true },
  heartbeat: {
    reads: ["state/releases/*", "state/leases/*", "state/hints/*"],
    writes: [],
    metrics: true,
    asynchronous: true,
  },
};

/** The policy of a function's role. */
export function planFunctionPolicy(scope: Scope, name: FunctionName): PolicyDocument {
  const { team, names, environment } = scope;
  const has = access[name];
  const raw = bucketArn(scope, "raw");
  const inbox = bucketArn(scope, "inbox");
  const secrets = [
    ...(has.sources ? Object.keys(names.secrets).filter((secret) => !secret.endsWith("_private_key")) : []),
    ...(has.warehouse && team.signIn === "key_pair" ? [`snowflake_${workloadOf()}_private_key`] : []),
  ];
  const identity = names.identities[workloadOf()];
  const topic = arn(scope, "sns", names.topic);
  const deadLetters = arn(scope, "sqs", names.deadLetters);
  const queue = arn(scope, "sqs", names.queue);
  return policyOf(
    allow(
      "WriteLogs",
      ["logs:CreateLogStream", "logs:PutLogEvents"],
      [`${arn(scope, "logs", `log-group:${logGroupOf(scope, name)}`)}:*`],
    ),
    allow(
      "ReadLake",
      ["s3:GetObject"],
      has.reads.map((prefix) => `${raw}/${prefix}`),
    ),
    allow("ListLake", ["s3:ListBucket"], [raw], { StringLike: { "s3:prefix": [...has.reads] } }),
    ...some(has.writes.length > 0, () => [
      allow(
        "WriteLake",
        ["s3:PutObject", "s3:AbortMultipartUpload"],
        has.writes.map((prefix) => `${raw}/${prefix}`),
      ),
    ]),
    ...some(name === "extract" && environment.cloud.lake.lockDays !== undefined, () => [
      allow("LockLake", ["s3:PutObjectRetention"], [`${raw}/raw/*`]),
    ]),
    ...some(has.inbox !== undefined, () => [
      allow("ListInbox", ["s3:ListBucket"], [inbox]),
      // Also to list: what a file is now is asked of the file.
      allow("ReadInbox", has.inbox === "read" ? ["s3:GetObject", "s3:GetObjectVersion"] : ["s3:GetObject"], [
        `${inbox}/*`,
      ]),
    ]),
    allowKey(scope, names.keyAlias, has.writes.length > 0 ? "write" : "read", ["s3"], "UseLakeKey"),
    ...some(secrets.length > 0, () => [
      allow(
        "ReadSecrets",
        ["secretsmanager:GetSecretValue"],
        secrets.map((secret) => secretArn(scope, secret)),
      ),
      allowKey(scope, names.keyAlias, "read", ["secretsmanager"], "UseSecretsKey"),
    ]),
    ...some(has.warehouse !== undefined && team.signIn !== "key_pair" && identity !== undefined, () => [
      allow("SignIn", ["sts:AssumeRole"], [roleArn(scope, identity ?? "")]),
    ]),
    ...some(has.alerts === true, () => [
      allow("Tell", ["sns:Publish"], [topic]),
      allowKey(scope, platformKeyAlias(scope), "write", ["sns"], "UseTopicKey"),
    ]),
    // AWS gives this action no resource to name; the condition leaves our metrics.
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
    ...some(has.metrics === true, () => [
      allow("Publish", ["cloudwatch:PutMetricData"], ["*"], {
        StringEquals: { "cloudwatch:namespace": metricsNamespace },
      }),
    ]),
    ...some(has.wakes === true, () => [
      allow(
        "TakeWakeups",
        ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"],
        [queue],
      ),
      allowKey(scope, platformKeyAlias(scope), "read", ["sqs"], "UseQueueKey"),
      allow("Start", ["states:StartExecution"], machinesOf(scope)),
    ]),
    ...some(has.asynchronous === true, () => [
      allow("KeepFailures", ["sqs:SendMessage"], [deadLetters]),
      allowKey(scope, platformKeyAlias(scope), "write", ["sqs"], "UseQueueKey"),
    ]),
  );

  function workloadOf(): Workload {
    return has.warehouse === "models" ? (team.modelsOn ?? "elt") : "elt";
  }
}

export function logGroupOf({ names }: Pick<Scope, "names">, name: FunctionName): string {
  return `/aws/lambda/${names.functions[name]}`;
}

function machinesOf(scope: Scope): string[] {
  const pipelines = scope.team.pipelines.map(({ name }) => machineArn(scope, name));
  return hasModels(scope) ? [...pipelines, machineArn(scope, "_gold")] : pipelines;
}

function some(holds: boolean, statements: () => Statement[]): Statement[] {
  return holds ? statements() : [];
}

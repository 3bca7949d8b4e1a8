/** How a failure or an alarm reaches people: a topic per team, e-mail, and one function that forwards. */

import { aliasOf } from "../archives/plan.ts";
import type { Archives, FunctionPlan } from "../functions/plan.ts";
import { forwardSize } from "../functions/sizes.ts";
import {
  allow,
  allowKey,
  denyPlainQueue,
  type PolicyDocument,
  policyOf,
  type Statement,
  trustLambda,
} from "../iam.ts";
import { arn, nameOf, permissionsBoundary, platformOwner, type Site } from "../names.ts";
import { platformKeyAlias } from "../platform/plan.ts";
import type { Scope } from "../scope.ts";
import { alarmStem } from "../watch/alarm.ts";
import { planAlarms } from "../watch/alarms.ts";

export interface AlertsPlan {
  resource: string;
  topic: string;
  topicArn: string;
  keyAlias: string;
  policy: PolicyDocument;
  /** Each gets a message from AWS, and nothing else until it was confirmed. */
  emails: string[];
  /** Null where nothing is forwarded. */
  forward: { functionArn: string; functionName: string; alias: string; deadLettersArn: string } | null;
  tags: Record<string, string>;
}

/**
 * Plans a team's topic: the team's own alarms may publish where it has any, and its functions by their roles.
 *
 * What could not be given to the function that forwards ends as a dead letter of the platform.
 */
export function planAlerts(scope: Scope, archives: Archives): AlertsPlan {
  const { environment, team, names, tags } = scope;
  const topicArn = arn(scope, "sns", names.topic);
  const name = forwardName(scope);
  return {
    resource: `${team.name}-alerts`,
    topic: names.topic,
    topicArn,
    keyAlias: platformKeyAlias(scope),
    policy: policyOf(...(planAlarms(scope).length > 0 ? [fromAlarms(scope, topicArn)] : []), {
      Sid: "DenyPlainHttp",
      Effect: "Deny",
      Principal: "*",
      Action: ["sns:Publish"],
      Resource: [topicArn],
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    }),
    emails: environment.cloud.alerts.email,
    forward:
      forwardedTo(scope).length > 0
        ? {
            functionName: name,
            alias: aliasOf(archives.forward),
            functionArn: `${arn(scope, "lambda", `function:${name}`)}:${aliasOf(archives.forward)}`,
            deadLettersArn: arn(scope, "sqs", deadLettersName(scope)),
          }
        : null,
    tags,
  };
}

function fromAlarms(scope: Scope, topicArn: string): Statement {
  return {
    Sid: "Alarms",
    Effect: "Allow",
    Principal: { Service: "cloudwatch.amazonaws.com" },
    Action: ["sns:Publish"],
    Resource: [topicArn],
    Condition: {
      StringEquals: { "aws:SourceAccount": scope.environment.cloud.account },
      // By what their names begin with: SNS takes 30 KB of policy, less than the names of a large team's alarms.
      // https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html
      ArnLike: { "aws:SourceArn": arn(scope, "cloudwatch", `alarm:${alarmStem(scope)}*`) },
    },
  };
}

export interface ForwardingPlan {
  function: FunctionPlan;
  deadLetters: { name: string; keepSeconds: number; policy: PolicyDocument };
  keyAlias: string;
  /** Containers whose values `firn secrets set` puts there. */
  secrets: { secret: string; name: string; description: string; recoveryDays: number; protect: boolean }[];
}

/** The secrets of the targets an environment forwards to, by the names that `firn secrets set` takes. */
export function platformSecrets(site: Site): Record<string, string> {
  const { slack, pagerDuty } = site.environment.cloud.alerts;
  const declared = [...(slack ? ["slack_webhook"] : []), ...(pagerDuty ? ["pagerduty_key"] : [])];
  return Object.fromEntries(
    declared.map((secret) => [secret, nameOf(site, "secret", platformOwner, secret)]),
  );
}

/** Plans what forwards the alerts of all teams; null where the environment names no target. */
export function planForwarding(site: Site, archives: Archives): ForwardingPlan | null {
  const targets = forwardedTo(site);
  if (targets.length === 0) return null;
  const { environment } = site;
  const name = forwardName(site);
  const logGroup = `/aws/lambda/${name}`;
  const deadLettersArn = arn(site, "sqs", deadLettersName(site));
  const secrets = platformSecrets(site);
  const keyAlias = platformKeyAlias(site);
  return {
    keyAlias,
    secrets: Object.entries(secrets).map(([secret, each]) => ({
      secret,
      name: each,
      description: `Secret ${secret} of the platform; its value comes from: firn secrets set`,
      recoveryDays: environment.cloud.production ? 30 : 0,
      protect: environment.cloud.production,
    })),
    deadLetters: {
      name: deadLettersName(site),
      keepSeconds: 14 * 86_400,
      policy: policyOf(denyPlainQueue(deadLettersArn), {
        Sid: "KeepUndelivered",
        Effect: "Allow",
        Principal: { Service: "sns.amazonaws.com" },
        Action: ["sqs:SendMessage"],
        Resource: [deadLettersArn],
        Condition: {
          StringEquals: { "aws:SourceAccount": environment.cloud.account },
          ArnLike: { "aws:SourceArn": arn(site, "sns", `${nameOf(site, "topic", "")}*`) },
        },
      }),
    },
    function: {
      resource: "platform-forward",
      name,
      description: `Firn ${environment.name}: forwards alerts to ${targets.join(" and ")}`,
      archive: archives.forward,
      alias: aliasOf(archives.forward),
      size: forwardSize,
      variables: { FIRN_ENVIRONMENT: environment.name, FIRN_TARGETS: targets.join(",") },
      logGroup,
      logDays: environment.cloud.logDays,
      role: {
        name: nameOf(site, "role", platformOwner, "forward"),
        boundary: permissionsBoundary(site),
        trust: trustLambda(),
        policy: policyOf(
          allow(
            "WriteLogs",
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            [`${arn(site, "logs", `log-group:${logGroup}`)}:*`],
          ),
          // The last six characters of a secret's ARN are AWS's choice.
          allow(
            "ReadSecrets",
            ["secretsmanager:GetSecretValue"],
            Object.values(secrets).map((each) => arn(site, "secretsmanager", `secret:${each}-??????`)),
          ),
          allowKey(site, keyAlias, "read", ["secretsmanager"], "UseSecretsKey"),
          allow("KeepFailures", ["sqs:SendMessage"], [deadLettersArn]),
          allowKey(site, keyAlias, "write", ["sqs"], "UseQueueKey"),
        ),
      },
      failuresArn: deadLettersArn,
      tags: {},
    },
  };
}

/** Where an environment forwards alerts to. */
export function forwardedTo({ environment }: Site): ("slack" | "pagerDuty")[] {
  const { slack, pagerDuty } = environment.cloud.alerts;
  return [...(slack ? (["slack"] as const) : []), ...(pagerDuty ? (["pagerDuty"] as const) : [])];
}

/** The function that forwards, which is the platform's. */
export function forwardName(site: Site): string {
  return nameOf(site, "function", platformOwner, "forward");
}

/** The queue of what could not be forwarded. */
export function deadLettersName(site: Site): string {
  return nameOf(site, "queue", platformOwner, "dead-letters");
}

/** What wakes a team's pipelines: a queue, the rules that fill it, and the function that empties it. */
import { hasModels, sizes } from "../functions/sizes.ts";
import { denyPlainQueue, type PolicyDocument, policyOf, type Statement } from "../iam.ts";
import { machineArn } from "../machines/arns.ts";
import { arn, nameOf } from "../names.ts";
import { platformKeyAlias } from "../platform/plan.ts";
import type { Scope } from "../scope.ts";

export interface RulePlan {
  resource: string;
  name: string;
  description: string;
  pattern: Record<string, unknown>;
  state: "ENABLED" | "DISABLED";
}

export interface QueuePlan {
  resource: string;
  name: string;
  policy: PolicyDocument;
  keepSeconds: number;
  /** Seconds in which a message that is worked on is not given to another. */
  hiddenSeconds: number;
}

export interface InboxPlan {
  queue: QueuePlan;
  deadLetters: QueuePlan;
  /** Tries after which a message becomes a dead letter. */
  triesMax: number;
  keyAlias: string;
  rules: RulePlan[];
  waker: { batchSize: number; batchSeconds: number; concurrencyMax: number; enabled: boolean };
}

/** Seconds that a burst of files is gathered for before it starts one execution. */
const batchSeconds = 30;

/**
 * Plans the queue of wake-ups: files that arrived in folders that pipelines read, schedules that fired, and runs
 * that ended well, after which gold has something to build.
 *
 * The queues are encrypted with the platform's key: EventBridge writes to them in its own name, and would have to
 * be let use a team's key, which no service may. What lies in them are names of pipelines and files.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html#compatibility-with-aws-services
 */
export function planInbox(scope: Scope): InboxPlan {
  const { team, names } = scope;
  const rules = planRules(scope);
  const ruleArns = rules.map(({ name }) => arn(scope, "events", `rule/${name}`));
  const queueArn = arn(scope, "sqs", names.queue);
  const deadLettersArn = arn(scope, "sqs", names.deadLetters);
  return {
    keyAlias: platformKeyAlias(scope),
    rules,
    triesMax: 5,
    queue: {
      resource: `${team.name}-wakeups`,
      name: names.queue,
      policy: policyOf(denyPlainQueue(queueArn), ...fromRules("Wake", queueArn, ruleArns)),
      keepSeconds: 4 * 86_400,
      // As Lambda asks: six times the function's timeout, and the time of gathering.
      hiddenSeconds: 6 * sizes.waker.timeoutSeconds + batchSeconds,
    },
    deadLetters: {
      resource: `${team.name}-dead-letters`,
      name: names.deadLetters,
      policy: policyOf(denyPlainQueue(deadLettersArn), ...fromRules("KeepLost", deadLettersArn, ruleArns)),
      // The longest SQS keeps anything: somebody is to look first.
      keepSeconds: 14 * 86_400,
      hiddenSeconds: 30,
    },
    // Two at once are the fewest that SQS takes; names of executions make the order of no account.
    waker: { batchSize: 1_000, batchSeconds, concurrencyMax: 2, enabled: team.retired !== true },
  };
}

/** The folders of the inbox that the team's pipelines read. */
export function foldersOf({ environment, team }: Pick<Scope, "environment" | "team">): string[] {
  const folders = team.pipelines.flatMap(({ source }) => {
    const address = environment.connections[source.connection] ?? "";
    return source.kind === "files" && address.startsWith("inbox:") ? [address.slice("inbox:".length)] : [];
  });
  return [...new Set(folders)].sort();
}

function planRules(scope: Scope): RulePlan[] {
  const { team, names } = scope;
  const state = team.retired ? "DISABLED" : "ENABLED";
  const folders = foldersOf(scope);
  const delivered: RulePlan = {
    resource: `${team.name}-delivered`,
    name: nameOf(scope, "rule", team.name, "delivered"),
    description: `Files in the inbox of team ${team.name} wake the pipelines that read them`,
    state,
    pattern: {
      source: ["aws.s3"],
      "detail-type": ["Object Created"],
      detail: {
        bucket: { name: [names.buckets.inbox] },
        object: { key: folders.map((prefix) => ({ prefix })) },
      },
    },
  };
  const ended: RulePlan = {
    resource: `${team.name}-ended`,
    name: nameOf(scope, "rule", team.name, "ended"),
    description: `A run of a pipeline of team ${team.name} that ended well wakes its gold`,
    state,
    pattern: {
      source: ["aws.states"],
      "detail-type": ["Step Functions Execution Status Change"],
      detail: {
        status: ["SUCCEEDED"],
        stateMachineArn: team.pipelines.map(({ name }) => machineArn(scope, name)),
      },
    },
  };
  return [...(folders.length > 0 ? [delivered] : []), ...(hasModels(scope) ? [ended] : [])];
}

/** Lets just these rules send. */
function fromRules(Sid: string, queueArn: string, ruleArns: readonly string[]): Statement[] {
  if (ruleArns.length === 0) return [];
  return [
    {
      Sid,
      Effect: "Allow",
      Principal: { Service: "events.amazonaws.com" },
      Action: ["sqs:SendMessage"],
      Resource: [queueArn],
      Condition: { ArnEquals: { "aws:SourceArn": [...ruleArns] } },
    },
  ];
}

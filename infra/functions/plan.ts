/** A team's functions: the archives of all teams, under the team's own names, roles and limits. */
import { type Archive, type ArchiveName, aliasOf } from "../archives/plan.ts";
import { type PolicyDocument, trustLambda } from "../iam.ts";
import { arn, permissionsBoundary } from "../names.ts";
import type { FunctionName, Scope } from "../scope.ts";
import { access, logGroupOf, planFunctionPolicy } from "./access.ts";
import { functionsOf, type Size, sizes } from "./sizes.ts";

export interface FunctionPlan {
  resource: string;
  name: string;
  description: string;
  archive: Archive;
  /** The alias of exactly this code, by which state machines call it. */
  alias: string;
  size: Size;
  variables: Record<string, string>;
  logGroup: string;
  logDays: number;
  role: { name: string; trust: PolicyDocument; policy: PolicyDocument; boundary: string };
  /** Calls at once at most; absent: what the account has. */
  concurrencyMax?: number;
  /** Of a function that nobody waits for: ARN of the queue that keeps what failed after all tries. */
  failuresArn?: string;
  tags: Record<string, string>;
}

export type Archives = Readonly<Record<ArchiveName, Archive>>;

/**
 * Plans the functions a team needs: those of gold only with models, the heartbeat only with alarms. They cost nothing
 * while nothing runs.
 */
export function planFunctions(scope: Scope, archives: Archives): FunctionPlan[] {
  return functionsOf(scope).map((name) => planFunction(scope, name, archives));
}

function planFunction(scope: Scope, name: FunctionName, archives: Archives): FunctionPlan {
  const { environment, team, names, release, tags } = scope;
  const size = sizes[name];
  const archive = archives[size.archive];
  const startsOrJudges = name === "waker" || name === "heartbeat";
  return {
    resource: `${team.name}-${name}`,
    name: names.functions[name],
    description: `Firn ${environment.name}: ${name} of team ${team.name}`,
    archive,
    alias: aliasOf(archive),
    size: { ...size, timeoutSeconds: Math.min(size.timeoutSeconds, environment.stageSecondsMax) },
    // Names, never a value that is secret: whoever may look at a function sees them.
    variables: {
      FIRN_ENVIRONMENT: environment.name,
      FIRN_TEAM: team.name,
      FIRN_LAKE: names.buckets.raw,
      ...(startsOrJudges && { FIRN_RELEASE: release.hash }),
    },
    logGroup: logGroupOf(scope, name),
    logDays: environment.cloud.logDays,
    role: {
      name: names.roles[name],
      trust: trustLambda(),
      boundary: permissionsBoundary(scope),
      policy: planFunctionPolicy(scope, name),
    },
    // The waker and the heartbeat start and judge the others: they are never held up by them.
    ...(team.concurrencyMax !== undefined && !startsOrJudges && { concurrencyMax: team.concurrencyMax }),
    ...(access[name].asynchronous && { failuresArn: arn(scope, "sqs", names.deadLetters) }),
    tags,
  };
}

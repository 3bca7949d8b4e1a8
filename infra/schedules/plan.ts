/** When a team's pipelines start, as EventBridge Scheduler knows it. */

import { FirnError } from "#core/errors";
import { heartbeatMinutes } from "#core/metrics";
import { alignedMinutes, cronOf, misalignment } from "#core/starts";
import { type Archive, aliasOf } from "../archives/plan.ts";
import { hasHeartbeat } from "../functions/sizes.ts";
import { allow, allowKey, type PolicyDocument, policyOf, trustService } from "../iam.ts";
import { arn, nameOf, permissionsBoundary } from "../names.ts";
import { platformKeyAlias } from "../platform/plan.ts";
import type { Scope } from "../scope.ts";

export interface SchedulePlan {
  resource: string;
  name: string;
  /** cron(...), in the schedule's zone. */
  expression: string;
  timeZone: string;
  state: "ENABLED" | "DISABLED";
  targetArn: string;
  /** What the target is given. Scheduler fills in its own words in angle brackets. */
  input: string;
  /** Tries after the first, and seconds after which a firing is given up. */
  retriesMax: number;
  ageSecondsMax: number;
}

export interface SchedulesPlan {
  group: string;
  role: { name: string; trust: PolicyDocument; policy: PolicyDocument; boundary: string };
  deadLettersArn: string;
  schedules: SchedulePlan[];
}

/**
 * Plans a schedule for each pipeline that declares one, and the heartbeat's where alarms are on.
 *
 * A firing goes to the team's queue of wake-ups with the instant it was scheduled for, from which the waker makes
 * the execution's name: so however often it is delivered, it starts one execution. Scheduler's own execution id
 * would not do: it differs from try to try.
 *
 * Gives a firing up after an hour or a tenth of its interval, whichever is more, since the next one comes anyway.
 *
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
 */
export function planSchedules(scope: Scope, heartbeat: Pick<Archive, "hash">): SchedulesPlan {
  const { team, names } = scope;
  const state = team.retired ? "DISABLED" : "ENABLED";
  const queueArn = arn(scope, "sqs", names.queue);
  const deadLettersArn = arn(scope, "sqs", names.deadLetters);
  const heartbeatArn = arn(scope, "lambda", `function:${names.functions.heartbeat}`);
  const beats = hasHeartbeat(scope);
  return {
    group: names.scheduleGroup,
    deadLettersArn,
    role: {
      name: names.schedulerRole,
      boundary: permissionsBoundary(scope),
      trust: trustService(
        scope,
        "scheduler.amazonaws.com",
        arn(scope, "scheduler", `schedule-group/${names.scheduleGroup}`),
      ),
      policy: policyOf(
        allow("Wake", ["sqs:SendMessage"], [queueArn, deadLettersArn]),
        allowKey(scope, platformKeyAlias(scope), "write", ["sqs"]),
        ...(beats
          ? // The alias of any code: until it is pointed to the new one, the schedule calls the one before.
            [allow("Beat", ["lambda:InvokeFunction"], [`${heartbeatArn}:*`])]
          : []),
      ),
    },
    schedules: [
      ...team.pipelines.flatMap(({ name, schedule }): SchedulePlan[] =>
        schedule
          ? [
              {
                resource: `${team.name}-${name}-schedule`,
                name: nameOf(scope, "schedule", team.name, "pipeline", name),
                expression: cronOf(schedule),
                timeZone: schedule.timeZone ?? "UTC",
                state,
                targetArn: queueArn,
                input: JSON.stringify({ pipeline: name, scheduledAt: "<aws.scheduler.scheduled-time>" }),
                retriesMax: 10,
                ageSecondsMax: Math.max(3_600, Math.min(86_400, schedule.everyMinutes * 6)),
              },
            ]
          : [],
      ),
      ...(beats
        ? [
            {
              resource: `${team.name}-heartbeat-schedule`,
              name: nameOf(scope, "schedule", team.name, "heartbeat"),
              expression: `rate(${heartbeatMinutes} minutes)`,
              timeZone: "UTC",
              state,
              targetArn: `${heartbeatArn}:${aliasOf(heartbeat)}`,
              input: "{}",
              retriesMax: 2,
              ageSecondsMax: 900,
            } as const,
          ]
        : []),
    ],
  };
}

/**
 * Refuses schedules whose starts no cron expression keeps, of all teams at once.
 *
 * @throws {FirnError} `declare.invalid`
 */
export function requireAligned(scopes: readonly Pick<Scope, "team">[]): void {
  const problems = scopes.flatMap(({ team }) =>
    team.pipelines.flatMap(({ name, schedule }) => {
      const why = schedule && misalignment(schedule);
      return why ? [`${team.name}.${name}: ${why}`] : [];
    }),
  );
  if (problems.length === 0) return;
  throw new FirnError("declare.invalid", {
    what: `${problems.length === 1 ? "A schedule" : `${problems.length} schedules`} cannot be kept in the cloud: ${problems.join("; ")}.`,
    why: "Starts are counted from midnight, so that a team's pipelines start together and wake its warehouse once.",
    fix: `Declare everyMinutes as one of ${alignedMinutes.join(", ")}; atHour only with 1440.`,
  });
}

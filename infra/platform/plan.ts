import { keyUse, type Statement } from "../iam.ts";
import { type KeyPlan, planKey } from "../keys/plan.ts";
import { nameOf, platformOwner, type Site } from "../names.ts";

export interface PlatformPlan {
  /** Encrypts alerts on their way: the topics, and the queues of what could not be delivered. */
  key: KeyPlan;
}

/** The platform key's alias, `alias/...`: what topics and policies name it by. */
export function platformKeyAlias(site: Site): string {
  return `alias/${nameOf(site, "alias", platformOwner)}`;
}

/** What the teams of an environment share, none of which holds a team's data. */
export function planPlatform(site: Site): PlatformPlan {
  return {
    key: planKey(
      site,
      {
        alias: platformKeyAlias(site),
        description: `Firn ${site.environment.name}: alerts of all teams`,
        // It holds messages under way and nothing that is kept.
        keeping: { protect: false, retainOnDelete: false },
      },
      [
        // Without these an alarm, a rule or a schedule would reach no one, and say nothing.
        ofThisAccount(site, "Alarms", "cloudwatch.amazonaws.com"),
        ofThisAccount(site, "Schedules", "scheduler.amazonaws.com"),
        ofThisAccount(site, "Topics", "sns.amazonaws.com"),
        // EventBridge says not for which account it asks; with a condition every event would be lost. What it
        // may send to is up to the queues' own policies.
        serviceUse("Rules", "events.amazonaws.com"),
      ],
    ),
  };
}

/** @see https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services */
function ofThisAccount(site: Site, Sid: string, service: string): Statement {
  return {
    ...serviceUse(Sid, service),
    Condition: { StringEquals: { "aws:SourceAccount": site.environment.cloud.account } },
  };
}

function serviceUse(Sid: string, service: string): Statement {
  // In a key's policy `*` is that key.
  return {
    Sid,
    Effect: "Allow",
    Principal: { Service: service },
    Action: [...keyUse.write],
    Resource: ["*"],
  };
}

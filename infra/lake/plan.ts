import type { PolicyDocument } from "../iam.ts";
import { type Keeping, keepingOf, strictestOf } from "../keeping.ts";
import { type KeyPlan, planKey } from "../keys/plan.ts";
import { type Scope, type Zone, zones } from "../scope.ts";
import { type LifecycleRule, planLifecycle } from "./lifecycle.ts";
import { planBucketPolicy } from "./policy.ts";

/** A team's lake: three buckets, and the key that encrypts them and the team's secrets. */
export interface LakePlan {
  key: KeyPlan;
  zones: Record<Zone, ZonePlan>;
}

export interface ZonePlan {
  bucket: string;
  /** It exists already: Pulumi takes it over by its name. */
  adopted: boolean;
  keeping: Keeping;
  /** Pulumi deletes it with what lies in it. */
  forceDestroy: boolean;
  /**
   * Objects can be locked. The bucket sets no retention of its own: state/ must stay rewritable. The manifest
   * step locks what a manifest names, in governance mode.
   */
  objectLock: boolean;
  lifecycle: LifecycleRule[];
  policy: PolicyDocument;
  /** S3 tells EventBridge of every new object. */
  events: boolean;
  tags: Record<string, string>;
}

export function planLake(scope: Scope): LakePlan {
  const planned = Object.fromEntries(zones.map((zone) => [zone, planZone(scope, zone)])) as LakePlan["zones"];
  return {
    zones: planned,
    key: planKey(scope, {
      alias: scope.names.keyAlias,
      description: `Firn ${scope.environment.name}: lake and secrets of team ${scope.team.name}`,
      keeping: strictestOf([keepingOf(scope), ...zones.map((zone) => planned[zone].keeping)]),
      tags: scope.tags,
    }),
  };
}

function planZone(scope: Scope, zone: Zone): ZonePlan {
  const { environment, team } = scope;
  const adopted = team.adopt?.[environment.name]?.buckets?.[zone] !== undefined;
  const keeping = keepingOf(scope);
  return {
    bucket: scope.names.buckets[zone],
    adopted,
    // What Firn did not make it does not delete either.
    keeping: { ...keeping, retainOnDelete: keeping.retainOnDelete || adopted },
    forceDestroy: !keeping.protect && !adopted,
    objectLock: zone === "raw" && environment.cloud.lake.lockDays !== undefined,
    lifecycle: planLifecycle(environment.cloud, zone),
    policy: planBucketPolicy(scope, zone),
    events: zone === "inbox",
    tags: scope.tags,
  };
}

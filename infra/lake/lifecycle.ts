import type { Cloud } from "#firn";
import type { Zone } from "../scope.ts";

/** A rule of a bucket's lifecycle, in the shape the provider takes. */
export interface LifecycleRule {
  id: string;
  status: "Enabled";
  /** What keys begin with; empty for the whole bucket. */
  filter: { prefix: string };
  transitions?: { days: number; storageClass: "GLACIER_IR" }[];
  expiration?: { days: number } | { expiredObjectDeleteMarker: true };
  noncurrentVersionExpiration?: { noncurrentDays: number };
  abortIncompleteMultipartUpload?: { daysAfterInitiation: number };
}

/** Days after which raw is deleted where the environment does not say: seven years. */
export const rawDaysDefault = 2_555;

/** Days an upload may be under way: the longest extract takes hours. */
const uploadDaysMax = 7;

/**
 * When objects of a zone grow cold and go. What lies under `state/` stays: it is small, and runs need it.
 *
 * Raw grows no colder than Glacier Instant Retrieval. From the tiers below it an object must be restored before it
 * can be read, and Snowflake's COPY would fail. Objects under 128 KiB, such as manifests, are left where they are:
 * cold they would cost more.
 *
 * @see https://docs.snowflake.com/en/user-guide/data-load-s3-create-stage
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
 */
export function planLifecycle({ lake }: Pick<Cloud, "lake">, zone: Zone): LifecycleRule[] {
  const whole = { status: "Enabled", filter: { prefix: "" } } as const;
  const rules: Record<Zone, LifecycleRule> = {
    inbox: { id: "delivered", ...whole, expiration: { days: lake.inboxDays } },
    raw: {
      id: "history",
      status: "Enabled",
      filter: { prefix: "raw/" },
      transitions: [{ days: lake.rawColdAfterDays, storageClass: "GLACIER_IR" }],
      expiration: { days: lake.rawDays ?? rawDaysDefault },
    },
    curated: { id: "rebuildable", ...whole, expiration: { days: lake.curatedDays } },
  };
  return [
    rules[zone],
    {
      id: "leftovers",
      ...whole,
      abortIncompleteMultipartUpload: { daysAfterInitiation: uploadDaysMax },
      noncurrentVersionExpiration: { noncurrentDays: lake.oldVersionDays },
      expiration: { expiredObjectDeleteMarker: true },
    },
  ];
}

import { has, isObject, list, type Props, partsOf } from "../resource.ts";
import { rule } from "../rule.ts";

export default rule({
  name: "bucket-expires",
  claim: "A bucket has a lifecycle, and old versions do not stay in it for ever.",
  severity: "medium",
  why: "What nobody deletes is paid for every month, and personal data outlives its purpose.",
  fix: "Give it a BucketLifecycleConfiguration whose rules expire objects and noncurrent versions.",
  provision: {
    source: "AWS Foundational Security Best Practices S3.10 and S3.13",
    url: "https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-10",
  },
  types: ["aws:s3/bucket:Bucket"],
  sees: "stack",
  check(bucket, { stack, report }) {
    const type = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration";
    const rules = partsOf(stack, bucket, type, "bucket")
      .flatMap(({ props }) => list(props.rules))
      .filter(({ status }) => status === "Enabled");
    if (rules.length === 0) return report("has no lifecycle that is Enabled.");
    if (!rules.some((each) => isObject(each.expiration)))
      report("has no lifecycle rule that expires objects.");
    if (!rules.some(expiresVersions)) report("has no lifecycle rule that expires noncurrent versions.");
  },
});

function expiresVersions({ noncurrentVersionExpiration }: Props): boolean {
  return isObject(noncurrentVersionExpiration) && has(noncurrentVersionExpiration, "noncurrentDays");
}

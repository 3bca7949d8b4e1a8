import { at, partsOf } from "../resource.ts";
import { rule } from "../rule.ts";

export default rule({
  name: "bucket-versioned",
  claim: "A bucket keeps versions.",
  severity: "high",
  why: "Without them, what is overwritten or deleted by mistake is gone.",
  fix: "Give it a BucketVersioning with status Enabled.",
  provision: {
    source: "AWS Foundational Security Best Practices S3.14",
    url: "https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-14",
  },
  types: ["aws:s3/bucket:Bucket"],
  sees: "stack",
  check(bucket, { stack, report }) {
    const parts = partsOf(stack, bucket, "aws:s3/bucketVersioning:BucketVersioning", "bucket");
    if (!parts.some(({ props }) => at(props, "versioningConfiguration").status === "Enabled")) {
      report("has no versioning that is Enabled.");
    }
  },
});

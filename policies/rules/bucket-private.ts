import { partsOf } from "../resource.ts";
import { rule } from "../rule.ts";

const blocks = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"];

export default rule({
  name: "bucket-private",
  claim: "A bucket blocks public access in all four ways.",
  severity: "critical",
  why: "One wrong policy or ACL would otherwise show the bucket to the whole internet.",
  fix: `Give it a BucketPublicAccessBlock with ${blocks.join(", ")}.`,
  provision: {
    source: "CIS AWS Foundations Benchmark 2.1.4",
    url: "https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-8",
  },
  types: ["aws:s3/bucket:Bucket"],
  sees: "stack",
  check(bucket, { stack, report }) {
    const parts = partsOf(stack, bucket, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "bucket");
    const open = blocks.filter((block) => !parts.some(({ props }) => props[block] === true));
    if (open.length > 0) report(`does not set ${open.join(", ")}.`);
  },
});

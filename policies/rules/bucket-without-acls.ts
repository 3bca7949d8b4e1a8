import { at, partsOf } from "../resource.ts";
import { rule } from "../rule.ts";

export default rule({
  name: "bucket-without-acls",
  claim: "A bucket's owner owns its objects, and no ACL says otherwise.",
  severity: "medium",
  why: "An ACL is a second way to grant, which no review of policies would find.",
  fix: "Give it BucketOwnershipControls with BucketOwnerEnforced, and no BucketAcl.",
  provision: {
    source: "AWS Foundational Security Best Practices S3.12",
    url: "https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-12",
  },
  types: ["aws:s3/bucket:Bucket"],
  sees: "stack",
  check(bucket, { stack, report }) {
    const controls = partsOf(
      stack,
      bucket,
      "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
      "bucket",
    );
    if (!controls.some(({ props }) => at(props, "rule").objectOwnership === "BucketOwnerEnforced")) {
      report("has no ownership controls with BucketOwnerEnforced.");
    }
    if (partsOf(stack, bucket, "aws:s3/bucketAcl:BucketAcl", "bucket").length > 0) report("has an ACL.");
  },
});

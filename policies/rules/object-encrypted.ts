import { has } from "../resource.ts";
import { rule } from "../rule.ts";

export default rule({
  name: "object-encrypted",
  claim: "An object that Pulumi puts names the key it is encrypted with.",
  severity: "medium",
  why: "The lake refuses an object with another key, and only in the middle of an update.",
  fix: "Give it kmsKeyId and serverSideEncryption aws:kms.",
  provision: {
    source: "AWS Foundational Security Best Practices S3.17",
    url: "https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-17",
  },
  types: ["aws:s3/bucketObjectv2:BucketObjectv2", "aws:s3/bucketObject:BucketObject"],
  sees: "resource",
  check({ props }, { report }) {
    if (!has(props, "kmsKeyId")) report("has no kmsKeyId.");
  },
});

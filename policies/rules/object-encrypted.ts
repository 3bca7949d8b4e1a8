import { has } from "../resource.ts";
import { rule } from "../rule.ts";

export default rule({
  name: "object-encrypted",
  claim: "An object that Pulumi puts is encrypted as its bucket is, or with a key of ours.",
  severity: "medium",
  why: "The lake refuses what is encrypted otherwise, and only in the middle of an update.",
  fix: "Leave serverSideEncryption out, or set it to aws:kms with a kmsKeyId; and set no acl.",
  provision: {
    source: "AWS Foundational Security Best Practices S3.17",
    url: "https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-17",
  },
  types: ["aws:s3/bucketObjectv2:BucketObjectv2", "aws:s3/bucketObject:BucketObject"],
  sees: "resource",
  check({ props }, { report }) {
    const named = has(props, "serverSideEncryption") ? props.serverSideEncryption : "aws:kms";
    if (named !== "aws:kms") report(`is encrypted by ${String(named)}.`);
    else if (has(props, "serverSideEncryption") && !has(props, "kmsKeyId")) report("has no kmsKeyId.");
    if (has(props, "acl")) report("has an acl.");
  },
});

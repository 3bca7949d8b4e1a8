import { at, has, list, partsOf } from "../resource.ts";
import { rule } from "../rule.ts";

export default rule({
  name: "bucket-encrypted",
  claim: "A bucket encrypts with a key of ours, through a bucket key.",
  severity: "high",
  why: "Only a key of ours lets its policy say who may read; without a bucket key each object costs a call to KMS.",
  fix: "Give it a BucketServerSideEncryptionConfiguration with aws:kms, kmsMasterKeyId and bucketKeyEnabled.",
  provision: {
    source: "AWS Foundational Security Best Practices S3.17",
    url: "https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-17",
  },
  types: ["aws:s3/bucket:Bucket"],
  sees: "stack",
  check(bucket, { stack, report }) {
    const type = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration";
    const rules = partsOf(stack, bucket, type, "bucket").flatMap(({ props }) => list(props.rules));
    const byKey = rules.filter((each) => {
      const applied = at(each, "applyServerSideEncryptionByDefault");
      return applied.sseAlgorithm === "aws:kms" && has(applied, "kmsMasterKeyId");
    });
    if (byKey.length === 0) report("has no default encryption with a customer key.");
    else if (byKey.some((each) => each.bucketKeyEnabled !== true)) report("has bucketKeyEnabled off.");
  },
});

import { resourceDocuments, type Statement, statementsOf } from "../documents.ts";
import { partsOf } from "../resource.ts";
import { rule } from "../rule.ts";

export default rule({
  name: "bucket-tls-only",
  claim: "A bucket refuses who does not use TLS.",
  severity: "medium",
  why: "Objects could be read on their way.",
  fix: "Deny s3:* to everybody on the bucket and its objects where aws:SecureTransport is false.",
  provision: {
    source: "AWS Foundational Security Best Practices S3.5",
    url: "https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-5",
  },
  types: ["aws:s3/bucket:Bucket"],
  sees: "stack",
  check(bucket, { stack, report }) {
    const policies = partsOf(stack, bucket, "aws:s3/bucketPolicy:BucketPolicy", "bucket");
    const statements = statementsOf(policies.flatMap(resourceDocuments));
    if (!statements.some(deniesPlainHttp)) report("has no policy that denies s3:* without TLS.");
  },
});

function deniesPlainHttp({ effect, actions, principals, resources, conditions }: Statement): boolean {
  return (
    effect === "Deny" &&
    actions.includes("s3:*") &&
    principals.AWS?.includes("*") === true &&
    resources.some((each) => each.endsWith("/*")) &&
    resources.some((each) => !each.endsWith("/*")) &&
    conditions.length === 1 &&
    conditions.some(
      ({ operator, key, values }) =>
        operator === "Bool" && key === "aws:securetransport" && values.join() === "false",
    )
  );
}

import { conditionedOn, resourceDocuments, type Statement, statementsOf } from "../documents.ts";
import { partsOf } from "../resource.ts";
import { rule } from "../rule.ts";

export default rule({
  name: "raw-immutable",
  claim: "What was landed in a raw bucket can be neither overwritten nor deleted.",
  severity: "critical",
  why: "Everything else is rebuilt from raw; a run that goes wrong must not be able to harm it.",
  fix: "Deny s3:DeleteObject, s3:DeleteObjectVersion, and s3:PutObject without s3:if-none-match, under raw/.",
  provision: {
    source: "Firn, DESIGN: bronze is append-only",
    url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html",
  },
  types: ["aws:s3/bucket:Bucket"],
  sees: "stack",
  check(bucket, { stack, report }) {
    if (!/(^|-)raw$/.test(bucket.name)) return;
    const policies = partsOf(stack, bucket, "aws:s3/bucketPolicy:BucketPolicy", "bucket");
    const denied = statementsOf(policies.flatMap(resourceDocuments)).filter(
      ({ effect, resources }) => effect === "Deny" && resources.some((each) => each.endsWith("/raw/*")),
    );
    for (const action of ["s3:DeleteObject", "s3:DeleteObjectVersion"]) {
      if (!denied.some(({ actions }) => actions.includes(action)))
        report(`does not deny ${action} under raw/.`);
    }
    if (!denied.some(deniesOverwriting)) report("does not deny overwriting under raw/.");
  },
});

function deniesOverwriting(statement: Statement): boolean {
  return statement.actions.includes("s3:PutObject") && conditionedOn(statement, "s3:if-none-match");
}

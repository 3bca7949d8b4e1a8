import { teamOf } from "../resource.ts";
import { rule } from "../rule.ts";

export default rule({
  name: "data-not-forced",
  claim: "In production, no bucket may be deleted with what is in it.",
  severity: "critical",
  why: "A bucket that is not empty refuses its deletion: the last thing between a mistake and the data.",
  fix: "Leave forceDestroy off; to let a team go, declare it retired first.",
  provision: {
    source: "Firn, DESIGN: deleting a team takes two steps",
    url: "https://www.pulumi.com/registry/packages/aws/api-docs/s3/bucket/#forcedestroy_nodejs",
  },
  settings: { required: { default: true, about: "Whether what holds data is kept here." } },
  types: ["aws:s3/bucket:Bucket"],
  sees: "stack",
  check(bucket, { report, settings }) {
    if (settings.required && bucket.props.forceDestroy === true && teamOf(bucket)?.props.retired !== true) {
      report("has forceDestroy on.");
    }
  },
});

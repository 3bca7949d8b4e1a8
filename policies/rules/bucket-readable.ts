import { list } from "../resource.ts";
import { rule } from "../rule.ts";

const readable = ["STANDARD", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR"];

export default rule({
  name: "bucket-readable",
  claim: "No object becomes colder than Glacier Instant Retrieval.",
  severity: "high",
  why: "Snowflake cannot read what must be restored first: history could not be loaded again.",
  fix: "Let the transition end in GLACIER_IR.",
  provision: {
    source: "Snowflake, CREATE STAGE",
    url: "https://docs.snowflake.com/en/sql-reference/sql/create-stage",
  },
  types: ["aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"],
  sees: "resource",
  check({ props }, { report }) {
    for (const each of list(props.rules)) {
      const transitions = [...list(each.transitions), ...list(each.noncurrentVersionTransitions)];
      for (const { storageClass } of transitions) {
        if (!readable.includes(String(storageClass))) {
          report(`rule ${String(each.id)} moves objects to ${String(storageClass)}.`);
        }
      }
    }
  },
});

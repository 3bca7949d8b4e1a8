import { rule } from "../rule.ts";

export default rule({
  name: "events-from-inbox-only",
  claim: "Only an inbox tells of its objects.",
  severity: "medium",
  why: "A bucket whose own writes start runs that write to it starts itself for ever.",
  fix: "Remove the BucketNotification, or deliver to the inbox.",
  provision: {
    source: "Firn, DESIGN: the inbox is the only bucket whose events are on",
    url: "https://docs.aws.amazon.com/lambda/latest/dg/with-s3.html",
  },
  types: ["aws:s3/bucketNotification:BucketNotification"],
  sees: "stack",
  check({ name, props, propertyDependencies }, { report }) {
    const buckets = propertyDependencies?.bucket ?? [];
    const inbox = buckets.length > 0 ? buckets.every(isInbox) : /-inbox(-|$)/.test(String(props.bucket));
    if (!inbox) report(`${name} is about a bucket that is no inbox.`);
  },
});

function isInbox({ type, name }: { type: string; name: string }): boolean {
  return type !== "aws:s3/bucket:Bucket" || /(^|-)inbox$/.test(name);
}

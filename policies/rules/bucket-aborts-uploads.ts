import { at, has, list } from "../resource.ts";
import { rule } from "../rule.ts";

export default rule({
  name: "bucket-aborts-uploads",
  claim: "A bucket removes the parts of uploads that were never completed.",
  severity: "low",
  why: "A killed run leaves parts behind, which no listing shows and every bill does.",
  fix: "Add a rule for the whole bucket with abortIncompleteMultipartUpload.",
  provision: {
    source: "Amazon S3 User Guide, aborting incomplete multipart uploads",
    url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpu-abort-incomplete-mpu-lifecycle-config.html",
  },
  settings: { daysMax: { default: 14, about: "Days after which an upload that was begun is given up." } },
  types: ["aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"],
  sees: "resource",
  check({ props }, { report, settings }) {
    const whole = list(props.rules).filter(
      ({ status, filter, prefix }) =>
        status === "Enabled" && !prefix && !has(at({ filter }, "filter"), "prefix"),
    );
    const days = whole.map((each) => at(each, "abortIncompleteMultipartUpload").daysAfterInitiation);
    if (!days.some((each) => typeof each === "number" && each <= settings.daysMax)) {
      report(`has no rule for all objects that aborts uploads within ${settings.daysMax} days.`);
    }
  },
});

import { teamOf } from "../resource.ts";
import { rule } from "../rule.ts";

export default rule({
  name: "data-protected",
  claim: "In production, what holds data cannot be deleted by a deployment.",
  severity: "critical",
  why: "A renamed declaration or a wrong stack would delete what nobody can bring back.",
  fix: "Set protect; to let a team go, declare it retired first.",
  provision: {
    source: "AWS Well-Architected REL09-BP01; Pulumi, protect",
    url: "https://www.pulumi.com/docs/iac/concepts/options/protect/",
  },
  settings: { required: { default: true, about: "Whether what holds data is protected here." } },
  types: [
    "aws:s3/bucket:Bucket",
    "aws:kms/key:Key",
    "snowflake:index/database:Database",
    "snowflake:index/storageIntegration:StorageIntegration",
  ],
  sees: "stack",
  check(resource, { report, settings }) {
    const team = teamOf(resource);
    // What teams share encrypts messages on their way, and keeps nothing.
    if (!settings.required || !team || team.props.retired === true) return;
    if (!resource.opts.protect) report("is not protected.");
  },
});

import {
  identityDocuments,
  identityTypes,
  resourceDocuments,
  resourceTypes,
  trustDocuments,
  trustTypes,
} from "../documents.ts";
import { rule } from "../rule.ts";

export default rule({
  name: "iam-policy-well-formed",
  claim: "A policy is a document that the other rules can read.",
  severity: "high",
  why: "AWS reads a document of the old version otherwise, and what no rule can read no rule can judge.",
  fix: 'Write JSON with Version "2012-10-17" and at least one statement, each of a Sid of its own.',
  provision: {
    source: "IAM User Guide, policy elements",
    url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html",
  },
  types: [...identityTypes, ...resourceTypes, ...trustTypes],
  sees: "resource",
  check(resource, { report }) {
    const documents = [
      ...identityDocuments(resource),
      ...resourceDocuments(resource),
      ...trustDocuments(resource),
    ];
    for (const { at, version, statements } of documents) {
      if (!statements) report(`${at} is no policy document.`);
      else if (version !== "2012-10-17") report(`${at} has Version ${String(version)}.`);
      else if (new Set(statements.map(({ sid }) => sid)).size < statements.length) {
        report(`${at} has two statements of one Sid.`);
      }
    }
  },
});

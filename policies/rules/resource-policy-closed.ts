import {
  conditionedOn,
  resourceDocuments,
  resourceTypes,
  type Statement,
  statementsOf,
} from "../documents.ts";
import { rule } from "../rule.ts";

const sources = ["aws:SourceAccount", "aws:SourceArn", "aws:PrincipalAccount", "kms:CallerAccount"];

export default rule({
  name: "resource-policy-closed",
  claim: "A bucket, key, queue, topic or secret lets in nobody from outside the account.",
  severity: "critical",
  why: "A policy of a resource opens it past every role, and a service may come on a stranger's errand.",
  fix: "Name the principal, and ask for aws:SourceAccount or aws:SourceArn where it is a service or everybody.",
  provision: {
    source: "AWS Foundational Security Best Practices S3.6 and SNS.4",
    url: "https://docs.aws.amazon.com/securityhub/latest/userguide/sns-controls.html#sns-4",
  },
  settings: {
    withoutSource: {
      default: ["events.amazonaws.com"],
      about: "Services that tell a key's policy no source, so that a condition would shut them out.",
    },
  },
  types: resourceTypes,
  sees: "resource",
  check(resource, { report, settings }) {
    for (const statement of statementsOf(resourceDocuments(resource))) {
      if (statement.effect === "Deny" || conditionedOn(statement, ...sources)) continue;
      const open = openTo(statement).filter((each) => !settings.withoutSource.includes(each));
      if (open.length > 0) report(`statement ${statement.sid} lets in ${open.join(", ")} from any account.`);
    }
  },
});

function openTo({ principals }: Statement): string[] {
  return [
    ...(principals.Service ?? []),
    ...Object.entries(principals).flatMap(([kind, each]) =>
      kind === "Service" ? [] : each.filter((principal) => /[*?]/.test(principal)),
    ),
  ];
}

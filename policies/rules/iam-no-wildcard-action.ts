import {
  identityDocuments,
  identityTypes,
  resourceDocuments,
  resourceTypes,
  type Statement,
  statementsOf,
  trustDocuments,
  trustTypes,
} from "../documents.ts";
import { rule } from "../rule.ts";

export default rule({
  name: "iam-no-wildcard-action",
  claim: "A policy allows actions by their whole names.",
  severity: "high",
  why: "A wildcard allows what nobody meant, and what AWS adds tomorrow.",
  fix: "Name each action.",
  provision: {
    source: "AWS Foundational Security Best Practices IAM.21",
    url: "https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html#iam-21",
  },
  types: [...identityTypes, ...resourceTypes, ...trustTypes],
  sees: "resource",
  check(resource, { report }) {
    const documents = [
      ...identityDocuments(resource),
      ...resourceDocuments(resource),
      ...trustDocuments(resource),
    ];
    for (const statement of statementsOf(documents)) {
      if (statement.effect === "Deny" || isDelegation(resource.type, statement)) continue;
      for (const action of statement.actions.filter((each) => /[*?]/.test(each))) {
        report(`statement ${statement.sid} allows ${action}.`);
      }
    }
  },
});

/** A key's policy must leave nothing out for its account, or nobody could ever mend it. */
function isDelegation(type: string, { actions, principals }: Statement): boolean {
  const all = Object.values(principals).flat();
  return (
    type.startsWith("aws:kms/") &&
    actions.join() === "kms:*" &&
    all.length > 0 &&
    all.every((each) => /^arn:aws[\w-]*:iam::\d{12}:root$/.test(each))
  );
}

import {
  identityDocuments,
  identityTypes,
  resourceDocuments,
  resourceTypes,
  statementsOf,
  trustDocuments,
  trustTypes,
} from "../documents.ts";
import { rule } from "../rule.ts";

export default rule({
  name: "iam-no-negation",
  claim: "No policy allows all but something.",
  severity: "high",
  why: "NotAction, NotResource and NotPrincipal allow whatever is not listed, known or not.",
  fix: "Allow what is meant; or deny the exception in a statement of its own.",
  provision: {
    source: "IAM User Guide, NotAction with Allow",
    url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notaction.html",
  },
  types: [...identityTypes, ...resourceTypes, ...trustTypes],
  sees: "resource",
  check(resource, { report }) {
    const documents = [
      ...identityDocuments(resource),
      ...resourceDocuments(resource),
      ...trustDocuments(resource),
    ];
    for (const { effect, sid, notActions, notResources, notPrincipals } of statementsOf(documents)) {
      if (effect === "Deny") continue;
      const negated = [
        ...(notActions.length > 0 ? ["NotAction"] : []),
        ...(notResources.length > 0 ? ["NotResource"] : []),
        ...(notPrincipals.length > 0 ? ["NotPrincipal"] : []),
      ];
      if (negated.length > 0) report(`statement ${sid} allows by ${negated.join(" and ")}.`);
    }
  },
});

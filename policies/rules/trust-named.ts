import { statementsOf, trustDocuments, trustTypes } from "../documents.ts";
import { rule } from "../rule.ts";

export default rule({
  name: "trust-named",
  claim: "A role says by name who may take it.",
  severity: "critical",
  why: "Whoever a wildcard matches has all that the role has.",
  fix: "Name the service, role or identity provider.",
  provision: {
    source: "AWS Well-Architected SEC03-BP07",
    url: "https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_permissions_analyze_cross_account.html",
  },
  types: trustTypes,
  sees: "resource",
  check(resource, { report }) {
    for (const { effect, sid, principals } of statementsOf(trustDocuments(resource))) {
      const all = Object.values(principals).flat();
      if (effect === "Deny") continue;
      if (all.length === 0) report(`statement ${sid} names nobody.`);
      for (const each of all.filter((principal) => /[*?]/.test(principal)))
        report(`statement ${sid} trusts ${each}.`);
    }
  },
});

import { credentialsIn } from "../credentials.ts";
import { rule } from "../rule.ts";

/**
 * Every text of every resource: environments, descriptions, definitions, comments, tags, statements. A value that
 * a preview does not know comes from a vendor, and is looked at by `up`, before the resource is made.
 */
export default rule({
  name: "no-credentials-in-text",
  claim: "No text of a resource holds a credential.",
  severity: "critical",
  why: "It would be in the code, the state, the plan and the console, for everybody who may read one of them.",
  fix: "Take it back and replace it, for it is known now; put the new one into Secrets Manager with `firn secrets set`.",
  provision: {
    source: "AWS Well-Architected SEC02-BP03",
    url: "https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_identities_secrets.html",
  },
  types: "all",
  sees: "resource",
  check({ props, provider }, { report }) {
    for (const { at, what } of credentialsIn(props)) report(`${at} looks like ${what}.`);
    for (const { at, what } of credentialsIn(provider?.props ?? {})) {
      report(`the provider's ${at} looks like ${what}.`);
    }
  },
});

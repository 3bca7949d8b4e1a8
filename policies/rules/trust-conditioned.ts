import { conditionedOn, type Statement, statementsOf, trustDocuments, trustTypes } from "../documents.ts";
import { type Resource, strings } from "../resource.ts";
import { rule } from "../rule.ts";

export default rule({
  name: "trust-conditioned",
  claim: "A role is taken only for us: by a service for our account, by another account with an external id.",
  severity: "high",
  why: "Otherwise a stranger's resource makes the service act for us (the confused deputy).",
  fix: "Add aws:SourceAccount for a service, sts:ExternalId for another account, :sub and :aud for a provider.",
  provision: {
    source: "IAM User Guide, the confused deputy problem",
    url: "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
  },
  settings: {
    withoutSource: {
      default: ["lambda.amazonaws.com"],
      about: "Services that take a role only for resources of its own account, and tell no source.",
    },
  },
  types: trustTypes,
  sees: "resource",
  check(resource, { report, settings }) {
    const statements = statementsOf(trustDocuments(resource));
    for (const statement of statements.filter(({ effect }) => effect === "Allow")) {
      const { sid, principals } = statement;
      const services = (principals.Service ?? []).filter((each) => !settings.withoutSource.includes(each));
      if (services.length > 0 && !conditionedOn(statement, "aws:SourceAccount", "aws:SourceArn")) {
        report(`statement ${sid} trusts ${services.join(", ")} for any account.`);
      }
      const foreign = (principals.AWS ?? []).filter((each) => !isOfAccount(each, accountOf(resource)));
      if (foreign.length > 0 && !conditionedOn(statement, "sts:ExternalId")) {
        report(`statement ${sid} trusts ${foreign.join(", ")} without an external id.`);
      }
      if ((principals.Federated ?? []).length > 0 && !knowsSubject(statement)) {
        report(`statement ${sid} trusts whoever ${principals.Federated?.join(", ")} vouches for.`);
      }
    }
  },
});

function knowsSubject({ conditions }: Statement): boolean {
  return conditions.some(
    ({ operator, key, values }) =>
      key.endsWith(":sub") && operator.startsWith("String") && values.every((each) => !each.startsWith("*")),
  );
}

function isOfAccount(principal: string, account: string | undefined): boolean {
  return principal === "*" || account === undefined || principal.split(":")[4] === account;
}

/** The account the provider is held to; the environment decides it, and `account-pinned` that there is one. */
function accountOf({ provider }: Resource): string | undefined {
  const ids = provider?.props.allowedAccountIds;
  return strings(typeof ids === "string" ? parsed(ids) : ids)[0];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

import { rule } from "../rule.ts";
import { ownershipGrant, partsOfName } from "../snowflake.ts";

export default rule({
  name: "ownership-by-owners",
  claim: "What is owned is owned by an owner role.",
  severity: "high",
  why: "An owner may do everything and grant everything; a role that people or runs use must not.",
  fix: "Grant the ownership to the team's owner role, and the privileges it needs to the other.",
  provision: {
    source: "Snowflake, access control best practices",
    url: "https://docs.snowflake.com/en/user-guide/security-access-control-considerations",
  },
  settings: {
    suffixes: {
      default: ["_OWNER", "_LEDGER"],
      about: "How the names of roles end that nobody signs in with.",
    },
  },
  types: [ownershipGrant],
  sees: "resource",
  check({ props }, { report, settings }) {
    const role = partsOfName(props.accountRoleName).join(".");
    if (!settings.suffixes.some((suffix) => role.endsWith(suffix))) report(`gives ownership to ${role}.`);
  },
});

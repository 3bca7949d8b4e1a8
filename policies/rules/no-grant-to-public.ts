import { has } from "../resource.ts";
import { rule } from "../rule.ts";
import { grantTypes, partsOfName } from "../snowflake.ts";

export default rule({
  name: "no-grant-to-public",
  claim: "Nothing is granted to PUBLIC.",
  severity: "critical",
  why: "Every user of the account has that role, whatever team or tool.",
  fix: "Grant to the role that needs it.",
  provision: {
    source: "CIS Snowflake Foundations Benchmark 1; Snowflake, system-defined roles",
    url: "https://docs.snowflake.com/en/user-guide/security-access-control-overview#system-defined-roles",
  },
  types: grantTypes,
  sees: "resource",
  check({ props }, { report }) {
    for (const property of ["accountRoleName", "parentRoleName"]) {
      if (has(props, property) && partsOfName(props[property]).join() === "PUBLIC")
        report("grants to PUBLIC.");
    }
  },
});

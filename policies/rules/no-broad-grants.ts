import { rule } from "../rule.ts";
import { privilegeGrant, privilegesOf, targetOf } from "../snowflake.ts";

const broad = ["ALL", "ALL PRIVILEGES", "OWNERSHIP", "MANAGE GRANTS", "APPLY MASKING POLICY", "IMPERSONATE"];

export default rule({
  name: "no-broad-grants",
  claim: "A grant names its privileges, on one thing, and cannot be passed on.",
  severity: "high",
  why: "All privileges are more than anybody looked at, and a grant that may be passed on ends anywhere.",
  fix: "Name the privileges that a statement needs; grant ownership by GrantOwnership to the owner role.",
  provision: {
    source: "Snowflake, access control privileges",
    url: "https://docs.snowflake.com/en/user-guide/security-access-control-privileges",
  },
  types: [privilegeGrant],
  sees: "resource",
  check({ props }, { report }) {
    const found = privilegesOf(props).filter((each) => broad.includes(each));
    if (props.allPrivileges === true) report("grants all privileges.");
    if (found.length > 0) report(`grants ${found.join(", ")}.`);
    if (props.withGrantOption === true) report("may be passed on.");
    if (props.onAccount === true || !targetOf(props)) report("is on the account.");
  },
});

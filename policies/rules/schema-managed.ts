import { rule } from "../rule.ts";

export default rule({
  name: "schema-managed",
  claim: "Only a schema's owner grants what is in it.",
  severity: "high",
  why: "Whoever makes a table could grant it to anybody otherwise, past every declaration.",
  fix: 'Set withManagedAccess "true".',
  provision: {
    source: "Snowflake, managed access schemas",
    url: "https://docs.snowflake.com/en/user-guide/security-access-control-configure#label-managed-access-schemas",
  },
  types: ["snowflake:index/schema:Schema"],
  sees: "resource",
  check({ props: { withManagedAccess } }, { report }) {
    if (String(withManagedAccess) !== "true") report("has no managed access.");
  },
});

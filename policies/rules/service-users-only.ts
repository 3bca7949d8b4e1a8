import { has } from "../resource.ts";
import { rule } from "../rule.ts";

export default rule({
  name: "service-users-only",
  claim: "A user that Pulumi makes is a service's, without a password and without a key.",
  severity: "critical",
  why: "Snowflake refuses passwords of services; a person belongs to the identity provider; a key here would undo a rotation.",
  fix: "Make a service user with workload identity; or a ServiceUser whose key is put by `firn secrets set`.",
  provision: {
    source: "Snowflake, types of users",
    url: "https://docs.snowflake.com/en/user-guide/admin-user-management#types-of-users",
  },
  types: [
    "snowflake:index/user:User",
    "snowflake:index/legacyServiceUser:LegacyServiceUser",
    "snowflake:index/serviceUser:ServiceUser",
  ],
  sees: "resource",
  check({ type, props }, { report }) {
    if (type !== "snowflake:index/serviceUser:ServiceUser") report(`is a ${type}.`);
    for (const property of ["password", "rsaPublicKey", "rsaPublicKey2"]) {
      if (has(props, property)) report(`has ${property}.`);
    }
  },
});

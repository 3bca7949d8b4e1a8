import { rule } from "../rule.ts";
import { parseStatement, StatementError, type UserStatement } from "../statements.ts";

/** What each of a resource's statements may be. */
const allowed: Record<string, readonly UserStatement["kind"][]> = {
  execute: ["create", "alter"],
  query: ["show"],
  revert: ["drop", "alter"],
};

export default rule({
  name: "execute-statements",
  claim: "A statement that Pulumi runs makes, shows, changes or drops one service user, and nothing else.",
  severity: "critical",
  why: "Execute runs whatever it is given with the deployer's rights, and no other rule could read it.",
  fix: "Write CREATE USER ... TYPE = SERVICE WORKLOAD_IDENTITY = (TYPE = AWS ARN = '...'), and DROP USER to revert.",
  provision: {
    source: "Snowflake, CREATE USER",
    url: "https://docs.snowflake.com/en/sql-reference/sql/create-user",
  },
  types: ["snowflake:index/execute:Execute"],
  sees: "resource",
  check({ props }, { report }) {
    const users = new Set<string>();
    for (const [property, kinds] of Object.entries(allowed)) {
      const text = props[property];
      if (text === undefined && property === "query") continue;
      try {
        const statement = parseStatement(String(text));
        users.add(statement.user);
        if (!kinds.includes(statement.kind)) report(`${property} may not ${statement.kind} a user.`);
      } catch (error) {
        if (!(error instanceof StatementError)) throw error;
        report(`${property}: ${error.message}`);
      }
    }
    if (users.size > 1) report(`its statements are about ${[...users].join(" and ")}.`);
  },
});

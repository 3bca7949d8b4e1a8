import { list } from "../resource.ts";
import { rule } from "../rule.ts";

export default rule({
  name: "masking-closed",
  claim: "A masking policy shows a value to roles it names, by what the session has, and to nobody else.",
  severity: "critical",
  why: "CURRENT_ROLE knows only the primary role; a policy whose last branch is the value shows it to whoever is forgotten.",
  fix: "Write CASE WHEN IS_ROLE_IN_SESSION('...') THEN value ELSE a mask END, or a mask alone.",
  provision: {
    source: "Snowflake, IS_ROLE_IN_SESSION",
    url: "https://docs.snowflake.com/en/sql-reference/functions/is_role_in_session",
  },
  types: ["snowflake:index/maskingPolicy:MaskingPolicy"],
  sees: "resource",
  check({ props }, { report }) {
    const body = String(props.body);
    const argument = String(list(props.arguments)[0]?.name ?? "");
    const shown = new RegExp(`(^|ELSE)\\s*"?${argument}"?\\s*(END)?\\s*$`, "i");
    if (/\bCURRENT_ROLE\s*\(/i.test(body)) report("asks for CURRENT_ROLE.");
    if (/\bTHEN\b/i.test(body) && !/\bIS_ROLE_IN_SESSION\s*\(/i.test(body)) {
      report("does not ask what roles the session has.");
    }
    if (argument !== "" && shown.test(body.trim())) report("shows the value to whoever it does not name.");
  },
});

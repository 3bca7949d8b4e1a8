import { list, type Resource, strings, teamOf } from "../resource.ts";
import { rule } from "../rule.ts";
import { partsOfName } from "../snowflake.ts";

/** The one thing a procedure may run: a model of its team, granted to a role. Single quotes and `kind` as written. */
const sharing =
  /EXECUTE IMMEDIATE 'GRANT SELECT ON ' \|\| kind \|\| ' ("(?:[^"]|"")+"\."(?:[^"]|"")+"\."(?:[^"]|"")+") TO ROLE "((?:[^"]|"")+)"'/g;
const verbs =
  /\b(GRANT|REVOKE|CREATE|DROP|UNDROP|ALTER|INSERT|UPDATE|DELETE|MERGE|TRUNCATE|COPY|PUT|GET|REMOVE|CALL|EXECUTE|USE|SET|COMMENT)\b/i;

/**
 * A procedure that runs with its owner's rights may do whatever the owner may, for whoever calls it. One kind is
 * needed: the role that builds models may grant nothing in schemas with managed access.
 */
export default rule({
  name: "procedure-shares-declared",
  claim: "A procedure grants the models that its team declares to share, and does nothing else.",
  severity: "critical",
  why: "It has its owner's rights, and no rule sees the grants that it makes.",
  fix: "Let the sharing planner write it from grants of the team.",
  provision: {
    source: "Snowflake, caller's rights and owner's rights stored procedures",
    url: "https://docs.snowflake.com/en/developer-guide/stored-procedure/stored-procedures-rights",
  },
  types: [
    "snowflake:index/procedureSql:ProcedureSql",
    "snowflake:index/procedurePython:ProcedurePython",
    "snowflake:index/procedureJavascript:ProcedureJavascript",
    "snowflake:index/procedureJava:ProcedureJava",
    "snowflake:index/procedureScala:ProcedureScala",
  ],
  sees: "stack",
  check(procedure, { report }) {
    if (procedure.type !== "snowflake:index/procedureSql:ProcedureSql") report(`is a ${procedure.type}.`);
    const body = String(procedure.props.procedureDefinition);
    for (const [, model = "", role = ""] of body.matchAll(sharing)) {
      if (!isDeclared(procedure, model, role)) report(`grants ${model} to ${role}, which is not declared.`);
    }
    const other = verbs.exec(body.replace(sharing, ""))?.[0];
    if (other !== undefined) report(`runs ${other.toUpperCase()}.`);
  },
});

function isDeclared(procedure: Resource, model: string, role: string): boolean {
  const [database, schema, name = ""] = partsOfName(model);
  const grants = list(teamOf(procedure)?.props.grants).filter(({ models }) =>
    strings(models).some((each) => each.toUpperCase() === name),
  );
  return (
    database === partsOfName(procedure.props.database)[0] &&
    schema === "GOLD" &&
    grants.some(({ to }) => role.includes(`_${String(to).toUpperCase()}_`))
  );
}

/** Gold that a team grants to others. Pure. */
import { shareProcedure } from "#core/names";
import { type Site, snowflakeName } from "../../names.ts";
import { type Scope, snowflakeRoleName } from "../../scope.ts";
import { schemaOf } from "../database/plan.ts";
import { literal, quoted } from "../sql.ts";

export interface Share {
  /** The team that may read. */
  to: string;
  /** The role of it that builds models from them. */
  role: string;
  /** Where the models are. */
  database: string;
  models: string[];
}

/**
 * What a team grants, by the team it grants to. Only its writer gets it: what others read of a grantee is the
 * grantee's own gold.
 */
export function sharesOf({ team, environment }: Pick<Scope, "team" | "teams"> & Site): Share[] {
  const grants = team.grants ?? [];
  const database = team.adopt?.[environment.name]?.database ?? snowflakeName({ environment }, team.name);
  return [...new Set(grants.map(({ to }) => to))].sort().map((to) => ({
    to,
    role: snowflakeRoleName({ environment }, to, "writer"),
    database,
    models: [...new Set(grants.filter((each) => each.to === to).flatMap(({ models }) => models))].sort(),
  }));
}

/** The procedure as Snowflake names it in grants, with its argument's type. */
export function shareSignature({ names }: Pick<Scope, "names">): string {
  return `${quoted(names.snowflake.database, schemaOf("ledger"), shareProcedure.toUpperCase())}(VARCHAR)`;
}

export interface SharePlan {
  procedure: string;
  signature: string;
  /** Snowflake Scripting; `MODEL` is the model's name in upper case. */
  body: string;
}

/**
 * The procedure that grants a model, just built, to the teams that it is shared with; null where nothing is shared.
 *
 * Grants on named models cannot be made when the platform is: the models are not there yet, may be tables, views or
 * dynamic tables, and lose their grants when they are made anew. And in schemas with managed access the role that
 * builds them may grant nothing. So the schemas' owner owns this procedure, which knows the declared grants by heart
 * and takes nothing from its caller but a name it compares.
 *
 * @see https://docs.snowflake.com/en/developer-guide/stored-procedure/stored-procedures-rights
 */
export function planShares(scope: Scope): SharePlan | null {
  const shares = sharesOf(scope);
  if (shares.length === 0) return null;
  const { database } = scope.names.snowflake;
  const gold = schemaOf("gold");
  const models = [...new Set(shares.flatMap((share) => share.models))].sort();
  const grants = models.map((model) => {
    const name = model.toUpperCase();
    const to = shares.filter((share) => share.models.includes(model));
    return [
      `  IF (MODEL = ${literal(name)}) THEN`,
      ...to.map(
        ({ role }) =>
          `    EXECUTE IMMEDIATE 'GRANT SELECT ON ' || kind || ${literal(` ${quoted(database, gold, name)} TO ROLE ${quoted(role)}`)};`,
      ),
      "  END IF;",
    ].join("\n");
  });
  return {
    procedure: shareProcedure.toUpperCase(),
    signature: shareSignature(scope),
    body: [
      "DECLARE",
      "  kind VARCHAR;",
      "BEGIN",
      "  SELECT CASE WHEN IS_DYNAMIC = 'YES' THEN 'DYNAMIC TABLE' WHEN TABLE_TYPE = 'VIEW' THEN 'VIEW' ELSE 'TABLE' END",
      `    INTO :kind FROM ${quoted(database)}.INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = ${literal(gold)} AND TABLE_NAME = :MODEL;`,
      ...grants,
      "  RETURN kind;",
      "END;",
    ].join("\n"),
  };
}

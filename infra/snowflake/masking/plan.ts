/** The policies that hide columns in a team's database. Pure. */
import { type ColumnType, parseDecimal } from "#core/columns";
import { FirnError } from "#core/errors";
import { maskName } from "#core/names";
import { type Scope, snowflakeRoleName, snowflakeRoles } from "../../scope.ts";
import { literal } from "../sql.ts";

export interface MaskPlan {
  /** As the runtime's CREATE TABLE names it. */
  name: string;
  /** The type it takes and gives back, which must be the column's to the last digit. */
  type: string;
  body: string;
}

/**
 * One policy for each type that a masked column has, and the one for text always: what a source sent and nobody
 * declared lies in quarantine as text. None where the edition has none.
 *
 * Each fails closed: who is not named sees `***`, or NULL where the type has no such word. Named are the team's
 * loader and its `clearTextRoles`; whoever inherits them, as the schemas' owner and SYSADMIN do the loader, could take
 * the policy away as well.
 *
 * @throws {FirnError} `infra.config` for a role of Firn's own among `clearTextRoles`
 * @see https://docs.snowflake.com/en/user-guide/security-column-ddm-intro
 */
export function planMasks(scope: Scope): MaskPlan[] {
  const { environment, team, names } = scope;
  requirePeople(scope);
  if (environment.cloud.snowflake.edition === "standard") return [];
  const masked = team.pipelines.flatMap(({ columns }) =>
    Object.values(columns).flatMap(({ pii, type }) => (pii === "mask" ? [type] : [])),
  );
  const clear = [names.snowflake.roles.loader, ...(team.clearTextRoles ?? [])];
  const mayRead = clear.map((role) => `IS_ROLE_IN_SESSION(${literal(role)})`).join(" OR ");
  return [...new Set<ColumnType>(["text", ...masked])].map((type) => ({
    name: maskName(type).toUpperCase(),
    type: snowflakeType(type),
    body: `CASE WHEN ${mayRead} THEN VAL ELSE ${type === "text" ? "'***'" : "NULL"} END`,
  }));
}

/** The type of a column of silver, as the runtime makes it. */
export function snowflakeType(type: ColumnType): string {
  const decimal = parseDecimal(type);
  if (decimal) return `NUMBER(${decimal.precision},${decimal.scale})`;
  const plain: Record<Exclude<ColumnType, `decimal(${number},${number})`>, string> = {
    text: "VARCHAR",
    integer: "NUMBER(19,0)",
    float: "FLOAT",
    boolean: "BOOLEAN",
    date: "DATE",
    timestamp: "TIMESTAMP_TZ(6)",
    json: "VARIANT",
  };
  return plain[type as keyof typeof plain];
}

/** Gold is made by the writer and has no policies: what the writer saw in clear, every reader would. */
function requirePeople({ environment, team, teams }: Scope): void {
  const own = new Set(
    teams.flatMap(({ name }) => snowflakeRoles.map((role) => snowflakeRoleName({ environment }, name, role))),
  );
  const refused = (team.clearTextRoles ?? []).filter((role) => own.has(role) || role === "PUBLIC");
  if (refused.length === 0) return;
  throw new FirnError("infra.config", {
    what: `clearTextRoles of team "${team.name}" names ${refused.join(", ")}.`,
    why: "Firn's own roles build and read gold, which has no masks: in them, everybody who reads gold would see what is hidden. PUBLIC is everybody.",
    fix: `In stacks/teams/${team.name}/team.ts name roles of people, which your account has.`,
  });
}

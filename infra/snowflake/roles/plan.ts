/** A team's roles and which holds which. Pure. */
import { deployerRole } from "../../names.ts";
import { type Scope, type SnowflakeRole, snowflakeRoles } from "../../scope.ts";

export interface RolePlan {
  key: SnowflakeRole;
  name: string;
  comment: string;
  /** Roles that hold this one, and with it all it may. */
  heldBy: string[];
}

const purpose: Record<SnowflakeRole, string> = {
  owner: "owns the schemas: grants in them; nobody signs in with it",
  admin: "its people: sees everything but what is masked, and looks after the warehouses",
  loader: "loads, checks and merges; sees masked columns, since it compares and rewrites them",
  writer: "builds gold from silver, masked as readers see it",
  reader: "reads gold",
  ledger: "owns the ledger's tables, which loader and writer both write",
};

/** What holds what, within the team. The loader is under no role of people: who held it would see masked columns. */
const holders: Record<SnowflakeRole, readonly SnowflakeRole[]> = {
  owner: [],
  admin: ["owner"],
  loader: ["owner"],
  writer: ["owner"],
  reader: ["admin"],
  ledger: ["loader", "writer"],
};

/**
 * A tree that ends in SYSADMIN, as Snowflake asks of custom roles. The deployer holds the owner, too: what it gave
 * away it has to change later.
 *
 * @see https://docs.snowflake.com/en/user-guide/security-access-control-considerations
 */
export function planRoles({ environment, team, names }: Scope): RolePlan[] {
  const { roles } = names.snowflake;
  return snowflakeRoles.map((key) => ({
    key,
    name: roles[key],
    comment: `Firn: team ${team.name} in ${environment.name}: ${purpose[key]}`,
    heldBy: key === "owner" ? ["SYSADMIN", deployerRole] : holders[key].map((holder) => roles[holder]),
  }));
}

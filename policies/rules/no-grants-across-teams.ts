import {
  environmentOf,
  has,
  isObject,
  list,
  type Resource,
  type Stack,
  strings,
  teamOf,
} from "../resource.ts";
import { rule } from "../rule.ts";
import {
  namedIn,
  partsOfName,
  privilegeGrant,
  privilegesOf,
  roleGrant,
  type Target,
  targetOf,
} from "../snowflake.ts";

/** The kinds of what grants name, by what Snowflake calls them. */
const owners: Record<string, string> = {
  DATABASE: "snowflake:index/database:Database",
  WAREHOUSE: "snowflake:index/warehouse:Warehouse",
  INTEGRATION: "snowflake:index/storageIntegration:StorageIntegration",
  "RESOURCE MONITOR": "snowflake:index/resourceMonitor:ResourceMonitor",
};
const roles = ["snowflake:index/accountRole:AccountRole"];

/**
 * Teams declare what they let each other read (`grants`), and their components register it. Between two teams
 * nothing is granted but that: USAGE on the database and the schema, SELECT on the models.
 */
export default rule({
  name: "no-grants-across-teams",
  claim: "A team's role has nothing of another team but what that team declares.",
  severity: "critical",
  why: "Isolation is by construction: each exception is a declaration that its owner reviewed.",
  fix: "Add the model to grants of the team that owns it, or remove the grant.",
  provision: {
    source: "Firn, DESIGN: isolation by construction",
    url: "https://docs.snowflake.com/en/user-guide/security-access-control-overview",
  },
  settings: {
    above: {
      default: ["SYSADMIN", "FIRN_DEPLOYER"],
      about: "Roles above the teams': who looks after the account, and who deploys.",
    },
  },
  types: [privilegeGrant, roleGrant],
  sees: "stack",
  check(grant, { stack, report, settings }) {
    const { type, props } = grant;
    if (type === roleGrant) return checkRoleGrant();
    const target = targetOf(props);
    const role = partsOfName(props.accountRoleName).join(".");
    // A grant on the account, or to PUBLIC, is for the rules that say so.
    if (!target || role === "PUBLIC") return;
    const owner = ownerOf(target, stack);
    if (!owner) return report(`is on ${target.name.join(".")}, which no team of this stack has.`);
    const to = teamOfRole(role, grant, owner, stack);
    if (to === owner.name) return;
    const problem = to === undefined ? "has no team" : whyUndeclared(owner, to, target, privilegesOf(props));
    if (problem)
      report(`gives ${role}, which ${problem}, ${target.kind} ${target.name.join(".")} of ${owner.name}.`);

    /** Roles are granted to roles and users of the team they are of; the topmost also to those above. */
    function checkRoleGrant(): void {
      const team = teamOf(grant)?.name;
      if (team === undefined) report("gives a role, and is of no team.");
      const given = ["roleName", "parentRoleName", "userName"].filter((property) => has(props, property));
      for (const property of given) {
        const name = partsOfName(props[property]).join(".");
        const isTop = property === "parentRoleName" && [...settings.above, "PUBLIC"].includes(name);
        if (team !== undefined && !isTop && !isOfTeam(name, team, grant, stack))
          report(`${property} is ${name}, not of ${team}.`);
      }
    }
  },
});

function isOfTeam(name: string, team: string, grant: Resource, stack: Stack): boolean {
  const found = namedIn(stack, roles, name);
  return found ? teamOf(found)?.name === team : name.startsWith(prefixOf(team, grant));
}

/** How what a team has is named. */
function prefixOf(team: string, { urn }: Resource): string {
  return `${environmentOf(urn)}_${team}_`.toUpperCase();
}

/** The team that has what a grant is on. */
function ownerOf({ kind, name }: Target, stack: Stack): Resource | undefined {
  const type = owners[kind] ?? owners.DATABASE ?? "";
  const found = namedIn(stack, [type], name[0] ?? "");
  return found && teamOf(found);
}

/** The team of a role: by the role in the stack or, where a run is narrowed to some teams, by how it is named. */
function teamOfRole(role: string, grant: Resource, owner: Resource, stack: Stack): string | undefined {
  const found = namedIn(stack, roles, role);
  if (found) return teamOf(found)?.name;
  const teams = [owner.name, ...list(owner.props.grants).map(({ to }) => String(to))];
  return teams.find((team) => role.startsWith(prefixOf(team, grant)));
}

/** What a grant between teams has that is not declared; undefined where all is. */
function whyUndeclared(
  owner: Resource,
  to: string,
  target: Target,
  privileges: string[],
): string | undefined {
  const declared = list(owner.props.grants).filter((each) => isObject(each) && each.to === to);
  if (declared.length === 0) return `is of ${to}, to which nothing is declared`;
  const models = declared.flatMap((each) => strings(each.models)).map((each) => each.toUpperCase());
  const isContainer = (target.kind === "DATABASE" || target.kind === "SCHEMA") && !target.many;
  if (isContainer) return privileges.join() === "USAGE" ? undefined : `is of ${to}, and may only have USAGE`;
  const isModel =
    target.name.length === 3 && !target.many && models.includes((target.name[2] ?? "").toUpperCase());
  return isModel && privileges.join() === "SELECT"
    ? undefined
    : `is of ${to}, to which other models are declared`;
}

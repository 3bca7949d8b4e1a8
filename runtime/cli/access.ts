import { type Verb, verbs } from "#infra/access/actions";
import type { Facts } from "#infra/access/facts";
import { accessOf, declaredGrants } from "#infra/access/plan";
import { brokenGrants, planReach, type Reach, short, tell, unexpectedPaths } from "#infra/access/reach";
import { planScope } from "#infra/scope";
import { requireSite } from "#infra/select";
import { loadStacks, requireEnvironment } from "#stacks";
import type { Context } from "./context.ts";
import { chooseTeam } from "./names.ts";
import { type Report, table } from "./output.ts";

/**
 * Who can read, write and set going what in an environment of the cloud, and by which way. From declarations alone:
 * it signs in nowhere, so what people granted by hand is not seen.
 *
 * @throws {FirnError} `environment.unknown`, `infra.config` for a laptop, `cli.usage` for an unknown team
 */
export async function access(name: string | undefined, context: Context): Promise<Report> {
  const stacks = loadStacks(requireEnvironment(context.environment));
  const site = requireSite(stacks);
  if (name !== undefined) chooseTeam(stacks, name);
  const scopes = stacks.teams.map((team) => planScope(site, team, stacks.teams));
  const declared = declaredGrants(scopes);
  return reportOf(accessOf(scopes), declared, name);
}

/** @param only a team: what its principals reach, and who reaches what is its own */
export function reportOf(
  facts: Facts,
  declared: Parameters<typeof unexpectedPaths>[1],
  only?: string,
): Report {
  const concerns = ({ of, access }: Reach) => only === undefined || of === only || access.owner === only;
  const reach = planReach(facts).filter(concerns);
  const unexpected = unexpectedPaths(facts, declared).filter(concerns);
  const broken = brokenGrants(facts, declared);
  const rows = rowsOf(reach);
  return {
    document: {
      access: rows.map(({ principal, of, what, owner, verbs, invokes, way }) => ({
        ...{ principal, of, may: verbs, what, owner, onlyBySettingGoing: invokes, way },
      })),
      unexpected: unexpected.map(tell),
      unusableGrants: broken.map(({ grant, missing }) => ({ ...grant, missing })),
    },
    lines: [
      ...table(
        ["who", "may", "what", "by"],
        rows.map((each) => [
          each.principal,
          `${each.verbs.join(", ")}${each.invokes ? " (by what it sets going)" : ""}`,
          each.of === each.owner ? each.what : `${each.what} of ${each.owner}`,
          each.way,
        ]),
      ),
      "",
      ...(unexpected.length === 0
        ? ["No way leads from one team to another's data but those that are declared."]
        : ["NOT DECLARED:", ...unexpected.map(({ told }) => `  ${told}`)]),
      ...broken.map(
        ({ grant, missing }) =>
          `${grant.to} was granted ${grant.from}.${grant.model} but cannot read it: it lacks ${missing.join(", ")}.`,
      ),
    ],
    exitCode: unexpected.length > 0 || broken.length > 0 ? 2 : 0,
  };
}

interface Row {
  principal: string;
  of: string;
  what: string;
  owner: string;
  verbs: Verb[];
  invokes: boolean;
  way: string;
}

/** A line for each principal and thing, with all it may do to it by the same way. */
function rowsOf(reach: readonly Reach[]): Row[] {
  const rows = new Map<string, Row>();
  for (const { principal, of, access, path, invokes } of reach) {
    const way = path.length === 0 ? "itself" : path.map(({ how, to }) => `${how} ${short(to)}`).join(", ");
    const what = access.target.kind === "snowflake" ? access.what : `${access.what}: ${short(access.name)}`;
    const key = [principal, what, access.owner, way].join("\n");
    const row = rows.get(key) ?? {
      ...{ principal: short(principal), of, what, owner: access.owner, invokes, way },
      verbs: [],
    };
    if (!row.verbs.includes(access.verb)) row.verbs.push(access.verb);
    rows.set(key, row);
  }
  for (const { verbs: may } of rows.values()) may.sort((a, b) => verbs.indexOf(a) - verbs.indexOf(b));
  return [...rows.values()].sort((a, b) =>
    `${a.of} ${a.principal} ${a.invokes} ${a.what}` < `${b.of} ${b.principal} ${b.invokes} ${b.what}`
      ? -1
      : 1,
  );
}

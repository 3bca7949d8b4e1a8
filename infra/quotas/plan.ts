/**
 * Whether an account can hold what an environment needs. Pure: AWS refuses one resource too many when the rest
 * is made; this refuses before anything is.
 */
import { FirnError } from "#core/errors";
import type { Cloud } from "#firn";
import type { Planned } from "../inventory.ts";
import { drawTable } from "../table.ts";
import { type Quota, type QuotaName, quotas, raiseAt } from "./limits.ts";

export interface Need {
  name: QuotaName;
  what: string;
  /** Of what is counted, all; of sizes, the largest. */
  needed: number;
  /** Null: none is published, and none declared. */
  limit: number | null;
  /** Which one needs most, where each has a limit of its own; else empty. */
  of: string;
}

/**
 * What an environment needs of every quota, in the order of their names, also where that is nothing.
 *
 * @param declared limits of the account that differ from the vendor's defaults, by name
 * @throws {FirnError} `infra.config` for a name that is no quota, and for one that nobody can raise
 */
export function planQuotas(planned: readonly Planned[], declared: Cloud["quotas"] = {}): Need[] {
  requireKnown(declared);
  return Object.entries<Quota>(quotas)
    .map(([name, quota]) => {
      const sums = new Map<string, number>();
      for (const each of planned) {
        const taken = quota.taken(each);
        if (taken) sums.set(taken.shares, (sums.get(taken.shares) ?? 0) + taken.amount);
      }
      const [of, most] = [...sums].reduce((a, b) => (b[1] > a[1] ? b : a), ["", 0]);
      return {
        name: name as QuotaName,
        what: quota.what,
        needed: name === "lambdaConcurrency" && most > 0 ? most + unreserved : most,
        limit: declared[name] ?? quota.limit,
        of: of === "all" || of === "reserved" ? "" : of,
      };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Lambda keeps so many executions for functions that reserve none. */
const unreserved = 100;

/**
 * Refuses what AWS would refuse half way.
 *
 * @throws {FirnError} `infra.quota` with the table of all that is too much
 */
export function requireQuotas(needs: readonly Need[]): void {
  const exceeded = needs.filter(({ needed, limit }) => limit !== null && needed > limit);
  if (exceeded.length === 0) return;
  const raisable = exceeded.filter(({ name }) => quotas[name].adjustable).map(({ name }) => name);
  const fixed = exceeded.filter(({ name }) => !quotas[name].adjustable).map(({ name }) => name);
  throw new FirnError("infra.quota", {
    what: `The environment needs more than its account allows:\n${quotasText(exceeded)}\n`,
    why: "AWS would refuse what is too much when the rest is already made.",
    fix: [
      ...(raisable.length > 0
        ? [
            `Ask for more (${raiseAt}) and then write it into cloud.quotas of the environment, such as { ${raisable[0]}: ${exceeded.find(({ name }) => name === raisable[0])?.needed} }; or declare less.`,
          ]
        : []),
      ...(fixed.length > 0 ? [`Nobody can raise ${fixed.join(", ")}: declare less of what it holds.`] : []),
    ].join(" "),
  });
}

/** What, needed, limit: as a table. */
export function quotasText(needs: readonly Need[]): string {
  const rows = needs.map(({ name, what, needed, limit, of }) => [
    name,
    of === "" ? what : `${what} (${of})`,
    needed.toLocaleString("en"),
    limit === null ? "not published" : limit.toLocaleString("en"),
  ]);
  return drawTable(["quota", "what", "needed", "limit"], rows, [2, 3]);
}

function requireKnown(declared: NonNullable<Cloud["quotas"]>): void {
  const problems = Object.entries(declared).flatMap(([name, limit]) => {
    const quota: Quota | undefined = Object.hasOwn(quotas, name) ? quotas[name as QuotaName] : undefined;
    if (!quota) return [`"${name}" is no quota.`];
    return !quota.adjustable && limit > (quota.limit ?? 0)
      ? [`"${name}" is ${quota.limit?.toLocaleString("en")}, and nobody can raise it.`]
      : [];
  });
  if (problems.length === 0) return;
  throw new FirnError("infra.config", {
    what: `cloud.quotas is wrong: ${problems.join(" ")}`,
    why: "A limit that is not the account's would let through what AWS then refuses.",
    fix: `Name some of ${Object.keys(quotas).sort().join(", ")}, with what the account was given.`,
  });
}

/** The teams' own dbt projects over a small silver, as requests to dbt and as Firn reads them. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { changeOf, kept } from "../model/marts/activity.ts";
import { createSilver } from "../model/marts/build.ts";
import { lineOf } from "../model/marts/orders.ts";
import { packages } from "./projects.ts";
import type { Given } from "./reference.ts";

const folder = join(import.meta.dirname, "../../stacks/teams");
const build = { args: ["build", "--vars", "{as_of: '2013-11-17T06:00:00.000Z'}"] };

/**
 * Builds of each team's project after each of a few promotions: new rows, late ones, changed ones, withdrawn ones,
 * and none.
 */
export function teamProjects(): Given[] {
  return Object.keys(promotions)
    .filter((team) => existsSync(join(folder, team, "dbt_project.yml")))
    .map((team) => {
      const files = Object.fromEntries(
        globSync("{dbt_project.yml,{models,macros,snapshots,seeds,tests}/**/*.{sql,yml,csv,md}}", {
          cwd: join(folder, team),
        }).map((path) => [path, readFileSync(join(folder, team, path), "utf8")]),
      );
      return {
        name: `stacks.${team}`,
        profile: parse(files["dbt_project.yml"] ?? "").profile,
        schema: "gold",
        files,
        packages,
        steps: [
          { sql: ["CREATE SCHEMA silver", ...createSilver(team)].join(";\n") },
          ...(promotions[team] ?? []).flatMap((statements) => [
            ...(statements.length > 0 ? [{ sql: statements.join(";\n") }] : []),
            build,
          ]),
        ],
      };
    });
}

/** Statements of each promotion by team. A team without any here is not run. */
const promotions: Record<string, string[][]> = {
  commerce: [
    [
      line(1, "536001", 0, "17850", "France"),
      line(2, "536001", 0, "17850", "France"),
      line(3, "C536004", 40, "", "eire"),
    ],
    [line(4, "536002", 31, "12583", null), line(5, "536003", 1, null, "Narnia")],
    [],
    [
      "UPDATE silver.orders SET _deleted = true, commit_seq = 3 WHERE line_id IN (1, 4)",
      line(6, "536002", 62, "17850", "France", 3),
    ],
  ],
  learning: [
    [
      ...kept.flatMap((each) => changeOf(each, 1)),
      ...activity(1, "ann", 2, 3, 0, 1),
      ...activity(2, "bob", 2, 5, 0, 1),
    ],
    [...activity(3, "ann", 1, 7, 1, 2), ...activity(2, "bob", 4, 6, 2, 2)],
    [],
    [...activity(1, "ann", 2, 3, 5, 4, "withdrawn"), ...activity(3, "ann", 1, 7, 6, 4, "bare")],
  ],
};

function line(
  id: number,
  invoice: string,
  day: number,
  customer: string | null,
  country: string | null,
  commit = id < 4 ? 1 : 2,
): string {
  return lineOf(
    id,
    { invoice, day, quantity: invoice.startsWith("C") ? -id : id, price: 1.25, customer, country },
    commit,
  );
}

function activity(
  id: number,
  learner: string,
  day: number,
  clicks: number,
  version: number,
  commit: number,
  kind: "recorded" | "confirmed" | "withdrawn" | "bare" = "recorded",
): string[] {
  return changeOf({ id, learner, day, module: "BBB", clicks, kind, version }, commit);
}

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseStacks, type Stacks, type Team, unknownEnvironment } from "#firn";
import { dev } from "./environments/dev.ts";
import { large } from "./environments/large.ts";
import { local } from "./environments/local.ts";
import { prod } from "./environments/prod.ts";
import { staging } from "./environments/staging.ts";
import { commerce } from "./teams/commerce/team.ts";
import { learning } from "./teams/learning/team.ts";

const environments = { local, dev, staging, prod, large };

export type EnvironmentName = keyof typeof environments;

/**
 * Every declaration of an environment, checked: the one door for infrastructure, commands and tests.
 *
 * @throws {FirnError} `declare.invalid` with every problem there is
 */
export function loadStacks(environment: EnvironmentName): Stacks {
  return parseStacks({
    environment: environments[environment],
    teams: [commerce, learning].map(withModels),
  });
}

/**
 * The name as one of an environment.
 *
 * @throws {FirnError} `environment.unknown`, with those there are
 */
export function requireEnvironment(name: string): EnvironmentName {
  if (Object.hasOwn(environments, name)) return name as EnvironmentName;
  throw unknownEnvironment(name, Object.keys(environments));
}

/** A team with the files of its dbt project, which lies beside its declaration. */
function withModels(team: Team): Team {
  const folder = join(import.meta.dirname, "teams", team.name);
  if (!existsSync(join(folder, "dbt_project.yml"))) return team;
  const files = ["models", "macros", "snapshots", "seeds", "tests"]
    .filter((each) => existsSync(join(folder, each)))
    .flatMap((each) =>
      readdirSync(join(folder, each), { recursive: true, encoding: "utf8" }).map((path) => join(each, path)),
    )
    .filter((path) => /\.(sql|ya?ml|csv|py|md)$/.test(path))
    .concat(
      "dbt_project.yml",
      ["packages.yml", "dependencies.yml"].filter((each) => existsSync(join(folder, each))),
    )
    .sort();
  const models = Object.fromEntries(
    files.map((path) => [path.replaceAll("\\", "/"), readFileSync(join(folder, path), "utf8")]),
  );
  return { ...team, models };
}

import { parseStacks, type Stacks } from "#firn";
import { local } from "./environments/local.ts";
import { commerce } from "./teams/commerce/team.ts";
import { learning } from "./teams/learning/team.ts";

const environments = { local };

export type EnvironmentName = keyof typeof environments;

/**
 * Every declaration of an environment, checked: the one door for infrastructure, commands and tests.
 *
 * @throws {FirnError} `declare.invalid` with every problem there is
 */
export function loadStacks(environment: EnvironmentName): Stacks {
  return parseStacks({ environment: environments[environment], teams: [commerce, learning] });
}

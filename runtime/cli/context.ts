import type { Stacks } from "#firn";
import { type EnvironmentName, loadStacks } from "#stacks";
import { usage } from "./errors.ts";
import { nearest } from "./names.ts";

/** What every command is given: the global options, resolved. */
export interface Context {
  json: boolean;
  debug: boolean;
  /** Where the local world lies; absolute. */
  folder: string;
  environment: string;
  /** What a hint's command begins with, so that it is about the same folder. */
  command: string;
}

/** The environments this command can work in. */
const environments: EnvironmentName[] = ["local"];

/** @throws {FirnError} `cli.usage` for an unknown environment, `declare.invalid` */
export function loadDeclared({ environment }: Context): Stacks {
  const known = environments.find((each) => each === environment);
  if (known) return loadStacks(known);
  const [near] = nearest(environment, environments);
  throw usage({
    what: `There is no environment "${environment}" that this command can work in.`,
    why: `It knows ${environments.join(", ")}.`,
    fix: near ? `Did you mean ${near}?` : "Leave --env out to use local.",
  });
}

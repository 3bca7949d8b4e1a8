import type { Stacks } from "#firn";
import { loadStacks, requireEnvironment } from "#stacks";
import { usage } from "./errors.ts";

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

/** @throws {FirnError} `environment.unknown`, `cli.usage` for one of the cloud, `declare.invalid` */
export function loadDeclared({ environment }: Context): Stacks {
  if (requireEnvironment(environment) === "local") return loadStacks("local");
  throw usage({
    what: `This command cannot work in environment "${environment}" yet.`,
    why: "It reads a lake and a warehouse, and those of the cloud have no adapters so far.",
    fix: "Look at the team's dashboard and state machines in AWS, or at its LEDGER schema in Snowflake. A laptop's own are the environment local.",
  });
}

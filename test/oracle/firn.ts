/** Firn's side of the comparison: the same project, the same step, on a database file of its own. */
import type { NodeResult } from "#core/models";
import type { BuildCommand } from "./command.ts";
import type { Files } from "./reference.ts";

/** What Firn built in one step, or why it refused to. */
export interface Built {
  refused?: { code: string; message: string };
  results: NodeResult[];
  /** The SQL of each node, by its unique id. */
  compiled: Record<string, string>;
}

/** One step of a project. */
export interface Step extends BuildCommand {
  files: Files;
  /** Holds wh.duckdb, and whatever Firn keeps from step to step. */
  folder: string;
}

/** Builds a step with something that builds dbt projects. */
export type Builder = (step: Step) => Promise<Built>;

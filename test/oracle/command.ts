/** What a call of dbt asks for, as far as Firn builds it. */
import { parse } from "yaml";

export type Verb = "build" | "run" | "seed" | "snapshot" | "test";

/** A call that builds or tests. */
export interface BuildCommand {
  verb: Verb;
  select: string[];
  exclude: string[];
  vars: Record<string, unknown>;
  fullRefresh: boolean;
}

const verbs = new Set<string>(["build", "run", "seed", "snapshot", "test"]);
/** They change no table of the project. */
const silent = new Set(["compile", "docs", "parse", "deps", "debug", "show", "list", "ls"]);
/** They change how dbt works or what it prints, not what it builds. */
const indifferent = new Set([
  "--debug",
  "--no-partial-parse",
  "--cache-selected-only",
  "--no-populate-cache",
  "--no-version-check",
  "--show",
  "--write-json",
  "--quiet",
]);
const indifferentWithValue = new Set(["--log-format", "--threads", "--log-level", "--printer-width"]);

/**
 * Reads dbt's arguments.
 *
 * @returns what to build; `silent` for a command that changes no table; or `outside` and by which word the call
 *   asks for what Firn has no like of
 */
export function readCommand(args: string[]): BuildCommand | "silent" | { outside: string } {
  const command: BuildCommand = {
    verb: "build",
    select: [],
    exclude: [],
    vars: {},
    fullRefresh: false,
  };
  let verb: string | undefined;
  for (let at = 0; at < args.length; at++) {
    const arg = (args[at] as string).replace(/^(--[\w-]+)=.*$/, (whole, name) =>
      indifferentWithValue.has(name) ? "--quiet" : whole,
    );
    if (!arg.startsWith("-")) {
      if (verb === undefined) verb = arg;
      else if (!silent.has(verb)) return { outside: arg };
    } else if (["-m", "-s", "--models", "--model", "--select"].includes(arg)) {
      while (at + 1 < args.length && !args[at + 1]?.startsWith("-"))
        command.select.push(args[++at] as string);
    } else if (arg === "--exclude") {
      while (at + 1 < args.length && !args[at + 1]?.startsWith("-"))
        command.exclude.push(args[++at] as string);
    } else if (arg === "--vars") command.vars = parse(args[++at] as string) ?? {};
    else if (arg === "--full-refresh" || arg === "-f") command.fullRefresh = true;
    else if (indifferentWithValue.has(arg)) at++;
    else if (!indifferent.has(arg) && !silent.has(verb ?? "")) return { outside: `${verb ?? "dbt"} ${arg}` };
  }
  if (verb === undefined || silent.has(verb)) return "silent";
  return verbs.has(verb) ? { ...command, verb: verb as Verb } : { outside: verb };
}

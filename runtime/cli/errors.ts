import { CommanderError } from "commander";
import { asFirnError, type Blame, FirnError } from "#core/errors";
import { visible } from "./output.ts";

export type ExitCode = 0 | 1 | 2 | 3;

/** What a command's exit code says; `--help` prints it. */
export const exitCodes: Record<ExitCode, string> = {
  0: "done; also when there was nothing to read, or another run holds the pipeline's lease",
  1: "a stage failed, or data was refused",
  2: "the command line, a declaration or the surroundings are wrong",
  3: "something passing is in the way: the same command may work later",
};

/** From best to worst: only of a transient failure is trying again alone the cure. */
const ranks: ExitCode[] = [0, 3, 2, 1];

export function exitCodeOf({ blame }: FirnError): ExitCode {
  const codes: Record<Blame, ExitCode> = { data: 1, bug: 1, config: 2, transient: 3 };
  return codes[blame];
}

/** The worst of several exit codes. */
export function worst(codes: readonly ExitCode[]): ExitCode {
  return codes.reduce((a, b) => (ranks.indexOf(b) > ranks.indexOf(a) ? b : a), 0);
}

/** Whatever was thrown, as a FirnError; commander's complaints become `cli.usage`. */
export function toFirnError(error: unknown): FirnError {
  if (!(error instanceof CommanderError)) return asFirnError(error);
  if (error.code === "commander.help") {
    return usage({
      what: "The command is not complete.",
      why: "It is a group of commands, of which one must be named.",
      fix: `Name one: \`npx firn quarantine list\`. ${seeHelp}`,
    });
  }
  const [complaint = "", suggestion] = error.message.replace(/^error: /, "").split("\n");
  const meant = /\(Did you mean (.*)\?\)/.exec(suggestion ?? "")?.[1];
  return usage({
    what: `${complaint.replace(/^./, (first) => first.toUpperCase()).replace(/\.$/, "")}.`,
    why: "Nothing was done: the command line is read as a whole before anything is opened.",
    fix: meant ? `Did you mean ${meant}? ${seeHelp}` : seeHelp,
  });
}

const seeHelp = "See `npx firn --help`, or `npx firn COMMAND --help`.";

export function usage(explanation: { what: string; why: string; fix: string }): FirnError {
  return new FirnError("cli.usage", explanation);
}

/** The error as it stands in a JSON document. */
export function errorDocument({ code, blame, what, why, fix }: FirnError): Record<string, string> {
  return { code, blame, what: what.trim(), why, fix };
}

/** The error in lines: its code, then what, why and how to fix it. The stack only where asked for. */
export function errorLines(error: FirnError, options: { debug: boolean; subject?: string }): string[] {
  const part = (name: string, text: string) =>
    `  ${name.padEnd(6)}${text
      .trim()
      .split("\n")
      .map((line) => visible(line))
      .join("\n        ")}`;
  return [
    `firn: ${error.code}${options.subject ? ` in ${options.subject}` : ""}`,
    part("what:", error.what),
    part("why:", error.why),
    part("fix:", error.fix),
    ...(options.debug ? stacks(error) : []),
  ].flatMap((text) => text.split("\n"));
}

function stacks(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const own = (error.stack ?? error.message).split("\n").map((line) => `  ${visible(line)}`);
  return error.cause === undefined ? own : [...own, "  caused by", ...stacks(error.cause)];
}

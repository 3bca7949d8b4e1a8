/** What the definitions of commands are made with. */
import { type Command, InvalidArgumentError } from "commander";
import type { Context } from "./context.ts";
import type { Report } from "./output.ts";

/** Carries out a command that was parsed. */
export type Work = (command: Command, work: (context: Context) => Promise<Report>) => Promise<void>;

export function examples(...commands: string[]): string {
  return `\nExamples:\n${commands.map((each) => `  npx firn ${each}`).join("\n")}`;
}

export function parseCount(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a whole number from 1 to 9,999,999.");
}

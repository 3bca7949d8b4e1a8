/** What the demo's commands share in reading their options and in telling what is wrong. */
import { InvalidArgumentError } from "commander";

/** @throws {InvalidArgumentError} unless the text is a whole number from 1 to `max` */
export function parseCount(text: string, max: number): number {
  if (!/^[1-9]\d{0,15}$/.test(text) || Number(text) > max) {
    throw new InvalidArgumentError(
      `It must be a positive whole number, at most ${max.toLocaleString("en")}.`,
    );
  }
  return Number(text);
}

/** Something that the person at the keyboard can mend; it is told in words, without a stack. */
export class DemoError extends Error {
  constructor(message: { what: string; why: string; fix: string }, options?: ErrorOptions) {
    super(`${message.what}\n  why: ${message.why}\n  fix: ${message.fix}`, options);
  }
}

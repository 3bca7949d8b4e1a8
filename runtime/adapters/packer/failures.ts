import { codeOf, diskTrouble } from "#adapters/disk";
import { FirnError } from "#core/errors";
import type { NoArray } from "./records.ts";

/** The page's JSON is not an array whose brackets match. */
export function badPage(subject: string, { reason }: NoArray, first: Uint8Array): FirnError {
  if (reason === "ended") {
    return new FirnError("source.truncated", {
      what: `A page of ${subject} ends before its array of records does.`,
      why: "The connection or the source broke off, so records are missing.",
      fix: "Run again; if it happens each time, ask for smaller pages with pageSize in the declaration.",
    });
  }
  const html = Buffer.from(first.subarray(0, 256)).toString("latin1").trimStart().startsWith("<");
  return new FirnError("source.not_json", {
    what:
      reason === "followed"
        ? `A page of ${subject} goes on after its array of records.`
        : `A page of ${subject} is not a JSON array of records${html ? "; it looks like HTML" : ""}.`,
    why: "What cannot be split into records cannot be landed without losing some.",
    fix: "Look at the page in a browser or with curl; set records in the declaration to where the array lies.",
  });
}

export function badFile(subject: string, what: string, cause?: unknown): FirnError {
  return new FirnError("source.file_malformed", {
    what: `${subject} ${what}.`,
    why: "The file is not of the format its name or its declaration says, so no row of it can be trusted.",
    fix: "Deliver the file again, or set format, or csv: { delimiter }, in the pipeline's source declaration to what it is.",
    ...(cause !== undefined && { cause }),
  });
}

/** What a failure of the disk or of DuckDB itself means; null where only what was read is at fault. */
export function ofMachine(error: unknown, subject: string): FirnError | null {
  if (error instanceof FirnError) return error;
  const trouble = diskTrouble(error, `${subject} could not be packed`);
  if (trouble?.code === "store.full") return trouble;
  const code = codeOf(error);
  if (code === "ENOENT") {
    return new FirnError("source.file_missing", {
      what: `${subject} is gone.`,
      why: "It was listed when the batch was planned and cannot be opened now.",
      fix: "Deliver it again under the same name and run again, or leave it: other files go on.",
    });
  }
  if (code === "EACCES" || code === "EPERM") {
    return new FirnError("environment.invalid", {
      what: `${subject} may not be read.`,
      why: "The user that runs Firn lacks the right to open it.",
      fix: "Give that user the right to read the file and its folder, then run again.",
    });
  }
  return null;
}

/** The folder for files on their way into the lake cannot be used. */
export function noFolder(folder: string, error: unknown): FirnError {
  return (
    diskTrouble(error, `${folder} could not be written`) ??
    new FirnError("environment.invalid", {
      what: `The folder ${folder}, for files on their way into the lake, cannot be written.`,
      why: "Records are packed there before they are put into the lake.",
      fix: "See that it exists and that the user that runs Firn may write it, then run again.",
      cause: error,
    })
  );
}

/** A failure nobody foresaw; DuckDB's own words are left out, since they may quote a record. */
export function unforeseen(subject: string, error: unknown, mayQuotePii: boolean): FirnError {
  const message = error instanceof Error ? error.message : "";
  const memory = /Out of Memory/i.test(message);
  return new FirnError("internal.bug", {
    what: `DuckDB could not pack ${subject}${memory ? ": it ran out of the memory it was given" : ""}.`,
    why: "No part of it was kept, and nothing was promoted.",
    fix: "Run again with --debug and report the stack trace; running again is safe.",
    ...(!mayQuotePii && { cause: error }),
  });
}

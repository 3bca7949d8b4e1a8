import { mkdir } from "node:fs/promises";
import { FirnError } from "#core/errors";

/**
 * Does something on the disk, and tells in Firn's words where the disk is full or may not be used.
 *
 * @param what the subject of the message: "Object raw/orders/..."; `done`: "put", "read"
 * @throws {FirnError} `store.full`, `store.denied`; anything else as it was thrown
 */
export async function onDisk<T>(done: string, what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw diskTrouble(cause, `${what} could not be ${done}`) ?? cause;
  }
}

/** Makes a folder and those above it. */
export async function makeFolder(path: string): Promise<void> {
  await onDisk("made", `Folder ${path}`, () =>
    mkdir(path, { recursive: true }).catch((error: unknown) => {
      // What Node says of a read-only disk when it makes folders within folders.
      throw codeOf(error) === "ENOENT" ? Object.assign(new Error("EROFS"), { code: "EROFS" }) : error;
    }),
  );
}

/** What the system or DuckDB says of a full disk or a missing right, as an error of ours; else null. */
export function diskTrouble(cause: unknown, what: string): FirnError | null {
  const code = codeOf(cause);
  const message = cause instanceof Error ? cause.message : "";
  if (
    code === "ENOSPC" ||
    code === "EDQUOT" ||
    /No space left on device|not enough space|disk is full/i.test(message)
  ) {
    return new FirnError("store.full", {
      what: `${what}: the disk is full.`,
      why: "What is written is kept whole or not at all, so lake and warehouse are as they were before.",
      fix: "Free some space and run again; the run resumes where it was.",
      cause,
    });
  }
  if (
    ["EACCES", "EPERM", "EROFS", "ENOTDIR"].includes(code ?? "") ||
    /Permission denied|Read-only file system/i.test(message)
  ) {
    return new FirnError("store.denied", {
      what: `${what}: ${code ?? "permission denied"}.`,
      why: "The folder is read-only, or belongs to another user.",
      fix: "Give this user the right to write the folder, or choose another with --dir.",
      cause,
    });
  }
  return null;
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

/** For reading what need not be there. */
export function nullIfMissing(error: unknown): null {
  if (["ENOENT", "ENOTDIR", "EISDIR"].includes(codeOf(error) ?? "")) return null;
  throw error;
}

import { constants } from "node:fs";
import { access, lstat, readdir, realpath, stat } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";
import type { PlannedFile } from "#core/batch";
import { FirnError } from "#core/errors";
import type { FilesSource, Source } from "#firn";
import type { Clock } from "#ports/clock";
import type { Delivery } from "#ports/packer";
import type { Chunk, ReadRequest, SkippedFile, SourceReader } from "#ports/source";

type Format = Extract<Delivery, { kind: "file" }>["format"];

const formats: Record<string, Format> = {
  csv: "csv",
  jsonl: "jsonl",
  ndjson: "jsonl",
  json: "json",
  parquet: "parquet",
};

/**
 * Opens the reader of files delivered into a local folder.
 *
 * A file's `etag` is its size and the nanosecond it was last changed: cheap, and other bytes of the same
 * size under a restored time go unnoticed. A file is counted as delivered when its final name appears:
 * names that begin with a dot or end in `.tmp` or `.part` are still being written.
 */
export function openFilesSource(_options: { clock: Clock }): SourceReader {
  return { read, list, etag, async close() {} };

  async function list(declaration: Source, address: string): Promise<PlannedFile[]> {
    const matches = matcher((declaration as FilesSource).pattern ?? "**");
    const root = await realFolder(address, declaration.connection);
    const paths: string[] = [];
    await collect(root, "", paths);
    const found = paths.filter(matches).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    const files: PlannedFile[] = [];
    for (const path of found) {
      const file = await planned(root, path);
      // A file without a byte was made and not yet written: it waits.
      if (file && file.bytes > 0) files.push(file);
    }
    return files;
  }

  async function etag(declaration: Source, address: string, path: string): Promise<string | undefined> {
    return (await planned(await realFolder(address, declaration.connection), path))?.etag;
  }

  async function* read({ declaration, shard, address }: ReadRequest): AsyncIterable<Chunk | SkippedFile> {
    const root = await realFolder(address, declaration.connection);
    for (const file of shard.files ?? []) {
      const now = await planned(root, file.path);
      if (!now || now.etag !== file.etag) {
        yield { skipped: file, status: now ? "changed" : "missing" };
        continue;
      }
      yield {
        delivery: deliveryOf(root, file.path, declaration as FilesSource),
        bytes: file.bytes,
        requests: 0,
        file,
      };
    }
  }
}

function deliveryOf(root: string, path: string, { format, csv }: FilesSource): Delivery {
  const gzip = /\.gz$/i.test(path);
  const ending = /\.([^./]+)$/.exec(gzip ? path.slice(0, -3) : path)?.[1]?.toLowerCase() ?? "";
  const known = format ?? (Object.hasOwn(formats, ending) ? formats[ending] : undefined);
  if (known === undefined) {
    throw new FirnError("source.file_malformed", {
      what: `The format of ${path} cannot be told from its name.`,
      why: "Firn knows .csv, .jsonl, .ndjson, .json and .parquet, plain or with .gz, and never guesses from content.",
      fix: "Set format in the pipeline's source, or narrow its pattern so that this file is not listed.",
    });
  }
  return {
    kind: "file",
    path: join(root, path),
    format: known,
    gzip,
    ...(csv?.delimiter !== undefined && { delimiter: csv.delimiter }),
  };
}

/** A file as it is now; null where it is gone or is no file. */
async function planned(root: string, path: string): Promise<PlannedFile | null> {
  const full = await within(root, path);
  if (full === null) return null;
  const { size, mtimeNs } = await stat(full, { bigint: true });
  const modifiedAt = new Date(Number(mtimeNs / 1_000_000n)).toISOString();
  return { path, bytes: Number(size), etag: `${size}-${mtimeNs}`, modifiedAt };
}

/** The file's own path; null where it is gone. @throws `store.denied` where a link leads out of the folder. */
async function within(root: string, path: string): Promise<string | null> {
  try {
    const full = await realpath(join(root, path));
    const inside = relative(root, full);
    if (inside.startsWith("..") || isAbsolute(inside)) {
      throw new FirnError("store.denied", {
        what: `${path} in the inbox is a link that leads out of it.`,
        why: "Whoever may deliver files could otherwise have any file of this machine read.",
        fix: "Deliver the file itself in place of the link.",
      });
    }
    await access(full, constants.R_OK);
    return (await stat(full)).isFile() ? full : null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    if (code === "EACCES" || code === "EPERM") throw unreadable(path, error);
    throw error;
  }
}

async function collect(root: string, folder: string, found: string[]): Promise<void> {
  let names: string[];
  try {
    names = await readdir(join(root, folder));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return;
    throw code === "EACCES" || code === "EPERM" ? unreadable(folder || ".", error) : error;
  }
  for (const name of names) {
    if (name.startsWith(".") || /\.(tmp|part)$/i.test(name)) continue;
    const path = folder === "" ? name : `${folder}/${name}`;
    const entry = await lstat(join(root, path)).catch(() => null);
    // A link to a folder is not followed: it may lead in circles.
    if (entry?.isDirectory()) await collect(root, path, found);
    else if (entry?.isFile() || entry?.isSymbolicLink()) found.push(path);
  }
}

async function realFolder(address: string, connection: string): Promise<string> {
  try {
    const root = await realpath(address);
    if ((await stat(root)).isDirectory()) return root;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EACCES" || code === "EPERM") throw unreadable(address, error);
    if (code !== "ENOENT" && code !== "ENOTDIR") throw error;
  }
  throw new FirnError("environment.invalid", {
    what: `The inbox of connection "${connection}", ${address}, is no folder.`,
    why: "Files are delivered there; a missing folder is taken for a mistake, not for an empty inbox.",
    fix: `Create it, or correct the address under connections in stacks/environments or in FIRN_CONNECTION_${connection.toUpperCase()}.`,
  });
}

function unreadable(path: string, cause: unknown): FirnError {
  return new FirnError("store.denied", {
    what: `${path} in the inbox may not be read.`,
    why: "The user that runs Firn lacks the right to.",
    fix: "Give that user the right to read the folder and the files in it, then run again.",
    cause,
  });
}

/** `*` stands for any characters but `/`, `**` for any; the whole path must match. */
function matcher(pattern: string): (path: string) => boolean {
  const expression = pattern
    .split(/(\*\*\/|\*\*|\*)/)
    .map((piece) => {
      if (piece === "**/") return "(?:.*/)?";
      if (piece === "**") return ".*";
      return piece === "*" ? "[^/]*" : piece.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&");
    })
    .join("");
  const whole = new RegExp(`^${expression}$`, "su");
  return (path) => whole.test(path.split(sep).join("/"));
}

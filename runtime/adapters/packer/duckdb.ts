import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { blobValue, DuckDBInstance } from "@duckdb/node-api";
import pLimit from "p-limit";
import { FirnError } from "#core/errors";
import type { PackedFile, Packer, PackRequest } from "#ports/packer";
import { noFolder, ofMachine, unforeseen } from "./failures.ts";
import { packFile } from "./files.ts";
import type { Job, Way } from "./job.ts";
import { packPages } from "./pages.ts";
import { shapeOf } from "./rows.ts";
import type { Bindings } from "./rowwriter.ts";

export interface PackerOptions {
  /** Also how many packs run at once; the others wait. Default 2. */
  threads?: number;
  /** What DuckDB may hold for all packs that run at once. Default 256 MB. */
  memoryMegabytes?: number;
  /** Told of every delivery which way it went, since the result does not show it, but the time does. */
  onWay?: (way: Way) => void;
}

/**
 * Opens a packer: one DuckDB in memory, which several packs share.
 *
 * It never spills to disk, since rows may hold PII before they are hashed; it fails instead, and that
 * pack can be run again.
 */
export async function openDuckdbPacker({
  threads = 2,
  memoryMegabytes = 256,
  onWay = () => {},
}: PackerOptions = {}): Promise<Packer> {
  const instance = await DuckDBInstance.create(":memory:", {
    threads: String(threads),
    memory_limit: `${memoryMegabytes}MB`,
    temp_directory: "",
    preserve_insertion_order: "true",
    autoinstall_known_extensions: "false",
  });

  const inTurn = pLimit(threads);
  return {
    pack: (request) => inTurn(() => pack(request)),
    async close() {
      instance.closeSync();
    },
  };

  async function pack(request: PackRequest): Promise<PackedFile[]> {
    const bindings = padsOf(request);
    const folder = await mkdtemp(join(request.folder, "pack-")).catch((error: unknown) => {
      throw noFolder(request.folder, error);
    });
    const job: Job = {
      request,
      shape: shapeOf(request.columns),
      connection: await instance.connect(),
      folder,
      out: `${folder}.parquet`,
      malformedOut: `${folder}.malformed.parquet`,
      bindings,
      onWay,
    };
    try {
      return await run(job);
    } finally {
      job.connection.closeSync();
      await rm(folder, { recursive: true, force: true });
    }
  }
}

async function run(job: Job): Promise<PackedFile[]> {
  const { delivery, subject } = job.request;
  try {
    await job.connection.run("SET TimeZone = 'UTC'");
    return delivery.kind === "pages" ? await packPages(job, delivery.pages) : await packFile(job, delivery);
  } catch (error) {
    await rm(job.out, { force: true });
    await rm(job.malformedOut, { force: true });
    throw ofMachine(error, subject) ?? unforeseen(subject, error, job.shape.withheld.size > 0);
  }
}

/** The two pads of HMAC-SHA-256 (RFC 2104), as values to bind. */
function padsOf({ columns, piiKey, subject }: PackRequest): Bindings | undefined {
  if (!columns.some(({ pii }) => pii === "hash")) return undefined;
  if (piiKey === undefined || piiKey === "") {
    throw new FirnError("internal.bug", {
      what: `${subject} has hashed columns, but the packer was given no key.`,
      why: "Without one, anybody could undo the hash by trying values.",
      fix: "Pass the team's PII key with the request.",
    });
  }
  const given = Buffer.from(piiKey, "utf8");
  const key = Buffer.alloc(64);
  (given.length > 64 ? createHash("sha256").update(given).digest() : given).copy(key);
  return { ipad: blobValue(key.map((byte) => byte ^ 0x36)), opad: blobValue(key.map((byte) => byte ^ 0x5c)) };
}

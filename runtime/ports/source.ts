import type { PlannedFile, Shard } from "#core/batch";
import type { Source as Declaration } from "#firn";
import type { Delivery } from "#ports/packer";

/** One chunk of a shard, in order. Chunk boundaries depend only on what the source sent. */
export interface Chunk {
  delivery: Delivery;
  /** Bytes the source sent for it, after decompression. */
  bytes: number;
  requests: number;
  /** For sources read by id: the highest one so far, and whether the source has more than was read. */
  reached?: { id: string; more: boolean };
  /** For delivered files: which one. */
  file?: PlannedFile;
}

/** A planned file that cannot be read as planned; the batch goes on without it and says so. */
export interface SkippedFile {
  skipped: PlannedFile;
  status: "changed" | "missing";
}

export interface ReadRequest {
  declaration: Declaration;
  shard: Shard;
  /** The connection's address. */
  address: string;
}

/** Where rows come from. Reading is repeatable; nothing is kept between calls. */
export interface SourceReader {
  /**
   * The shard's chunks in order, a few pages in memory at a time.
   *
   * @throws {FirnError} `source.*`, `secret.missing`
   */
  read(request: ReadRequest): AsyncIterable<Chunk | SkippedFile>;

  /** The files in the inbox now, sorted by path; only for sources of delivered files. */
  list?(declaration: Declaration, address: string): Promise<PlannedFile[]>;

  /** What `list` would say of one file now; undefined where it is gone. */
  etag?(declaration: Declaration, address: string, path: string): Promise<string | undefined>;

  close(): Promise<void>;
}

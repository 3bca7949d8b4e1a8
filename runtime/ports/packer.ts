import type { LandedColumn } from "#core/batch";

/** Delivered bytes on their way into one Parquet file. */
export type Delivery =
  /** JSON arrays of records, as pages came; bytes are the arrays only. */
  | { kind: "pages"; pages: Uint8Array[] }
  /** A delivered file, read where it lies. */
  | {
      kind: "file";
      path: string;
      format: "csv" | "jsonl" | "json" | "parquet";
      gzip: boolean;
      delimiter?: string;
    };

export interface PackRequest {
  columns: LandedColumn[];
  delivery: Delivery;
  /** Where the Parquet files are written; the packer makes the names, the caller deletes them. */
  folder: string;
  /** The key of the HMAC of columns with `pii: "hash"`; needed if there is one. */
  piiKey?: string;
  /** For messages: what is being packed. */
  subject: string;
}

/** A finished local Parquet file of landed columns, `_record` and `_malformed`, in delivered order. */
export interface PackedFile {
  path: string;
  rows: number;
  bytes: number;
  /** True for the file of unreadable records; its rows hold `_malformed` and `_line`. */
  malformed: boolean;
}

/**
 * Turns delivered records into lossless Parquet, without parsing them one by one in JavaScript.
 *
 * Declared columns become text; the whole record stays beside them wherever the columns alone would
 * lose something: an undeclared or missing field, a repeated key, a number DuckDB's JSON would round.
 */
export interface Packer {
  /** @throws {FirnError} `source.not_json`, `source.truncated`, `source.file_malformed`, `store.full` */
  pack(request: PackRequest): Promise<PackedFile[]>;
  close(): Promise<void>;
}

/** What a pipeline says of its source. A new kind of source is a schema here and a file in adapters/sources. */
import { z } from "zod";
import { name, positive } from "./values.ts";

/** How requests are authorized. Secrets are named here and read from the secrets port, nowhere else. */
const auth = z.discriminatedUnion("kind", [
  /** `Authorization: Bearer <secret>`. */
  z.strictObject({ kind: z.literal("bearer"), secret: name }),
  /** User and password (RFC 7617). */
  z.strictObject({ kind: z.literal("basic"), user: z.string(), secret: name }),
  /** A header of the source's own, such as `X-Api-Key`. */
  z.strictObject({ kind: z.literal("header"), header: z.string().min(1), secret: name }),
  /**
   * OAuth 2.0 client credentials (RFC 6749, 4.4), renewed before they expire and once after a 401.
   * `tokenUrl`: an https address, or a path below the connection's.
   */
  z.strictObject({
    kind: z.literal("client_credentials"),
    tokenUrl: z
      .string()
      .regex(/^(https:\/\/|\/(?!\/))/, "must be an https address or a path that begins with /"),
    clientId: z.string().min(1),
    secret: name,
    scope: z.string().min(1).optional(),
  }),
]);

/** Prepended to the pipeline's name, and so to its tables and keys: tells sources apart. */
const prefix = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,30}_$/, "must be a name that ends in _, such as salesforce_")
  .optional();

/** What a batch asks the source for. */
const window = z.discriminatedUnion("by", [
  /** What changed in `(since, before]`, instants in ISO 8601 UTC. Without `before` it is not sharded. */
  z.strictObject({
    by: z.literal("time").optional(),
    since: z.string().min(1),
    before: z.string().min(1).optional(),
  }),
  /**
   * Whole days (UTC), `YYYY-MM-DD`, `first` and `last` included. `selects` says what the source gives for a
   * day: what changed in it (default), or all that belongs to it, as a report does.
   */
  z.strictObject({
    by: z.literal("date"),
    first: z.string().min(1),
    last: z.string().min(1),
    selects: z.enum(["changes", "all"]).optional(),
  }),
  /**
   * What has an id greater than the one sent as `after`, in rising order. Ids may be committed out of order:
   * `overlap` (default 0) reads so many of the last ids again. Changes and deletes of older rows are not seen.
   */
  z.strictObject({
    by: z.literal("id"),
    after: z.string().min(1),
    /** The record's field: a whole number, dotted where it is nested. */
    field: z.string().min(1),
    /** The history begins after it. Default 0. */
    start: z.number().int().min(0).optional(),
    overlap: z.number().int().min(0).optional(),
    /** A batch ends with the page that reaches so many records. Default 1,000,000. */
    rowsMax: positive.optional(),
  }),
  /** No window: every run reads all. For sources without one, and for full refreshes. */
  z.strictObject({ by: z.literal("all") }),
]);

export const httpSource = z.strictObject({
  kind: z.literal("http"),
  /** A name; the environment says which address it has. */
  connection: name,
  /** Path below the connection's address. */
  path: z.string().startsWith("/"),
  /** Fixed query parameters. */
  query: z.record(z.string(), z.string()).optional(),
  /**
   * Requests are POSTs with this JSON body, in which the parameters of window, page size and paging are set
   * instead of in the query; a dotted name leads into it. Absent: GET.
   */
  post: z.strictObject({ body: z.record(z.string(), z.json()) }).optional(),
  /** Absent: no authorization is sent. */
  auth: auth.optional(),
  prefix,
  window,
  pageSize: z.strictObject({ param: z.string().min(1), value: positive }).optional(),
  paging: z.discriminatedUnion("style", [
    /** The `Link` header's `rel="next"`. */
    z.strictObject({ style: z.literal("link") }),
    /** The field at `next` in the body: an address, or a token that is sent back as `param`. */
    z.strictObject({
      style: z.literal("cursor"),
      next: z.string().min(1),
      param: z.string().min(1).optional(),
    }),
    /** A response header: an address, or a token that is sent back as `param`. */
    z.strictObject({
      style: z.literal("header"),
      header: z.string().min(1),
      param: z.string().min(1).optional(),
    }),
    /** Pages by number, from `first` on (default 1). Ends with an empty page. Rows shift where others come or go meanwhile. */
    z.strictObject({
      style: z.literal("page"),
      param: z.string().min(1),
      first: z.number().int().min(0).optional(),
    }),
    /** How many records came before. Ends with an empty page. Counts each page's records by its brackets. */
    z.strictObject({ style: z.literal("offset"), param: z.string().min(1) }),
    /** The value of `field` in the last record, as `starting_after`. Ends with an empty page. */
    z.strictObject({ style: z.literal("after"), param: z.string().min(1), field: z.string().min(1) }),
  ]),
  /** Where the array of records lies in the body: dotted field names; absent: the body is the array. */
  records: z.string().min(1).optional(),
  /** Pieces a window is cut into, each paged on its own at the same time. Default 4. */
  shards: positive.max(64).optional(),
  limits: z
    .strictObject({
      /** Seconds a single request may take. Default 60. */
      requestSeconds: positive.optional(),
      /** Tries of one request before the stage fails and the state machine takes over. Default 4. */
      attempts: positive.optional(),
      /** The longest `Retry-After` waited for, in seconds. Default 60. */
      retryAfterSecondsMax: positive.optional(),
      /** The largest page taken, in bytes after decompression. Default 64 MiB. */
      pageBytesMax: positive.optional(),
      /** Pages one shard may have. Default 100,000. */
      pagesMax: positive.optional(),
    })
    .optional(),
});
export type HttpSource = z.infer<typeof httpSource>;

export const filesSource = z.strictObject({
  kind: z.literal("files"),
  /** A name; the environment says which folder or bucket it is. */
  connection: name,
  /** Which names count: `*` for any characters but `/`, `**` for any. Default `**`. */
  pattern: z.string().min(1).optional(),
  /**
   * The format by name ending, plain or `.gz`: `.csv` (with a header), `.jsonl` or `.ndjson`, `.json` (an
   * array), `.parquet`. Set it where names do not tell.
   */
  format: z.enum(["csv", "jsonl", "json", "parquet"]).optional(),
  csv: z.strictObject({ delimiter: z.string().length(1).optional() }).optional(),
  /** Files of one batch, in the order of their names. Default 500. */
  filesPerBatch: positive.optional(),
  prefix,
});
export type FilesSource = z.infer<typeof filesSource>;
export type Source = HttpSource | FilesSource;

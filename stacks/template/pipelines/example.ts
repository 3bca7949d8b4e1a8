import { pipeline } from "#firn";

/** Delivered files of a help desk's tickets; pipelines/example_http.ts reads the same from an API. */
export const example = pipeline({
  // The silver table's name, and part of every key in the lake: choose it for good.
  name: "example",
  description: "One row per ticket as it stands now.",

  // Where rows come from. Only the environment knows the address behind `connection`. The format follows
  // from a file's name; every file is read once, whenever it comes and in whatever order.
  source: { kind: "files", connection: "example_inbox", pattern: "*.csv" },

  // What silver has, in this order. A field nobody declared is kept in bronze only. A value that is not of
  // its type sends the row, never the batch, to quarantine; nothing is guessed or rounded.
  columns: {
    ticket_id: { type: "integer" },
    // `from`: the source's name, where it is none you would choose.
    title: { type: "text", from: "Short text", required: true },
    // Lake and warehouse only ever see a token. To keep nothing at all: pii: "drop".
    requester: { type: "text", pii: "hash" },
    priority: { type: "integer", required: true },
    hours: { type: "decimal(8,2)" },
    opened_on: { type: "date", format: "DD/MM/YYYY" },
    status: { type: "text", required: true },
    // Without an offset in the text a format must say which zone is meant; `iso-utc` does.
    changed_at: { type: "timestamp", format: "iso-utc" },
  },

  strategy: {
    // Rows change. For events that never do: { kind: "append", ids: [...], rememberDays: 400 }.
    kind: "upsert",
    // What tells one row from another: silver has one row of each key.
    key: ["ticket_id"],
    // What tells the later of two: a change time, a revision, several columns. Late files cannot undo it.
    version: ["changed_at"],
    // For sources that mark what they delete: such a row leaves a tombstone.
    deletedWhen: { column: "status", in: ["withdrawn"] },
  },

  // Promises about the whole batch: if one is broken, nothing of the batch is promoted and an alert is sent.
  // `mostly` is the share of rows that must keep it; without it, all must.
  expectations: [
    { kind: "accepted", mostly: 0.8 },
    { kind: "between", column: "priority", min: 1, max: 5 },
    { kind: "in", column: "status", values: ["open", "closed", "withdrawn"] },
    { kind: "not_null", column: "hours", mostly: 0.2 },
  ],

  // No watermark: of files, the manifests say which are read. A source read by window needs one.
});

import { declared } from "./support.ts";

/** Every type, every awkward name: what generated SQL must bear. */
export const visits = declared({
  name: "visits",
  source: {
    kind: "http",
    connection: "api",
    path: "/v",
    window: { since: "s", before: "b" },
    paging: { style: "link" },
  },
  columns: {
    visit_id: { type: "integer" },
    order: { type: "text", from: 'Order "No"' },
    n: { type: "json" },
    price: { type: "decimal(12,3)" },
    weight: { type: "float" },
    active: { type: "boolean" },
    born_on: { type: "date", format: "DD/MM/YYYY" },
    seen_at: { type: "timestamp", required: true },
    made_at: { type: "timestamp", format: "epoch-millis" },
    status: { type: "text" },
    learner: { type: "text", pii: "hash" },
    secret: { type: "text", pii: "drop" },
    updated_at: { type: "timestamp", format: "iso-utc" },
    lsn: { type: "integer" },
  },
  strategy: {
    kind: "upsert",
    key: ["visit_id", "order"],
    version: ["updated_at", "lsn"],
    deletedWhen: { column: "status", in: ["gone", "o'clock\\"] },
  },
  watermark: { start: "2024-01-01T00:00:00Z" },
  expectations: [
    { kind: "accepted", mostly: 0.25 },
    { kind: "not_null", column: "price", mostly: 0.5 },
    { kind: "unique", columns: ["visit_id", "n"], mostly: 0.5 },
    { kind: "in", column: "status", values: ["open", "shut", "it's"] },
    { kind: "between", column: "price", min: 0, max: "99999.999" },
    { kind: "between", column: "seen_at", min: "2020-01-01T00:00:00Z" },
    { kind: "regex", column: "order", pattern: "[A-Z][0-9]{1,4}" },
    { kind: "pair", left: "made_at", right: "seen_at" },
    { kind: "row_count", min: 1, max: 1000 },
    { kind: "relationship", column: "visit_id", to: "visits", toColumn: "visit_id", mostly: 0.01 },
  ],
});

/** Delivered files with two ids an event. */
export const events = declared({
  name: "events",
  source: { kind: "files", connection: "inbox" },
  columns: {
    device: { type: "text" },
    at: { type: "timestamp" },
    reading: { type: "decimal(10,2)" },
  },
  strategy: { kind: "append", ids: ["device", "at"], rememberDays: 30 },
});

/** Events that a sequence numbers. */
export const offsets = declared({
  ...events,
  name: "offsets",
  columns: { device: { type: "text" }, n: { type: "integer" }, at: { type: "timestamp" } },
  strategy: { kind: "append", ids: ["device", "n"], sequence: "n" },
});

/** A day's stock in a file. */
export const stock = declared({
  name: "stock",
  source: { kind: "files", connection: "inbox" },
  columns: { sku: { type: "text" }, units: { type: "integer" } },
  strategy: {
    kind: "replace_partition",
    partition: { by: "file", pattern: "(?<partition>\\d{4}-\\d{2}-\\d{2})_(?<version>v\\d+)" },
  },
});

/** The lines of orders. */
export const lines = declared({
  name: "lines",
  source: { kind: "files", connection: "inbox" },
  columns: {
    order_id: { type: "integer" },
    line: { type: "integer" },
    sku: { type: "text", required: true },
    op: { type: "text" },
    changed_at: { type: "timestamp" },
  },
  strategy: {
    kind: "replace_children",
    parent: ["order_id"],
    key: ["line"],
    version: ["changed_at"],
    deletedWhen: { column: "op", in: ["d"] },
    mayBeEmpty: true,
  },
});

/** Images that carry some columns. */
export const profiles = declared({
  name: "profiles",
  source: { kind: "files", connection: "inbox" },
  columns: {
    id: { type: "integer" },
    email: { type: "text", required: true },
    born_on: { type: "date" },
    changed_at: { type: "timestamp" },
    lsn: { type: "integer" },
  },
  strategy: { kind: "upsert", key: ["id"], version: ["changed_at", "lsn"], partial: true },
  expectations: [{ kind: "between", column: "born_on", min: "1900-01-01", quarantine: true }],
});

export const visitRow = {
  visit_id: "1",
  order: "A1",
  n: '{"a":[1,null]}',
  price: "12.5",
  weight: "1.5e3",
  active: "TRUE",
  born_on: "31/01/2000",
  seen_at: "2024-02-01T10:00:00+02:00",
  made_at: "1706700000000",
  status: "open",
  learner: "deadbeef",
  updated_at: "2024-02-01T00:00:00",
  lsn: "7",
};

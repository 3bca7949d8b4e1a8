import { pipeline } from "#firn";

/** The shop's order lines, one delivered file a day, in whatever order the files come. */
export const orders = pipeline({
  name: "orders",
  description: "One row per order line as delivered; cancellations are lines of their own.",
  source: { kind: "files", connection: "orders_inbox" },
  columns: {
    line_id: { type: "integer" },
    invoice_no: { type: "text", required: true },
    stock_code: { type: "text", required: true },
    description: { type: "text" },
    quantity: { type: "integer", required: true },
    invoice_ts: { type: "timestamp", format: "iso-utc", required: true },
    unit_price: { type: "decimal(12,3)", required: true },
    customer_id: { type: "text" },
    country: { type: "text" },
  },
  // Equal lines are real: only a line that was delivered before, by its id, is a repetition.
  strategy: { kind: "append", ids: ["line_id"], rememberDays: 400 },
  schedule: { everyMinutes: 1440 },
  expectations: [
    { kind: "accepted", mostly: 0.95 },
    { kind: "regex", column: "invoice_no", pattern: "[AC]?[0-9]{6}" },
  ],
});

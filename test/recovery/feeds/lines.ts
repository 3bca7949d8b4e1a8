import { pipeline } from "#firn";
import { api, type Feed, watermark } from "./feed.ts";

const line = (order_id: number, number: number | null, changed_at: string, more = {}) => ({
  order_id,
  line: number,
  sku: `sku ${order_id}-${number}`,
  quantity: 1,
  op: "u",
  changed_at,
  ...more,
});

const firstDay = [
  line(1, 1, "2024-01-02T01:00:00Z"),
  line(1, 2, "2024-01-02T01:00:00Z"),
  line(2, 1, "2024-01-02T02:00:00Z"),
  line(2, 2, "2024-01-02T02:00:00Z"),
  // One bad line holds its order back.
  line(3, 1, "2024-01-02T03:00:00Z"),
  line(3, 2, "2024-01-02T03:00:00Z", { quantity: "many" }),
  // In the overlap: read again on the second day.
  line(4, 1, "2024-01-02T23:30:00Z"),
];

/** The lines of orders: an order comes with all it has. */
export const lines: Feed = {
  pipeline: pipeline({
    name: "lines",
    source: {
      ...api("lines"),
      query: { envelope: "yes" },
      records: "rows",
      paging: { style: "cursor", next: "next", param: "from" },
      shards: 1,
    },
    columns: {
      order_id: { type: "integer" },
      line: { type: "integer" },
      sku: { type: "text" },
      quantity: { type: "integer" },
      op: { type: "text" },
      changed_at: { type: "timestamp" },
    },
    strategy: {
      kind: "replace_children",
      parent: ["order_id"],
      key: ["line"],
      version: ["changed_at"],
      deletedWhen: { column: "op", in: ["d"] },
    },
    watermark: { ...watermark, start: "2024-01-02T00:00:00Z" },
  }),
  ends: {
    of: ["order_id", "line", "quantity"],
    live: ["1 1 5", "1 3 1", "3 1 1", "3 2 1", "4 1 1"],
    quarantined: 2,
  },
  records: {
    1: firstDay,
    2: [
      ...firstDay.filter(({ order_id }) => order_id > 3),
      // The second line vanished.
      line(1, 1, "2024-01-03T01:00:00Z", { quantity: 5 }),
      line(1, 3, "2024-01-03T01:00:00Z"),
      line(2, null, "2024-01-03T02:00:00Z", { op: "d" }),
      line(3, 1, "2024-01-03T03:00:00Z"),
      line(3, 2, "2024-01-03T03:00:00Z"),
    ],
  },
};

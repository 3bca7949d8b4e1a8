import { pipeline } from "#firn";
import { api, type Feed, watermark } from "./feed.ts";

/** What the shop's API says of an item on a day; a change is one row, later days see later changes. */
interface Item {
  item_id: number;
  name: string;
  email: string;
  price: string;
  quantity: number | string;
  status: "live" | "gone";
  changed_at: string;
  note?: string;
}

const item = (id: number, at: string, more: Partial<Item> = {}): Item => ({
  item_id: id,
  name: `item ${id}`,
  email: `owner${id}@example.org`,
  price: "9.99",
  quantity: id,
  status: "live",
  changed_at: at,
  ...more,
});

const firstDay: Item[] = [
  item(1, "2024-01-02T01:00:00Z"),
  item(2, "2024-01-02T02:00:00Z"),
  // A tie within one batch: one key, one version, two payloads.
  item(3, "2024-01-02T03:00:00Z", { name: "tied, first" }),
  item(3, "2024-01-02T03:00:00Z", { name: "tied, second" }),
  item(4, "2024-01-02T04:00:00Z", { quantity: "many" }),
  item(6, "2024-01-02T20:00:00Z", { note: "a field nobody declared" }),
  item(2, "2024-01-02T22:00:00Z", { status: "gone" }),
  item(8, "2024-01-02T23:30:00Z", { name: "before the tie" }),
  item(9, "2024-01-02T23:40:00Z"),
];

const secondDay: Item[] = [
  ...firstDay.filter(({ item_id: id }) => id !== 8),
  // Committed late: it lies in the overlap.
  item(11, "2024-01-02T23:15:00Z"),
  // A tie across batches: what was read yesterday, with another payload and no newer version.
  item(8, "2024-01-02T23:30:00Z", { name: "after the tie" }),
  item(1, "2024-01-03T01:00:00Z", { price: "1e1" }),
  item(4, "2024-01-03T02:00:00Z", { quantity: 4 }),
  item(6, "2024-01-03T03:00:00Z", { status: "gone" }),
  item(10, "2024-01-03T04:00:00Z", { quantity: "1.5" }),
].sort((a, b) => Date.parse(a.changed_at) - Date.parse(b.changed_at));

/** Rows that change, by time. The first day is two windows: one without a row, one with nine. */
export const items: Feed = {
  pipeline: pipeline({
    name: "items",
    source: { ...api("items"), shards: 2 },
    columns: {
      item_id: { type: "integer" },
      name: { type: "text", required: true },
      email: { type: "text", pii: "hash" },
      price: { type: "decimal(8,2)" },
      quantity: { type: "integer", required: true },
      status: { type: "text" },
      changed_at: { type: "timestamp" },
    },
    strategy: {
      kind: "upsert",
      key: ["item_id"],
      version: ["changed_at"],
      deletedWhen: { column: "status", in: ["gone"] },
    },
    watermark,
    expectations: [
      { kind: "accepted", mostly: 0.5 },
      { kind: "between", column: "quantity", min: 0, max: 100 },
    ],
  }),
  ends: {
    of: ["item_id", "name", "price"],
    live: [
      "1 item 1 10.00",
      "11 item 11 9.99",
      "3 tied, second 9.99",
      "4 item 4 9.99",
      "8 after the tie 9.99",
      "9 item 9 9.99",
    ],
    quarantined: 2,
  },
  records: { 1: firstDay.map((each) => ({ ...each })), 2: secondDay.map((each) => ({ ...each })) },
};

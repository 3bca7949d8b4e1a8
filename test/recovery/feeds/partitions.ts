import { pipeline } from "#firn";
import { api, type Feed, inbox } from "./feed.ts";

const csv = (...rows: string[]) => ["sku,units", ...rows].join("\n").concat("\n");

/** A day's sales in one file; corrections come as later versions, and the second day is two batches. */
export const sales: Feed = {
  pipeline: pipeline({
    name: "sales",
    source: { ...inbox("sales"), filesPerBatch: 2 },
    columns: { sku: { type: "text", required: true }, units: { type: "integer", required: true } },
    strategy: {
      kind: "replace_partition",
      partition: { by: "file", pattern: "(?<partition>\\d{4}-\\d{2}-\\d{2})_v(?<version>\\d+)" },
      mayBeEmpty: true,
      despiteQuarantine: true,
    },
  }),
  ends: {
    of: ["_partition", "sku", "units"],
    live: ["2024-01-01 a 1", "2024-01-01 b 2", "2024-01-01 b 2"],
    quarantined: 1,
  },
  files: {
    1: {
      "2024-01-01_v2.csv": csv("a,1", "b,2", "b,2"),
      "2024-01-02_v1.csv": csv("a,7", "b,8", "c,many"),
    },
    2: {
      // An older delivery, late: it changes nothing.
      "2024-01-01_v1.csv": csv("a,100"),
      // A correction: one row stays, one changes, one goes, one comes twice.
      "2024-01-02_v2.csv": csv("a,7", "b,9", "d,1", "d,1"),
      // Only a header: the day was none. A batch without a row.
      "2024-01-02_v3.csv": csv(),
    },
  },
};

const visit = (id: number, day: string, seconds: number | string = id) => ({ id, day, seconds });

/** A report by day; the second day reads the last one of the first again. */
export const visits: Feed = {
  pipeline: pipeline({
    name: "visits",
    source: {
      ...api("visits"),
      window: { by: "date", first: "first", last: "last", selects: "all" },
      pageSize: { param: "limit", value: 2 },
      paging: { style: "page", param: "page" },
      shards: 2,
    },
    columns: {
      id: { type: "integer" },
      day: { type: "date" },
      seconds: { type: "integer", required: true },
    },
    strategy: {
      kind: "replace_partition",
      partition: { by: "day", column: "day" },
      despiteQuarantine: true,
    },
    watermark: { start: "2024-01-01T00:00:00Z", lagSeconds: 0, overlapDays: 1 },
  }),
  ends: {
    of: ["_partition", "id", "seconds"],
    live: [
      "2024-01-01 1 1",
      "2024-01-01 2 2",
      "2024-01-02 3 30",
      "2024-01-02 5 5",
      "2024-01-03 6 6",
      "2024-01-03 7 7",
      "2024-01-03 7 7",
    ],
    quarantined: 1,
  },
  records: {
    1: [
      visit(1, "2024-01-01"),
      visit(2, "2024-01-01"),
      visit(3, "2024-01-02"),
      visit(4, "2024-01-02"),
      visit(5, "2024-01-02", "long"),
    ],
    2: [
      visit(3, "2024-01-02", 30),
      visit(5, "2024-01-02", 5),
      visit(6, "2024-01-03"),
      visit(7, "2024-01-03"),
      visit(7, "2024-01-03"),
    ],
  },
};

const price = (sku: string, cents: number | string) => ({ sku, cents });

/** All prices there are, in the place of yesterday's. */
export const prices: Feed = {
  pipeline: pipeline({
    name: "prices",
    source: { ...api("prices"), window: { by: "all" }, paging: { style: "offset", param: "offset" } },
    columns: { sku: { type: "text" }, cents: { type: "integer" } },
    strategy: { kind: "replace_partition", partition: { by: "table" }, despiteQuarantine: true },
  }),
  ends: { of: ["sku", "cents"], live: ["a 100", "b 250", "d 400", "d 400"], quarantined: 1 },
  records: {
    1: [price("a", 100), price("b", 200), price("c", 300), price("d", "dear")],
    2: [price("a", 100), price("b", 250), price("d", 400), price("d", 400)],
  },
};

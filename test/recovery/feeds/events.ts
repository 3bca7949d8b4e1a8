import { pipeline } from "#firn";
import { api, type Feed, inbox } from "./feed.ts";

/** Events in files, each with an id: some repeated, some bad, one file that ends in the middle. */
export const events: Feed = {
  pipeline: pipeline({
    name: "events",
    source: inbox("events"),
    columns: {
      event_id: { type: "text" },
      kind: { type: "text", required: true },
      amount: { type: "decimal(8,2)" },
      happened_at: { type: "timestamp" },
    },
    strategy: { kind: "append", ids: ["event_id"], rememberDays: 30 },
    expectations: [{ kind: "not_null", column: "amount", mostly: 0.5 }],
  }),
  ends: {
    of: ["event_id", "kind", "amount"],
    live: ["e1 sale 1.50", "e2 sale 2.50", "e4 sale 4.50", "e6 sale 6.50"],
    quarantined: 4,
  },
  files: {
    1: {
      "2024-01-02/a.csv":
        "event_id,kind,amount,happened_at\n" +
        "e1,sale,1.50,2024-01-02T01:00:00Z\ne2,sale,2.50,2024-01-02T02:00:00Z\n" +
        "e1,sale,1.50,2024-01-02T01:00:00Z\ne3,refund,much,2024-01-02T03:00:00Z\n",
      "2024-01-02/b.jsonl":
        '{"event_id":"e4","kind":"sale","amount":4.5,"happened_at":"2024-01-02T04:00:00Z"}\n' +
        '{"event_id":"e5","kind":"sale"\n' +
        '{"event_id":"e2","kind":"sale, again","amount":2.5,"happened_at":"2024-01-02T02:00:00Z"}\n',
    },
    2: {
      "2024-01-03/c.csv":
        "event_id,kind,amount,happened_at\n" +
        "e6,sale,6.50,2024-01-03T01:00:00Z\ne1,repeated,1.50,2024-01-02T01:00:00Z\n" +
        'e7,"sale"broken,7.50,2024-01-03T02:00:00Z\n,sale,8.50,2024-01-03T03:00:00Z\n',
    },
  },
};

const reading = (id: number, device: string, n: number, celsius: number | string = n) => ({
  id,
  device,
  n,
  celsius,
});
const firstReadings = [
  reading(1, "a", 1),
  reading(2, "b", 1),
  reading(3, "a", 2),
  reading(4, "a", 4),
  reading(5, "b", 2),
  // Bad until tomorrow: a gap in the sequence, and the overlap reads it again.
  reading(6, "a", 3, "warm"),
];

/** Events that a sequence numbers, read by id: two batches a day, as a batch takes four rows. */
export const readings: Feed = {
  pipeline: pipeline({
    name: "readings",
    source: {
      ...api("readings"),
      window: { by: "id", after: "above", field: "id", rowsMax: 4, overlap: 1 },
      pageSize: { param: "limit", value: 2 },
      paging: { style: "after", param: "above", field: "id" },
    },
    columns: {
      id: { type: "integer" },
      device: { type: "text" },
      n: { type: "integer" },
      celsius: { type: "integer", required: true },
    },
    strategy: { kind: "append", ids: ["device", "n"], sequence: "n" },
  }),
  ends: {
    of: ["device", "n", "id", "celsius"],
    live: ["a 1 1 1", "a 2 3 2", "a 3 6 3", "a 4 4 4", "a 5 7 5", "b 1 2 1", "b 2 5 2", "b 3 8 3"],
    quarantined: 1,
  },
  records: {
    1: firstReadings,
    2: [
      ...firstReadings.slice(0, -1),
      reading(6, "a", 3),
      reading(7, "a", 5),
      reading(8, "b", 3),
      // Another record of an event that was sent before.
      reading(9, "a", 5, 50),
    ],
  },
};

import { pipeline } from "#firn";
import { api, type Feed, inbox, type Record_, watermark } from "./feed.ts";

const images = (...lines: Record_[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join("");

/** Images that carry only some columns, in files, some of them late. */
export const profiles: Feed = {
  pipeline: pipeline({
    name: "profiles",
    source: inbox("profiles"),
    columns: {
      id: { type: "integer" },
      name: { type: "text", required: true },
      email: { type: "text" },
      score: { type: "integer" },
      op: { type: "text" },
      lsn: { type: "integer" },
    },
    strategy: {
      kind: "upsert",
      key: ["id"],
      version: ["lsn"],
      partial: true,
      deletedWhen: { column: "op", in: ["d"] },
    },
  }),
  ends: {
    of: ["id", "name", "email", "score"],
    live: ["1 Ann late@example.org 9", "2 Bob again - -", "4 Dora - -"],
    quarantined: 2,
  },
  files: {
    1: {
      "1.jsonl": images(
        { id: 1, name: "Ann", email: "ann@example.org", score: 7, lsn: 1 },
        { id: 2, name: "Bob", email: "bob@example.org", score: 1, lsn: 2 },
        { id: 1, score: 9, lsn: 5 },
        { id: 3, name: null, lsn: 4 },
        { id: 4, name: "Dora", lsn: 6 },
      ),
    },
    2: {
      "2.jsonl": images(
        // Late: sets the address, but not the score.
        { id: 1, email: "late@example.org", score: 8, lsn: 3 },
        { id: 2, op: "d", lsn: 8 },
        { id: 4, email: null, lsn: 9 },
        { id: 2, name: "Bob again", lsn: 10 },
        // Older than the delete: sets nothing.
        { id: 2, email: "gone@example.org", lsn: 7 },
        { id: 5, score: "many", lsn: 11 },
      ),
    },
  },
};

const member = (id: number, changed_at: string, name = `member ${id}`) => ({ id, name, changed_at });
const [one, two, three, four] = [
  member(1, "2024-01-02T01:00:00Z"),
  member(2, "2024-01-02T02:00:00Z"),
  member(3, "2024-01-02T03:00:00Z"),
  member(4, "2024-01-02T04:00:00Z"),
];

/** Rows that are compared with all the source has, once a day: the second day begins with what changed. */
export const members: Feed = {
  pipeline: pipeline({
    name: "members",
    source: {
      ...api("members"),
      paging: { style: "header", header: "x-next", param: "from" },
      shards: 2,
    },
    columns: {
      id: { type: "integer" },
      name: { type: "text" },
      changed_at: { type: "timestamp" },
    },
    strategy: { kind: "upsert", key: ["id"], version: ["changed_at"] },
    watermark: { ...watermark, start: "2024-01-02T00:00:00Z" },
    compare: { everyDays: 1, missing: "delete", deletedShareMax: 0.5 },
  }),
  ends: {
    of: ["id", "name"],
    live: ["1 renamed", "3 drifted", "4 member 4", "5 member 5"],
    quarantined: 0,
  },
  records: {
    1: [one, two, three, four],
    2: [
      // The second is gone without a word, the third drifted, the fifth was filed late: all for the comparison.
      { ...three, name: "drifted" },
      four,
      member(5, "2024-01-02T05:00:00Z"),
      { ...one, name: "renamed", changed_at: "2024-01-03T01:00:00Z" },
    ],
  },
};

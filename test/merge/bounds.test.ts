import assert from "node:assert/strict";
import { declared } from "../sql/support.ts";
import { openMerging } from "./harness.ts";

const columns = {
  id: { type: "integer" },
  code: { type: "text" },
  day: { type: "date" },
  seen_at: { type: "timestamp" },
  n: { type: "integer" },
};
const by = (...key: string[]) =>
  declared({
    name: "rows",
    source: { kind: "files", connection: "inbox" },
    columns,
    strategy: { kind: "upsert", key, version: ["n"] },
  });
const row = (id: number, n: number, more: Record<string, string | null> = {}) => ({
  id: String(id),
  code: `c${id}`,
  day: "2024-02-01",
  seen_at: "2024-02-01T00:00:00Z",
  n: String(n),
  ...more,
});

describe("a merge that looks only where the batch's keys can be", () => {
  it("names them in the statement, so that a warehouse can leave the rest out before it starts", async () => {
    const merging = await openMerging(by("id", "day", "seen_at", "code"));
    await merging.promote({ seq: 1, rows: [row(3, 1), row(-7, 1, { code: "it's" }), row(5, 1)] });
    assert.match(
      merging.lastScript(),
      new RegExp(
        [
          /AND t\."id" BETWEEN CAST\('-7' AS BIGINT\) AND CAST\('5' AS BIGINT\)/,
          / AND t\."day" BETWEEN CAST\('2024-02-01' AS DATE\) AND CAST\('2024-02-01' AS DATE\)/,
          / AND t\."seen_at" BETWEEN TIMESTAMPTZ '2024-02-01T00:00:00\.000000Z' AND/,
          /.* AND t\."code" BETWEEN CAST\('c3' AS VARCHAR\) AND CAST\('it''s' AS VARCHAR\)/,
        ]
          .map(({ source }) => source)
          .join(""),
      ),
    );
    const counts = await merging.promote({ seq: 2, rows: [row(-7, 2, { code: "it's" }), row(5, 1)] });
    assert.deepEqual([counts.promoted, counts.unchanged, counts.silver_rows], ["1", "1", "3"]);
  });

  it("never doubles a row that moved to another day: only keys bound it", async () => {
    const merging = await openMerging(by("id"));
    await merging.promote({ seq: 1, rows: [row(1, 1, { day: "2020-01-01" }), row(2, 1)] });
    const counts = await merging.promote({ seq: 2, rows: [row(1, 2, { day: "2024-02-02" })] });
    assert.deepEqual([counts.promoted, counts.silver_rows], ["1", "2"]);
    assert.doesNotMatch(merging.lastScript(), /"day" BETWEEN/);
  });

  it("does without where a key cannot stand in a statement, or no row is good", async () => {
    const merging = await openMerging(by("code"));
    for (const code of ["ключ", "a\tb", "x".repeat(300)]) {
      await merging.promote({ seq: 1, rows: [row(1, 1, { code }), row(2, 1)] }, { replay: true });
      assert.doesNotMatch(merging.lastScript(), /BETWEEN/);
    }
    await merging.promote({ seq: 2, rows: [row(1, 1, { code: null })] });
    assert.doesNotMatch(merging.lastScript(), /BETWEEN/);
  });
});

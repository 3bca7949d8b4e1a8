import assert from "node:assert/strict";
import { planTables } from "./accounting.ts";
import { payload } from "./cells.ts";
import type { Tally } from "./run.ts";

/** What each table is delivered by, and which of its counts must not stay 0 for the claim to say anything. */
const claims: Record<string, (keyof Tally)[]> = {
  upsert: ["repeated", "unchanged", "deleted", "conflicts"],
  upsert_partial: ["repeated", "unchanged", "deleted"],
  append: ["repeated", "unchanged"],
  append_sequence: ["repeated", "unchanged"],
  children: ["repeated", "unchanged", "deleted", "vanished"],
  partitions_by_file: ["repeated", "unchanged", "vanished"],
  partitions_by_day: ["unchanged", "vanished"],
};

describe("accounting for every record a source delivers (20,000 rows)", function () {
  this.timeout(60_000);
  const seed = Date.now() % 1_000_000;
  const reasons = new Map<string, number>();
  before(() => console.log(`      seed ${seed}`));

  for (const { name, keepBooks } of planTables(seed, 20_000)) {
    it(`tells what became of each, why, and ends in the right rows: ${name}`, async () => {
      const tally = await keepBooks();
      for (const [reason, count] of tally.reasons) reasons.set(reason, (reasons.get(reason) ?? 0) + count);
      for (const count of claims[name.split("/")[0] as string] ?? [])
        assert.ok(Number(tally[count]) > 0, `no row was counted as ${count}: this proves too little`);
    });
  }

  it("met every reason there is: unreadable, missing, and wrong for each type", () => {
    const bad = Object.entries(payload).filter((entry) => entry[1].bad.length > 0);
    for (const expected of [
      "the record could not be read",
      "another row of its parent is bad",
      "day: of a day that was not asked for",
      "label: missing",
      ...bad.map(([name, { not }]) => `${name}: not ${not}`),
    ])
      assert.ok(reasons.has(expected), `nothing was quarantined for "${expected}"`);
  });
});

/**
 * `npm run prove -- --only accounting`: delivers generated batches and holds every count, reason and row.
 *
 * --rows N (1000000), --seed S (from the clock), --table NAME: only that one, such as upsert/files. Tables
 * are made one after another, and anew after a million rows, so memory stays flat however many there are.
 */
import { parseArgs } from "node:util";
import { whole } from "../support/flags.ts";
import { planTables } from "./accounting.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    rows: { type: "string", default: "1000000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    table: { type: "string" },
  },
});
const rowsPerRoundMax = 1_000_000;
const seed = whole("seed", values.seed);
const rows = whole("rows", values.rows);
const started = Date.now();
const seconds = () => `${((Date.now() - started) / 1000).toFixed(0)} s`;
let [delivered, failures] = [0, 0];

console.log(`Proving the accounting: ${rows} rows of seed ${seed}`);
for (let round = 0; round * rowsPerRoundMax < rows; round++) {
  const size = Math.min(rowsPerRoundMax, rows - round * rowsPerRoundMax);
  for (const { name, keepBooks } of planTables(seed + round, size)) {
    if (values.table !== undefined && values.table !== name) continue;
    try {
      const tally = await keepBooks();
      delivered += tally.delivered;
      const { quarantined, repeated, unchanged, promoted } = tally;
      console.log(
        `  ${name.padEnd(24)} ${tally.delivered} delivered = ${promoted} promoted + ${quarantined} quarantined + ${repeated} repeated + ${unchanged} unchanged; ${tally.batches} batches, ${seconds()}`,
      );
    } catch (error) {
      failures++;
      console.error(`  ${name} FAILED: ${(error as Error).message}`);
    }
  }
}
const memory = Math.round(process.resourceUsage().maxRSS / 1024);
console.log(`${delivered} rows accounted for, ${failures} failures, ${seconds()}, at most ${memory} MB`);
process.exitCode = failures > 0 ? 1 : 0;

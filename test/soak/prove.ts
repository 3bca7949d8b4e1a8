/**
 * `npm run prove -- --only soak`: lives through weeks of trouble on a simulated clock, and looks what is left.
 *
 * --days N (30), --seed S (from the clock).
 */
import { parseArgs } from "node:util";
import { whole } from "../support/flags.ts";
import { soak } from "./soak.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    days: { type: "string", default: "30" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});
const seed = whole("seed", values.seed);
const days = whole("days", values.days);
const started = Date.now();
const seconds = () => `${((Date.now() - started) / 1000).toFixed(0)} s`;
console.log(`Proving the soak: ${days} days of seed ${seed}`);
try {
  const { troubles, ...totals } = await soak(seed, days, (day) => {
    if (day % 5 === 0) console.log(`  day ${day}, ${seconds()}`);
  });
  console.log(
    `  met ${Object.entries(troubles)
      .map(([what, count]) => `${count} ${what}`)
      .join(", ")}`,
  );
  console.log(
    `${totals.delivered} rows in ${totals.batches} batches: ${totals.promoted} promoted, ${totals.quarantined} quarantined, ${totals.live} live; 0 failures, ${seconds()}`,
  );
} catch (error) {
  console.error(`FAILED after ${seconds()}: ${(error as Error).message}`);
  process.exitCode = 1;
}

/**
 * `npm run prove -- --only incremental`: makes a shop's history of any size, cuts it anew, and holds that right
 * models equal their rebuild and that each wrong recipe is caught.
 *
 * --rows N (20000), --seeds N (10), --seed S (from the clock): the first. To prove a team's own models over its own
 * history: `firn prove`.
 */
import { readdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { whole } from "../support/flags.ts";
import { openShop, readProject } from "./shop.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    rows: { type: "string", default: "20000" },
    seeds: { type: "string", default: "10" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});
const [rows, seeds, first] = [
  whole("rows", values.rows),
  whole("seeds", values.seeds),
  whole("seed", values.seed),
];
const started = Date.now();
const seconds = () => `${((Date.now() - started) / 1000).toFixed(0)} s`;
let [trials, failures] = [0, 0];

console.log(`Proving increments: ${rows} rows, ${seeds} seeds from ${first}`);
const shop = await openShop(rows, { seed: first });
await hold("prove/right", false);
const wrong = readdirSync(new URL("../wrong", import.meta.url));
for (const name of wrong) await hold(`wrong/${name}`, true);
await shop.close();
const memory = Math.round(process.resourceUsage().maxRSS / 1024);
console.log(`${trials} trials, ${failures} failures, ${seconds()}, at most ${memory} MB`);
process.exitCode = failures > 0 ? 1 : 0;

/** A right project differs in no trial; a wrong one in at least one. */
async function hold(project: string, isWrong: boolean): Promise<void> {
  const proof = await shop.prove(readProject(project));
  let caught = 0;
  let grown = 0;
  for (let seed = first; seed < first + seeds; seed++) {
    const { models } = await proof.tryOut(seed);
    trials++;
    grown += models.reduce((sum, { increments }) => sum + increments, 0);
    const differing = models.filter(({ error, difference }) => error !== undefined || difference);
    if (differing.length > 0) caught++;
    for (const { name, error } of isWrong ? [] : differing)
      console.error(`  ${project} FAILED: ${name}, seed ${seed}: ${error ?? "differs from its rebuild"}`);
  }
  await proof.close();
  const failed = isWrong ? caught === 0 : caught > 0;
  if (failed) failures++;
  const told = isWrong
    ? `caught in ${caught} of ${seeds} trials`
    : `equal in ${seeds - caught} of ${seeds} trials`;
  console.log(`  ${project.padEnd(34)} ${told}, ${grown} increments, ${seconds()}${failed ? " FAILED" : ""}`);
}

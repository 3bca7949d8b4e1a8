/**
 * `npm run prove`: kills runs at random, again while they recover, and compares what comes out.
 *
 * --schedules N (1000), --seed S (from the clock): which; --schedule K: only that one, told in full.
 * --every: instead, each run once before and after every effect.
 * --sigkill: real child processes on a real disk instead, killed at random moments.
 */
import { parseArgs } from "node:util";
import { type Lab, openLab } from "./lab.ts";
import { type Lived, live, openLabs, planSchedule } from "./schedules.ts";
import { openSigkillLab } from "./sigkill.ts";
import { killOnce } from "./single.ts";
import { days, gold, runs } from "./small.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "recovery" },
    schedules: { type: "string" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    schedule: { type: "string" },
    every: { type: "boolean", default: false },
    sigkill: { type: "boolean", default: false },
  },
});
if (values.only !== "recovery") {
  console.error(`prove: there is no "${values.only}" to prove; --only takes recovery`);
  process.exit(2);
}
if (values.every) process.exit(await proveEvery());
const seed = whole("seed", values.seed);
const count = whole("schedules", values.schedules ?? (values.sigkill ? "30" : "1000"));
const one = values.schedule === undefined ? undefined : whole("schedule", values.schedule);
const numbers = one === undefined ? Array.from({ length: count }, (_, k) => k) : [one];

console.log(
  `Proving recovery: ${numbers.length} schedules of seed ${seed}${values.sigkill ? ", by SIGKILL" : ""}`,
);
const started = Date.now();
const labs = values.sigkill ? await openSigkillLab() : openLabs([...runs, gold]);
let deaths = 0;
let failures = 0;
let told = 0;
for (const k of numbers) {
  try {
    const lived = await ("live" in labs ? labs.live(seed, k) : liveIn(await labs.of(k), k));
    const died = lived.deaths.filter((death) => !death.startsWith("nothing"));
    deaths += died.length;
    if (one !== undefined) console.log(`schedule ${k}: killed ${lived.deaths.join(", then ")}`);
  } catch (error) {
    failures++;
    const { message, cause } = error as Error;
    console.error(`schedule ${k} FAILED: ${message}\n${cause instanceof Error ? cause.message : ""}`);
    console.error(
      `  again: npm run prove -- --only recovery${values.sigkill ? " --sigkill" : ""} --seed ${seed} --schedule ${k}`,
    );
  }
  const seconds = (Date.now() - started) / 1000;
  if (seconds > told + 10) {
    told = seconds;
    console.log(
      `  ${k + 1} of ${numbers.length} schedules, ${deaths} kills, ${failures} failures, ${seconds.toFixed(0)} s`,
    );
  }
}
await labs.close();
const seconds = ((Date.now() - started) / 1000).toFixed(1);
console.log(`${numbers.length} schedules, ${deaths} kills, ${failures} failures, ${seconds} s`);
process.exitCode = failures > 0 ? 1 : 0;

/** How many kills ended in something else, as an exit code. */
async function proveEvery(): Promise<number> {
  let failed = 0;
  for (const run of [...runs, gold]) {
    const lab = await openLab(run);
    for (const day of days) {
      const { kills, disks, failures } = await killOnce(lab, day);
      failed += failures.length;
      console.log(`${run.name}, day ${day}: ${kills.length} kills leave ${disks} different disks`);
      for (const failure of failures) console.error(`  FAILED: ${failure}`);
    }
    await lab.close();
  }
  return failed > 0 ? 1 : 0;
}

function liveIn(lab: Lab, k: number): Promise<Lived> {
  return live(lab, planSchedule(lab, seed, k));
}

function whole(name: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  console.error(`prove: --${name} takes a whole number, not "${text}"`);
  process.exit(2);
}

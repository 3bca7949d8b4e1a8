/**
 * Measures Firn against floors within the same run:
 * `npm run bench -- [--records N] [--only NAME] [--profile [FOLDER]]`.
 *
 * Absolute figures depend on the machine and on what else runs there; the ratios are what is promised.
 * Prints a table, then the same as one line of JSON. With `--profile`, every run of a measured task leaves
 * a CPU profile, in a new folder if none is named: for Chrome's DevTools or an editor.
 */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { table } from "table";
import { profiling } from "./child.ts";

/** One measured thing. Ratios compare it with another figure of the same run. */
export interface Figure {
  name: string;
  records: number;
  seconds: number;
  cpuSeconds: number;
  peakRssMegabytes: number;
  ratios?: Record<string, number>;
  note?: string;
}

/** No figures: it cannot run here, and has said why. */
export type Benchmark = (records: number) => Promise<Figure[]>;

/** One file a benchmark. */
const benchmarks: Record<string, () => Promise<{ run: Benchmark }>> = {
  extract: () => import("./extract.ts"),
  silver: () => import("./silver.ts"),
  merge: () => import("./merge.ts"),
  slow: () => import("./slow.ts"),
  models: () => import("./models.ts"),
  peer: () => import("./peer.ts"),
};

const { values, positionals } = parseArgs({
  options: {
    records: { type: "string", default: "1000000" },
    only: { type: "string" },
    profile: { type: "boolean", default: false },
  },
  allowPositionals: true,
});
const records = Number(values.records);
if (!Number.isSafeInteger(records) || records < 1)
  throw new Error("--records takes a whole number of records");
if (values.only !== undefined && !Object.hasOwn(benchmarks, values.only)) {
  throw new Error(`--only takes one of: ${Object.keys(benchmarks).join(", ")}`);
}
if (positionals.length > (values.profile ? 1 : 0)) {
  throw new Error(`what is ${positionals.at(-1)}? Only --profile takes a folder`);
}
if (values.profile) {
  const [folder = mkdtempSync(join(tmpdir(), "firn-profiles-"))] = positionals;
  profiling.folder = resolve(folder);
}

const results: Record<string, Figure[]> = {};
for (const [name, open] of Object.entries(benchmarks)) {
  if (values.only !== undefined && name !== values.only) continue;
  const figures = await (await open()).run(records);
  if (figures.length === 0) continue;
  results[name] = figures;
  const head = [name, "records/s", "wall s", "CPU s", "peak RSS MB", "ratios"];
  const rows = figures.map(({ name, records, seconds, cpuSeconds, peakRssMegabytes, ratios, note }) => [
    note ? `${name}\n  ${note}` : name,
    Math.round(records / seconds).toLocaleString("en"),
    seconds.toFixed(2),
    cpuSeconds.toFixed(2),
    Math.round(peakRssMegabytes),
    Object.entries(ratios ?? {})
      .map(([to, ratio]) => `${ratio.toFixed(2)}x ${to}`)
      .join("\n"),
  ]);
  console.log(table([head, ...rows]));
}
console.log(JSON.stringify(results));
if (profiling.folder !== undefined) console.error(`CPU profiles: ${profiling.folder}`);

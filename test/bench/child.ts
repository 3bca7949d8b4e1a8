/** Runs one measured task in a process of its own, so that its peak memory and its CPU are its own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { basename } from "node:path";
import { json } from "node:stream/consumers";
import type { Figure } from "./run.ts";

export type Measured = Pick<Figure, "seconds" | "cpuSeconds" | "peakRssMegabytes">;

const repetitions = 3;

/** With a folder, each measured task leaves its CPU profile there, modules' loading included; it costs a little time. */
export const profiling: { folder?: string } = {};
let profiles = 0;

/**
 * Runs `task` of the module `file` with an argument; the child calls `serveTasks`, or does as that does if
 * the file is for another interpreter.
 */
export async function measure(
  file: string,
  task: string,
  argument: unknown,
  interpreter = process.execPath,
): Promise<Measured> {
  const flags = interpreter === process.execPath ? profile() : [];
  const child = spawn(interpreter, [...flags, file, task], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(JSON.stringify(argument));
  let out = "";
  child.stdout.on("data", (data) => {
    out += data;
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${task} failed with ${code}`);
  return JSON.parse(out) as Measured;

  function profile(): string[] {
    if (profiling.folder === undefined) return [];
    const name = `${String(++profiles).padStart(2, "0")}-${basename(file, ".ts")}-${task}.cpuprofile`;
    return ["--cpu-prof", `--cpu-prof-dir=${profiling.folder}`, `--cpu-prof-name=${name}`];
  }
}

/** The fastest of a few runs: what else the machine does only ever adds. */
export async function measureBest(...of: Parameters<typeof measure>): Promise<Measured> {
  let best = await measure(...of);
  for (let at = 1; at < repetitions; at++) {
    const measured = await measure(...of);
    if (measured.seconds < best.seconds) best = measured;
  }
  return best;
}

/**
 * In the child: runs the named task and prints what it took. Loading modules is not counted; nor is what a
 * task does first, if it then gives what is to be measured.
 */
export async function serveTasks(
  tasks: Record<string, (argument: never) => Promise<unknown>>,
): Promise<void> {
  const [name = ""] = process.argv.slice(2);
  const argument = await json(process.stdin);
  let begun = { cpu: process.cpuUsage(), at: performance.now() };
  const work = await tasks[name]?.(argument as never);
  if (typeof work === "function") {
    begun = { cpu: process.cpuUsage(), at: performance.now() };
    await work();
  }
  const seconds = (performance.now() - begun.at) / 1000;
  const { user, system } = process.cpuUsage(begun.cpu);
  const peakRssMegabytes = process.resourceUsage().maxRSS / 1024;
  console.log(JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6, peakRssMegabytes }));
}

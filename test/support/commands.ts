/** Commands that a test runs: found on the PATH, ended in time. */
import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

export interface Ran {
  code: number;
  /** What it printed on both streams. */
  text: string;
  /** What it printed on its standard output alone, for --json. */
  out: string;
  seconds: number;
}

/** Ends what it started at the latest when the time is up, with its children. */
export async function run(
  command: string,
  args: string[],
  { cwd, env, secondsMax }: { cwd: string; env: NodeJS.ProcessEnv; secondsMax: number },
): Promise<Ran> {
  const started = performance.now();
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const stop = () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
  };
  process.once("exit", stop);
  const timer = setTimeout(stop, secondsMax * 1_000);
  let text = "";
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    out += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exit, signal) => {
      if (signal !== null) text += `\nended by ${signal} after ${secondsMax} s at most`;
      resolve(exit ?? 1);
    });
  });
  clearTimeout(timer);
  process.removeListener("exit", stop);
  return { code, text, out, seconds: (performance.now() - started) / 1_000 };
}

export function isOnPath(name: string): boolean {
  return (process.env.PATH ?? "")
    .split(delimiter)
    .some((folder) => isThere(join(folder, name), constants.X_OK));
}

export function isThere(path: string, mode = constants.R_OK): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

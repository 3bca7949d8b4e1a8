/** Starts and stops the demo's two processes: the learning platform, and the command that reads from it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import { DemoError } from "./options.ts";

export interface PlatformProcess {
  readonly url: string;
  /** Stopping what has already stopped is harmless. */
  stop(): Promise<void>;
}

const readyLine = z.object({ ready: z.literal(true), port: z.int() });
/** How long a platform may take to stop before it is killed; it holds nothing worth waiting for. */
const stopMs = 2_000;

/**
 * Forks the learning platform and waits until it listens. It stops with this process, however this one ends.
 *
 * @throws {DemoError} if it ends before it listens
 */
export async function startPlatform(args: readonly string[], token: string): Promise<PlatformProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "platform/main.ts"), ...args], {
    env: { ...process.env, DEMO_TOKEN: token },
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const lines = createInterface({ input: child.stdout ?? process.stdin });
  const [line] = (await Promise.race([once(lines, "line"), once(child, "exit").then(() => [""])])) as [
    string,
  ];
  const ready = line === "" ? undefined : readyLine.parse(JSON.parse(line));
  if (ready === undefined) {
    throw new DemoError({
      what: "The learning platform did not start.",
      why: "It ended before it listened; what it said stands above.",
      fix: "Mend what it names. If it says nothing, try again with fewer --rows.",
    });
  }
  return { url: `http://127.0.0.1:${ready.port}`, stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) {
    return;
  }
  const exited = once(child, "exit");
  const timer = setTimeout(() => child.kill("SIGKILL"), stopMs);
  child.kill("SIGTERM");
  await exited;
  clearTimeout(timer);
}

/**
 * Runs a command with its output passed through, and hands it what would stop this process: the first
 * SIGINT or SIGTERM as it is, the second as SIGKILL.
 *
 * @returns its exit code, or 128 plus the number of the signal that ended it
 */
export async function runCommand(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(process.execPath, args, { env, stdio: "inherit" });
  let signals = 0;
  const pass = (signal: NodeJS.Signals): void => {
    signals += 1;
    // A terminal sends Ctrl-C to the whole group: the command has it already.
    if (signals > 1 || signal === "SIGTERM" || process.stdin.isTTY !== true) {
      child.kill(signals > 1 ? "SIGKILL" : signal);
    }
  };
  process.on("SIGINT", pass).on("SIGTERM", pass);
  try {
    const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
    return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  } finally {
    process.off("SIGINT", pass).off("SIGTERM", pass);
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/**
 * Runs the learning platform as a process of its own: `node demo/platform/main.ts --now INSTANT`.
 *
 * Prints one JSON line once it listens, `{"ready":true,"port":...,"records":...}`, and stops on SIGTERM, on
 * SIGINT, or with the process that forked it, however that one ended.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { parseCount } from "../options.ts";
import { type Fault, faultNames } from "./faults.ts";
import { rowsMax } from "./records.ts";
import { openPlatform, type Platform } from "./server.ts";

interface Options {
  now: string;
  port: number;
  day: number;
  data?: string;
  rows?: number;
  faults?: ReadonlySet<Fault>;
}

const options = new Command()
  .name("node demo/platform/main.ts")
  .description("The learning platform's API on 127.0.0.1. Callers show the token that DEMO_TOKEN holds.")
  .requiredOption(
    "--now <instant>",
    "show every record as it was at this instant (ISO 8601 UTC)",
    parseInstant,
  )
  .option("--port <port>", "port to listen on; 0 takes a free one", parsePort, 0)
  .option(
    "--day <n>",
    "the simulated day, of which <instant> is the end",
    (text) => parseCount(text, 10_000),
    1,
  )
  .option("--data <folder>", "serve the published data in this folder instead of the excerpt")
  .option("--rows <n>", "have n records on day 1: real rows repeat under other ids", (text) =>
    parseCount(text, rowsMax),
  )
  .option(
    "--faults <names>",
    `some of ${faultNames.join(",")}; or none (default: all from day 2 on)`,
    parseFaults,
  )
  .parse()
  .opts<Options>();

const token = process.env.DEMO_TOKEN;
if (token === undefined || token === "") {
  process.stderr.write(
    "learning platform: DEMO_TOKEN is not set. Set it to the token that callers will show.\n",
  );
  process.exit(1);
}

const spillFolder = mkdtempSync(join(tmpdir(), "learning-platform-"));
process.on("exit", () => rmSync(spillFolder, { recursive: true, force: true }));
let platform: Platform | undefined;
stopWithParent();

try {
  const { faults, port, ...world } = options;
  platform = await openPlatform({
    world,
    port,
    token,
    spillFolder,
    faults: faults ?? new Set(options.day === 1 ? [] : faultNames),
  });
  process.stdout.write(
    `${JSON.stringify({ ready: true, port: platform.port, records: platform.records })}\n`,
  );
} catch (error) {
  process.stderr.write(`learning platform: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

/** A forked platform leaves Ctrl-C to its parent: the terminal sends it to both, and the parent's run may go on. */
function stopWithParent(): void {
  process.on("SIGTERM", stop);
  process.on("disconnect", stop);
  process.on("SIGINT", () => {
    if (!process.connected) {
      stop();
    }
  });
}

function stop(): void {
  void (platform?.close() ?? Promise.resolve()).finally(() => process.exit(0));
}

function parseInstant(text: string): string {
  const ms = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) {
    throw new InvalidArgumentError("It must be an instant in UTC, such as 2013-11-15T06:00:00Z.");
  }
  return new Date(ms).toISOString();
}

function parsePort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) {
    throw new InvalidArgumentError("It must be a whole number from 0 to 65535.");
  }
  return Number(text);
}

function parseFaults(text: string): ReadonlySet<Fault> {
  const names = text === "none" ? [] : text.split(",").filter((name) => name !== "");
  const unknown = names.filter((name) => !faultNames.some((fault) => fault === name));
  if (unknown.length > 0) {
    throw new InvalidArgumentError(
      `There is no ${unknown.join(", ")}; there are ${faultNames.join(", ")}, or none.`,
    );
  }
  return new Set(names as Fault[]);
}

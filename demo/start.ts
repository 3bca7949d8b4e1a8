/**
 * What `npm start` runs: plays the source's side of one simulated day, and calls the public command on it.
 *
 * The first run is day 1, and each run that succeeds makes the next one a day later; a run that failed or
 * was killed repeats its day, with the same source. Nothing of Firn is imported: it gets the addresses, the
 * time and the token as any deployment would, in its environment.
 */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { planDay, type SimulatedDay } from "./days.ts";
import { dropFiles } from "./inbox.ts";
import { DemoError, parseCount } from "./options.ts";
import { rowsMax } from "./platform/records.ts";
import { runCommand, startPlatform } from "./processes.ts";
import { type DemoState, openState, removeState, writeState, writeVariables } from "./state.ts";

interface Options {
  fresh?: boolean;
  rows?: number;
  json?: boolean;
  data?: string;
  dir?: string;
}

/** Names the learners of the demo: not secret, so that every machine's demo ends in the same silver. */
const piiKey = "the demo's key: learners here are public data";

/** What --data needs, relative to its folder. */
const published = [
  "oulad/studentVle_first1048575.parquet",
  "oulad/vle.parquet",
  "online_retail/online_retail.parquet",
];

const options = new Command()
  .name("npm start --")
  .description(
    "Runs the pipelines for one simulated day: day 1 first, and a day later after each run that succeeds.",
  )
  .option("--fresh", "begin again at day 1: deletes the folder of --dir")
  .option("--rows <n>", "have n activities on day 1: real rows repeat under other ids", (text) =>
    parseCount(text, rowsMax),
  )
  .option("--json", "print the result as JSON")
  .option("--data <folder>", "read the published data sets in this folder, whole, instead of the excerpt")
  .option(
    "--dir <folder>",
    "keep the lake, the warehouse, the ledger and the inbox in this folder (default: .firn)",
  )
  .showHelpAfterError("(npm start -- --help lists the options)")
  .parse()
  .opts<Options>();

try {
  process.exitCode = await start(options);
} catch (error) {
  if (!(error instanceof DemoError || (error instanceof Error && "syscall" in error))) {
    throw error;
  }
  process.stderr.write(`demo: ${error.message}\n`);
  process.exitCode = 1;
}

/** @returns the command's exit code */
async function start({ fresh, json, dir, ...asked }: Options): Promise<number> {
  const command = join("runtime", "cli.js");
  requireFiles(".", [command], "Run npm start in the folder that holds package.json.");
  if (asked.data !== undefined) {
    requireFiles(asked.data, published, "Give --data the folder that holds oulad/ and online_retail/.");
  }
  const folder = resolve(dir ?? ".firn");
  if (fresh === true) {
    removeState(folder);
  }
  const state = openState(folder, asked);
  const day = planDay(state.day + 1, state.data !== undefined);
  const say = (line: string) => (json === true ? process.stderr : process.stdout).write(`${line}\n`);

  say(`Day ${day.day}, ${day.now.slice(0, 16).replace("T", " ")} UTC: ${day.story}.`);
  const args = [
    ...[command, "run"],
    ...(dir === undefined ? [] : ["--dir", folder]),
    ...(json === true ? ["--json"] : []),
  ];
  const code = await runDay(folder, day, state, args);
  if (code === 0) {
    writeState(folder, { ...state, day: day.day });
    say(`Run npm start again for day ${day.day + 1}.`);
  } else {
    say(`Day ${day.day} did not succeed; npm start runs it again.`);
  }
  return code;
}

async function runDay(
  folder: string,
  day: SimulatedDay,
  state: DemoState,
  command: string[],
): Promise<number> {
  const inbox = join(folder, "inbox", "orders");
  const token = randomBytes(24).toString("hex");
  await dropFiles({ folder: inbox, day, data: state.data });
  const platform = await startPlatform(platformArgs(day, state), token);
  const variables = {
    FIRN_NOW: day.now,
    FIRN_CONNECTION_LEARNING_PLATFORM: platform.url,
    FIRN_CONNECTION_ORDERS_INBOX: inbox,
    FIRN_SECRET_LEARNING_PLATFORM_TOKEN: token,
    FIRN_SECRET_LEARNING_PII_KEY: piiKey,
  };
  try {
    // Commands that are called between two days are to have the demo's time and addresses, too.
    writeVariables(folder, variables);
    return await runCommand(command, { ...process.env, ...variables });
  } finally {
    await platform.stop();
  }
}

function platformArgs(day: SimulatedDay, { data, rows }: DemoState): string[] {
  const args = ["--now", day.now, "--day", String(day.day)];
  return [...args, ...(data ? ["--data", data] : []), ...(rows ? ["--rows", String(rows)] : [])];
}

function requireFiles(folder: string, files: readonly string[], fix: string): void {
  const missing = files.filter((file) => !existsSync(join(folder, file)));
  if (missing.length > 0) {
    throw new DemoError({
      what: `${folder === "." ? "This folder" : folder} lacks ${missing.join(", ")}.`,
      why: "The demo cannot run without.",
      fix,
    });
  }
}

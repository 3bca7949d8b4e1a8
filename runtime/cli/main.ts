import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { CommanderError } from "commander";
import { errorDocument, errorLines, exitCodeOf, toFirnError } from "./errors.ts";
import { live, print, printErrorLines } from "./output.ts";
import { buildProgram } from "./program.ts";

interface GlobalOptions {
  json?: boolean;
  debug?: boolean;
  dir?: string;
  env: string;
}

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Runs one command line and leaves its exit code. */
export async function main(args: string[]): Promise<void> {
  const standing = process.cwd();
  // Addresses in declarations may be relative: to the project, wherever the command was called.
  process.chdir(root);
  process.stdout.on("error", ignoreClosedPipe);
  process.stderr.on("error", ignoreClosedPipe);
  const program = buildProgram(async (command, work) => {
    const { json = false, debug = false, dir, env } = command.optsWithGlobals<GlobalOptions>();
    const folder = dir === undefined ? join(root, ".firn") : resolve(standing, dir);
    stopOnSignal(command.name());
    const hint = dir === undefined ? "npx firn" : `npx firn --dir ${dir}`;
    const report = await work({ json, debug, folder, environment: env, command: hint });
    print(report, json);
    process.exitCode = report.exitCode ?? 0;
  });
  try {
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return;
    fail(error, { json: args.includes("--json"), debug: args.includes("--debug") });
  }
}

function fail(thrown: unknown, { json, debug }: { json: boolean; debug: boolean }): void {
  const error = toFirnError(thrown);
  printErrorLines(errorLines(error, { debug }));
  if (json) print({ document: { error: errorDocument(error) }, lines: [] }, true);
  process.exitCode = exitCodeOf(error);
}

/** Nothing is torn by stopping: what was not promoted is resumed, and the next run sees that this one is gone. */
function stopOnSignal(command: string): void {
  const told: Record<string, string> = {
    run: "Nothing is lost: running again resumes where this run was.",
    build: "What was built stays, and the rest is as it was: building again goes on.",
    replay: "Nothing is lost: running again resumes where this run was.",
    janitor: "Nothing is lost: what was removed nobody needs, and the rest can be removed by running again.",
  };
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    process.once(signal, () => {
      live.stop();
      live.tell(`firn: stopped by ${signal}. ${told[command] ?? "Nothing was changed."}`);
      process.exit(code);
    });
  }
}

/** Whoever read our output has closed it, as `head` does: there is nobody left to tell. */
function ignoreClosedPipe(error: Error & { code?: string }): void {
  if (error.code !== "EPIPE") throw error;
  process.exit();
}

/** Keeps the demo's place in the `.firn` folder: which simulated day was last, and what the source serves. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { DemoError } from "./options.ts";

const stateSchema = z.strictObject({
  /** The last simulated day whose run succeeded; 0 before the first one has. */
  day: z.int().min(0),
  /** What the source serves, chosen on the first day: a source does not change under a pipeline. */
  data: z.string().optional(),
  rows: z.int().min(1).optional(),
});

export type DemoState = z.infer<typeof stateSchema>;

const marker = "demo.json";
/** What Firn makes in its folder. */
const children: ReadonlySet<string> = new Set([
  marker,
  "alerts.jsonl",
  "env",
  "inbox",
  "lake",
  "pii-keys",
  "report",
  "scratch",
  "secrets.json",
  "warehouse",
]);

/**
 * Reads the state, or begins a new one with what was asked for.
 *
 * @throws {DemoError} if the state cannot be read, or if the source was begun with other options
 */
export function openState(folder: string, asked: { data?: string; rows?: number }): DemoState {
  const data = asked.data === undefined ? undefined : resolve(asked.data);
  const state = readState(folder);
  if (state === undefined) {
    const begun = stateSchema.parse({
      day: 0,
      ...(data && { data }),
      ...(asked.rows && { rows: asked.rows }),
    });
    writeState(folder, begun);
    return begun;
  }
  if (
    (data !== undefined && data !== state.data) ||
    (asked.rows !== undefined && asked.rows !== state.rows)
  ) {
    throw new DemoError({
      what: `This demo was begun with ${describe(state)}.`,
      why: "The source would change under a pipeline that has already read a part of it.",
      fix: "Leave the option out to go on with that, or add --fresh to begin again.",
    });
  }
  return state;
}

export function writeState(folder: string, state: DemoState): void {
  mkdirSync(folder, { recursive: true });
  const unfinished = join(folder, `.${marker}.part`);
  writeFileSync(unfinished, `${JSON.stringify(state)}\n`);
  renameSync(unfinished, join(folder, marker));
}

/** Leaves variables where the `firn` command finds them. */
export function writeVariables(folder: string, variables: Record<string, string>): void {
  const lines = Object.entries(variables).map(([name, value]) => `${name}="${value}"\n`);
  writeFileSync(join(folder, "env"), lines.join(""), { mode: 0o600 });
}

/** @throws {DemoError} if the folder holds what Firn did not put there; nothing is deleted then */
export function removeState(folder: string): void {
  if (!existsSync(folder)) {
    return;
  }
  const strangers = lstatSync(folder).isDirectory() ? strangersIn(folder) : ["it is not a folder"];
  if (strangers.length > 0) {
    throw new DemoError({
      what: `${folder} was not deleted.`,
      why: `It does not look like Firn's: ${strangers.join(", ")}.`,
      fix: "See what is in there, and move or delete it yourself.",
    });
  }
  rmSync(folder, { recursive: true, force: true });
}

function strangersIn(folder: string): string[] {
  const names = readdirSync(folder);
  return names.includes(marker) ? [] : names.filter((name) => !children.has(name));
}

function readState(folder: string): DemoState | undefined {
  const file = join(folder, marker);
  if (!existsSync(file)) {
    return undefined;
  }
  try {
    return stateSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (cause) {
    throw new DemoError(
      {
        what: `${file} cannot be read.`,
        why: "It is not what the demo writes there: a day, and what the source serves.",
        fix: "Begin again with npm start -- --fresh, which deletes the folder.",
      },
      { cause },
    );
  }
}

function describe({ data, rows }: DemoState): string {
  const parts = [data && `--data ${data}`, rows && `--rows ${rows}`].filter(Boolean);
  return parts.length === 0 ? "the excerpt as it is" : parts.join(" ");
}

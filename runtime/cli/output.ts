/**
 * The one place that prints. Results go to stdout; progress, alerts and errors to stderr.
 *
 * What is not a terminal gets plain lines: no colour, no spinner, and no control character but the line
 * break, whatever a source has put into its values.
 */
import ora, { type Ora } from "ora";
import picocolors from "picocolors";
import { table as draw, getBorderCharacters } from "table";

/** What a command has to say: as a document for --json, as lines for people, and how it ended. */
export interface Report {
  document: object;
  lines: string[];
  exitCode?: 0 | 1 | 2 | 3;
}

export interface Live {
  /** Replaces the moving line; nothing where stderr is no terminal. */
  show(text: string): void;
  /** A line that stays. */
  tell(text: string, mark?: "alert"): void;
  stop(): void;
}

const colors = (stream: NodeJS.WriteStream) =>
  picocolors.createColors(stream.isTTY === true && picocolors.isColorSupported);

/** Prints a command's one result. */
export function print(report: Report, json: boolean): void {
  const text = json ? plainJson(report.document) : report.lines.join("\n");
  process.stdout.write(text === "" ? "" : `${text}\n`);
}

export function printErrorLines(lines: string[]): void {
  const [head = "", ...rest] = lines;
  process.stderr.write(`${[colors(process.stderr).red(head), ...rest].join("\n")}\n`);
}

let spinner: Ora | undefined;

/** A moving line, and lines that stay, on stderr. */
export const live: Live = {
  show(text) {
    // A terminal that says it has no columns would make ora clear endless lines.
    if (process.stderr.isTTY !== true || !(process.stderr.columns > 0)) return;
    // stdin is left alone, so that Ctrl-C stays what it is.
    spinner ??= ora({ stream: process.stderr, discardStdin: false });
    spinner.text = visible(text);
    if (!spinner.isSpinning) spinner.start();
  },
  tell(text, mark) {
    const spinning = spinner?.isSpinning === true;
    spinner?.stop();
    const line = visible(text);
    process.stderr.write(`${mark === "alert" ? colors(process.stderr).yellow(line) : line}\n`);
    if (spinning) spinner?.start();
  },
  stop() {
    spinner?.stop();
    spinner = undefined;
  },
};

/** Rows under a heading, columns apart by two spaces. Numbers stand right, with thousands apart. */
export function table(head: string[], rows: (string | number | null)[][]): string[] {
  const right = head.map(
    (_, at) =>
      rows.length > 0 &&
      rows.every((row) => typeof row[at] === "number" || row[at] === null || row[at] === "?"),
  );
  const heading = head.map((each) => colors(process.stdout).bold(visible(each)));
  const drawn = draw([heading, ...rows.map((row) => row.map(cell))], {
    border: getBorderCharacters("void"),
    drawHorizontalLine: () => false,
    columnDefault: { paddingLeft: 0, paddingRight: 2 },
    columns: right.map((each) => ({ alignment: each ? "right" : "left" })),
  });
  return drawn
    .trimEnd()
    .split("\n")
    .map((line) => line.trimEnd());
}

function cell(value: string | number | null): string {
  if (value === null) return "-";
  return typeof value === "number" ? value.toLocaleString("en") : visible(value);
}

/** A text with every control character written out, so that it can neither move the cursor nor break a line. */
export function visible(text: string): string {
  return text.replaceAll(control, escaped);
}

// C0, DEL, C1, and the marks that reverse the direction of writing.
const control = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

function escaped(character: string): string {
  const short: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
  return short[character] ?? `\\u${character.codePointAt(0)?.toString(16).padStart(4, "0")}`;
}

function plainJson(document: object): string {
  return JSON.stringify(document, null, 2).replaceAll(control, (each) =>
    each === "\n" ? each : escaped(each),
  );
}

/**
 * Drops the shop's daily order files into an inbox, as an outside party does: several formats, a file that
 * comes late, and from day 2 on a few broken lines.
 *
 * The lines are real (demo/data/README.md); the lateness and the broken lines are the demo's. A reader
 * never sees half a file, and dropping a day again leaves the same bytes and the same times.
 */
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { DuckDBConnection } from "@duckdb/node-api";
import type { SimulatedDay } from "./days.ts";
import { openDuckDB, quote } from "./duckdb.ts";

/** The formats that the shop's tills send in, day after day in this order. */
const formats = ["csv", "jsonl", "csv", "csv.gz", "jsonl", "csv", "jsonl.gz"] as const;
type Format = (typeof formats)[number];

export interface PlannedFile {
  /** Its place among all daily files, from 0. */
  readonly index: number;
  readonly format: Format;
  /** Whether broken lines are put among its real ones. */
  readonly injected: boolean;
}

export interface InboxOptions {
  /** Where the files go; made if it is missing. */
  readonly folder: string;
  readonly day: SimulatedDay;
  /** A folder with the published data: all its files come on day 1. Without it: the committed excerpt. */
  readonly data?: string | undefined;
}

/** Files of day 1, counted before one is held back. */
const firstFiles = 7;
/** The one that is held back until day 2: 2010-12-05. */
const lateIndex = 3;
/** When the first file of a drop arrives, before the day's instant; the others follow, 10 seconds apart. */
const arrivesBeforeMs = 2 * 3_600_000;
const apartMs = 10_000;

/**
 * Plans which files come on a simulated day: day 1 brings seven but for the fourth, day 2 that one and the
 * next, and then by turns one and two a day, until there are no more.
 *
 * @param count how many daily files there are
 */
export function planDrop(day: number, count: number, published: boolean): PlannedFile[] {
  if (published) {
    return day === 1 ? range(0, count).map((index) => plan(index, false)) : [];
  }
  if (day === 1) {
    return range(0, firstFiles)
      .filter((index) => index !== lateIndex)
      .map((index) => plan(index, false));
  }
  const from = firstFiles + filesOfDays(day - 1);
  const until = Math.min(firstFiles + filesOfDays(day), count);
  const late = day === 2 ? [plan(lateIndex, false)] : [];
  return [...late, ...range(from, until).map((index) => plan(index, index === until - 1))];
}

/** How many files days 2 to `day` bring in their turn: 1, then by turns 1 and 2. */
function filesOfDays(day: number): number {
  return day < 2 ? 0 : day - 1 + Math.floor((day - 2) / 2);
}

function plan(index: number, injected: boolean): PlannedFile {
  return { index, format: formats[index % formats.length] ?? "csv", injected };
}

function range(from: number, until: number): number[] {
  return Array.from({ length: Math.max(0, until - from) }, (_, offset) => from + offset);
}

/** @returns the names of the files that arrived, in the order in which they did */
export async function dropFiles({ folder, day, data }: InboxOptions): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  const scratch = mkdtempSync(join(tmpdir(), "order-files-"));
  const connection = await openDuckDB(scratch);
  try {
    const dates = await openOrders(connection, data);
    const files = planDrop(day.day, dates.length, data !== undefined);
    const names: string[] = [];
    for (const [position, file] of files.entries()) {
      const date = dates[file.index] ?? "";
      const lines = await renderLines(connection, date, file, join(scratch, "lines"));
      const content = file.injected ? injectBroken(lines, file.format, day.day) : lines;
      const arrivedMs = Date.parse(day.now) - arrivesBeforeMs + position * apartMs;
      names.push(`orders-${date}.${file.format}`);
      place(folder, `orders-${date}.${file.format}`, content, arrivedMs);
    }
    return names;
  } finally {
    connection.closeSync();
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** @returns the days that have orders, in order */
async function openOrders(connection: DuckDBConnection, data: string | undefined): Promise<string[]> {
  const source =
    data === undefined
      ? join(import.meta.dirname, "data/online_retail_2010-12.parquet")
      : join(data, "online_retail/online_retail.parquet");
  await connection.run(`
    CREATE TABLE orders AS
    SELECT src_row AS line_id, invoice_no, stock_code, description, quantity,
      strftime(invoice_ts, '%Y-%m-%dT%H:%M:%S') AS invoice_ts, unit_price, customer_id, country,
      file_date::VARCHAR AS file_date
    FROM ${quote(source)}`);
  const dates = await connection.runAndReadAll("SELECT DISTINCT file_date FROM orders ORDER BY file_date");
  return dates.getRows().map((row) => String(row[0]));
}

async function renderLines(
  connection: DuckDBConnection,
  date: string,
  { format }: PlannedFile,
  file: string,
): Promise<string> {
  const options = format.startsWith("csv") ? "FORMAT csv, HEADER" : "FORMAT json";
  await connection.run(`
    COPY (SELECT * EXCLUDE (file_date) FROM orders WHERE file_date = ${quote(date)} ORDER BY line_id)
    TO ${quote(file)} (${options})`);
  return readFileSync(file, "utf8");
}

/** Puts three lines into the middle that no reader can take for orders; their line_id is past the real ones. */
function injectBroken(lines: string, format: Format, day: number): string {
  const rows = lines.split("\n");
  rows.splice(Math.floor(rows.length / 2), 0, ...brokenLines(format, 900_000_000 + day * 10));
  return rows.join("\n");
}

/** In turn: a quantity in words, a moment that is none, and a line cut short. */
function brokenLines(format: Format, firstId: number): string[] {
  if (format.startsWith("csv")) {
    return [
      `${firstId},536999,22423,REGENCY CAKESTAND 3 TIER,six,2010-12-09T10:00:00,12.750,17850,United Kingdom`,
      `${firstId + 1},536999,22423,REGENCY CAKESTAND 3 TIER,6,2010-13-45T99:00:00,12.750,17850,United Kingdom`,
      `${firstId + 2},536999,22423`,
    ];
  }
  const order = {
    line_id: firstId,
    invoice_no: "536999",
    stock_code: "22423",
    description: "REGENCY CAKESTAND 3 TIER",
    quantity: 6,
    invoice_ts: "2010-12-09T10:00:00",
    unit_price: 12.75,
    customer_id: 17850,
    country: "United Kingdom",
  };
  return [
    JSON.stringify({ ...order, quantity: "six" }),
    JSON.stringify({ ...order, line_id: firstId + 1, invoice_ts: "2010-13-45T99:00:00" }),
    JSON.stringify({ ...order, line_id: firstId + 2 }).slice(0, 60),
  ];
}

/** Writes under a name that begins with a dot, then renames: a listing sees a whole file or none. */
function place(folder: string, name: string, content: string, arrivedMs: number): void {
  const unfinished = join(folder, `.${name}.part`);
  writeFileSync(unfinished, name.endsWith(".gz") ? gzipSync(content) : content);
  utimesSync(unfinished, arrivedMs / 1000, arrivedMs / 1000);
  renameSync(unfinished, join(folder, name));
}

import { createReadStream } from "node:fs";
import { access, constants, symlink } from "node:fs/promises";
import { join } from "node:path";
import { createGunzip } from "node:zlib";
import type { Delivery, PackedFile } from "#ports/packer";
import { type CsvRecord, openCsvReader } from "./csv.ts";
import { badFile } from "./failures.ts";
import { type Job, openWriters, tryQuery } from "./job.ts";
import { fieldOrder, packJson } from "./pages.ts";
import {
  mayHoldBracketedText,
  mayLoseNumbers,
  NoArray,
  openArraySplitter,
  openLineSplitter,
  type RawRecord,
} from "./records.ts";
import { type LandedRow, landRecord, malformedRow, malformedText, type Shape } from "./rows.ts";
import { literal, selectCsv, selectParquet } from "./sql.ts";

type File = Extract<Delivery, { kind: "file" }>;

/** The longest JSON record DuckDB is given room for; longer ones are read record by record. */
const recordBytesMax = 8 * 1024 * 1024;

/** Packs a delivered file where it lies, in flat memory whatever its size. */
export async function packFile(job: Job, file: File): Promise<PackedFile[]> {
  await access(file.path, constants.R_OK);
  // DuckDB would take *, ? and [ in a path for a pattern, and name=value for a column.
  const plain = join(job.folder, "delivered");
  await symlink(file.path, plain);
  const there = { ...file, path: plain };
  if (file.format === "csv") return packCsv(job, there);
  if (file.format === "parquet") return packParquet(job, there);
  return packJsonFile(job, there);
}

async function packJsonFile(job: Job, file: File): Promise<PackedFile[]> {
  const simple = job.shape.withheld.size === 0 ? await surveyJson(job, file) : null;
  if (simple) {
    const format = file.format === "json" ? "array" : "newline_delimited";
    const { first, bracketedText } = simple;
    const input = { files: [file.path], format, recordBytesMax, gzip: file.gzip, bracketedText } as const;
    const files = await packJson(job, input, fieldOrder(first));
    if (files) return files;
  }
  return packJsonByRecord(job, file);
}

/** Reads the bytes once and tells how DuckDB may be given them; null where it may not. */
async function surveyJson(
  job: Job,
  file: File,
): Promise<{ first: RawRecord | undefined; bracketedText: boolean } | null> {
  const splitter = file.format === "json" ? openArraySplitter() : openLineSplitter();
  let first: RawRecord | undefined;
  let tail = Buffer.alloc(0);
  let begun = false;
  let risky = false;
  let bracketedText = false;
  for await (const bytes of chunksOf(job, file)) {
    if (!begun && bytes.includes(0))
      throw badFile(job.request.subject, "holds binary data where JSON was expected");
    begun = true;
    if (first === undefined && !risky) {
      try {
        for (const record of splitter.push(bytes)) {
          first = record;
          break;
        }
      } catch (error) {
        if (!(error instanceof NoArray)) throw error;
        risky = true;
      }
    }
    const window = Buffer.concat([tail, bytes]);
    risky ||= mayLoseNumbers(window);
    bracketedText ||= job.shape.json && mayHoldBracketedText(window);
    tail = Buffer.from(window.subarray(-512));
  }
  const ended = file.format === "jsonl" || tail.toString("latin1").trim().endsWith("]");
  return risky || !ended ? null : { first, bracketedText };
}

async function packJsonByRecord(job: Job, file: File): Promise<PackedFile[]> {
  const splitter = file.format === "json" ? openArraySplitter() : openLineSplitter();
  job.onWay("by record");
  const writers = await openWriters(job);
  let begun = false;
  try {
    for await (const bytes of chunksOf(job, file)) {
      if (!begun && bytes.includes(0))
        throw badFile(job.request.subject, "holds binary data where JSON was expected");
      begun = true;
      for (const record of splitter.push(bytes)) await add(record);
    }
    if (begun) for (const record of splitter.end()) await add(record);
    return await writers.finish();
  } catch (error) {
    await writers.abandon();
    throw error instanceof NoArray ? badFile(job.request.subject, notAnArray(error)) : error;
  }

  async function add({ bytes, line }: RawRecord): Promise<void> {
    const row = landRecord(bytes, job.shape);
    if (row.at(-1) === null) await writers.rows.add(row);
    else await (await writers.malformed()).add(row, line);
  }
}

async function packCsv(job: Job, file: File): Promise<PackedFile[]> {
  const delimiter = file.delimiter ?? ",";
  const header = await csvHeader(job, file, delimiter);
  if (header === null) return [];
  const query = selectCsv(file.path, header.names, job.shape, delimiter, file.gzip);
  return (
    (header.plain ? await tryQuery(job, query, { way: "general", bind: true }) : null) ??
    (await packCsvByRecord(job, file, delimiter, header.names))
  );
}

/** The names in the header; null for an empty file. A gzip file is read to its end, since DuckDB checks none. */
async function csvHeader(
  job: Job,
  file: File,
  delimiter: string,
): Promise<{ names: string[]; plain: boolean } | null> {
  const reader = openCsvReader(delimiter);
  let record: CsvRecord | undefined;
  let begun = false;
  for await (const bytes of chunksOf(job, file)) {
    if (!begun && bytes.includes(0))
      throw badFile(job.request.subject, "holds binary data where CSV was expected");
    begun = true;
    record ??= firstFilled(reader.push(bytes));
    if (record && !file.gzip) break;
  }
  record ??= firstFilled(reader.end());
  if (!record) return null;
  if (record.bad !== undefined)
    throw badFile(job.request.subject, `has a header that cannot be read (${record.bad})`);
  if (!record.values.some((name) => name !== null && job.shape.declared.has(name)))
    throw badFile(
      job.request.subject,
      "names no declared column in its first line, which should be its header",
    );
  // DuckDB takes the first line for the header, even where it is blank; where a name holds a line end of
  // another kind than the file's, it finds no row at all and says nothing.
  const plain = record.line === 1 && !record.bytes.includes(10) && !record.bytes.includes(13);
  return { names: record.values.map((value) => value ?? ""), plain };
}

async function packCsvByRecord(
  job: Job,
  file: File,
  delimiter: string,
  header: string[],
): Promise<PackedFile[]> {
  const reader = openCsvReader(delimiter);
  const toRow = csvRow(job.shape, header);
  job.onWay("by record");
  const writers = await openWriters(job);
  let headerSeen = false;
  try {
    for await (const bytes of chunksOf(job, file)) for (const record of reader.push(bytes)) await add(record);
    for (const record of reader.end()) await add(record);
    return await writers.finish();
  } catch (error) {
    await writers.abandon();
    throw error;
  }

  async function add({ bytes, line, values, bad }: CsvRecord): Promise<void> {
    if (bytes.length === 0 && (header.length > 1 || !headerSeen)) return;
    if (!headerSeen) {
      headerSeen = true;
      return;
    }
    // DuckDB, too, forgives one empty value too many.
    if (values.length === header.length + 1 && values.at(-1) === null) values.pop();
    const counted =
      values.length === header.length
        ? undefined
        : `expected ${header.length} columns, found ${values.length}`;
    const reason = bad ?? counted;
    if (reason === undefined) await writers.rows.add(toRow(values));
    else {
      const row = malformedRow(job.shape, Buffer.alloc(0));
      row[row.length - 1] = malformedText(job.shape, bytes, reason);
      await (await writers.malformed()).add(row, line);
    }
  }
}

function csvRow(shape: Shape, header: readonly string[]): (values: readonly (string | null)[]) => LandedRow {
  const positions = shape.kept.map(({ from }) => header.indexOf(from));
  const exact =
    header.length === shape.declared.size &&
    new Set(header).size === header.length &&
    header.every((field) => shape.declared.has(field));
  const shown = header.flatMap((field, at) =>
    shape.withheld.has(field.toLowerCase()) ? [] : [{ field, at }],
  );
  return (values) => [
    ...positions.map((at) => values[at] ?? null),
    exact
      ? null
      : `{${shown.map(({ field, at }) => `${JSON.stringify(field)}:${JSON.stringify(values[at])}`).join(",")}}`,
    null,
  ];
}

async function packParquet(job: Job, file: File): Promise<PackedFile[]> {
  const { subject } = job.request;
  if (file.gzip)
    throw badFile(subject, "is Parquet inside gzip, which gains nothing and cannot be read in place");
  const source = `read_parquet(${literal(file.path)}, hive_partitioning = false)`;
  let fields: { name: string; type: string }[];
  try {
    const described = await job.connection.runAndReadAll(`DESCRIBE SELECT * FROM ${source}`);
    fields = described
      .getRowObjects()
      .map((row) => ({ name: String(row.column_name), type: String(row.column_type) }));
  } catch (error) {
    throw badFile(subject, "is not a Parquet file that can be read", error);
  }
  const files = await tryQuery(job, selectParquet(file.path, fields, job.shape), {
    way: "general",
    bind: true,
  });
  if (files === null) throw badFile(subject, "breaks off or is damaged inside");
  return files;
}

async function* chunksOf(job: Job, file: File): AsyncGenerator<Buffer> {
  const raw = createReadStream(file.path, { highWaterMark: 1024 * 1024 });
  if (!file.gzip) {
    yield* raw as AsyncIterable<Buffer>;
    return;
  }
  const unzipped = createGunzip({ chunkSize: 256 * 1024 });
  raw.on("error", (error) => unzipped.destroy(error));
  try {
    yield* raw.pipe(unzipped) as AsyncIterable<Buffer>;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code?.startsWith("Z_")) throw badFile(job.request.subject, "is no whole gzip file", error);
    throw error;
  } finally {
    raw.destroy();
  }
}

function firstFilled(records: Iterable<CsvRecord>): CsvRecord | undefined {
  for (const record of records) if (record.bytes.length > 0) return record;
  return undefined;
}

function notAnArray({ reason }: NoArray): string {
  if (reason === "ended") return "ends before its array of records does";
  return reason === "followed" ? "goes on after its array of records" : "is not a JSON array of records";
}

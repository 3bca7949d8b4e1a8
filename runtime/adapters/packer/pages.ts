import { isUtf8 } from "node:buffer";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { PackedFile } from "#ports/packer";
import { badPage } from "./failures.ts";
import { type Job, openWriters, tryQuery } from "./job.ts";
import {
  fieldsOf,
  mayHoldBracketedText,
  mayLoseNumbers,
  NoArray,
  openArraySplitter,
  type RawRecord,
} from "./records.ts";
import { landRecord, type Shape } from "./rows.ts";
import { type JsonInput, mapsOfFiles, mapsOfPage, selectAny, selectUniform } from "./sql.ts";

/** Packs pages: in DuckDB where that keeps everything, else page by page, and where need be record by record. */
export async function packPages(job: Job, pages: readonly Uint8Array[]): Promise<PackedFile[]> {
  const simple =
    job.shape.withheld.size === 0 && pages.every((page) => isArray(page) && !mayLoseNumbers(page));
  return (simple ? await packInDuckdb(job, pages) : null) ?? (await packByPage(job, pages));
}

async function packInDuckdb(job: Job, pages: readonly Uint8Array[]): Promise<PackedFile[] | null> {
  const files = pages.map((_page, at) => join(job.folder, `${String(at).padStart(6, "0")}.json`));
  await Promise.all(files.map((file, at) => writeFile(file, pages[at] as Uint8Array)));
  const input: JsonInput = {
    files,
    format: "array",
    recordBytesMax: Math.max(1024 * 1024, ...pages.map(({ length }) => length)),
    gzip: false,
    bracketedText: job.shape.json && pages.some(mayHoldBracketedText),
  };
  return packJson(job, input, fieldOrder(firstElement(pages)));
}

/** The cheap statement where the first record is as declared, then the general one; null where both refuse. */
export async function packJson(
  job: Job,
  input: JsonInput,
  order: readonly string[],
): Promise<PackedFile[] | null> {
  const uniform =
    isDeclared(job.shape, order) && !input.bracketedText
      ? selectUniform(mapsOfFiles(input), job.shape, order)
      : null;
  return (
    (uniform === null ? null : await tryQuery(job, uniform, { way: "uniform", bind: false })) ??
    (await tryQuery(job, selectAny(input, job.shape, order), { way: "general", bind: false }))
  );
}

/** Names of a record's fields in order; none where that is no guide to the others. */
export function fieldOrder(record: RawRecord | undefined): string[] {
  let fields: ReturnType<typeof fieldsOf> = null;
  try {
    const text = record?.bytes.toString("utf8") ?? "";
    JSON.parse(text);
    fields = fieldsOf(text);
  } catch {
    return [];
  }
  const names = (fields ?? []).map(({ key }) => key);
  return new Set(names).size === names.length &&
    !names.some((name) => name.includes("\0") || !name.isWellFormed())
    ? names
    : [];
}

async function packByPage(job: Job, pages: readonly Uint8Array[]): Promise<PackedFile[]> {
  const writers = await openWriters(job, pageSelect(job, pages));
  try {
    for (const page of pages) {
      if (isSimple(job, page) && (await writers.rows.addPage(Buffer.from(page).toString("utf8")))) {
        job.onWay("in memory");
        continue;
      }
      job.onWay("by record");
      try {
        const splitter = openArraySplitter();
        for (const { bytes } of splitter.push(page)) await writers.rows.add(landRecord(bytes, job.shape));
        for (const _none of splitter.end());
      } catch (error) {
        throw error instanceof NoArray ? badPage(job.request.subject, error, page) : error;
      }
      await setImmediate();
    }
    return await writers.finish();
  } catch (error) {
    await writers.abandon();
    throw error;
  }
}

/** The cheap statement over a page in memory: what may hold PII is written to no file before it is hashed. */
function pageSelect({ shape }: Job, pages: readonly Uint8Array[]): string | undefined {
  if (!pages.every(isArray)) return undefined;
  const order = fieldOrder(firstElement(pages));
  return isDeclared(shape, order) ? selectUniform(mapsOfPage, shape, order) : undefined;
}

function isSimple({ shape }: Job, page: Uint8Array): boolean {
  return isUtf8(page) && !mayLoseNumbers(page) && !(shape.json && mayHoldBracketedText(page));
}

function isDeclared({ declared, kept }: Shape, order: readonly string[]): boolean {
  return order.length === declared.size && kept.length > 0 && order.every((field) => declared.has(field));
}

function firstElement(pages: readonly Uint8Array[]): RawRecord | undefined {
  for (const page of pages) for (const record of openArraySplitter().push(page)) return record;
  return undefined;
}

/** DuckDB takes an array that ends in a comma for a whole one, so both brackets are looked at first. */
function isArray(page: Uint8Array): boolean {
  const text = (from: number, to: number) => Buffer.from(page.subarray(from, to)).toString("latin1").trim();
  return text(0, 64).startsWith("[") && text(Math.max(0, page.length - 64), page.length).endsWith("]");
}

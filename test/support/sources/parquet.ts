import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { openDuckdbPacker } from "../../../runtime/adapters/packer/duckdb.ts";
import type { Way } from "../../../runtime/adapters/packer/job.ts";
import type { LandedColumn } from "../../../runtime/core/batch.ts";
import type { Delivery, PackedFile } from "../../../runtime/ports/packer.ts";

export type Landed = Record<string, string | null>;

/** A packer in a temporary folder, and what a test needs to see what it wrote. */
export async function openPackBench() {
  const folder = await mkdtemp(join(tmpdir(), "firn-packer-"));
  const ways: Way[] = [];
  const packer = await openDuckdbPacker({ onWay: (way) => ways.push(way) });
  const reader = await (await DuckDBInstance.create(":memory:", { threads: "1" })).connect();
  return {
    folder,
    packer,
    /** The way of each delivery so far. */
    ways,
    reader,
    async put(name: string, body: string | Uint8Array): Promise<string> {
      const path = join(folder, name);
      await writeFile(path, body);
      return path;
    },
    pack: (delivery: Delivery, columns: LandedColumn[], piiKey?: string) =>
      packer.pack({ delivery, columns, folder, subject: "events", ...(piiKey !== undefined && { piiKey }) }),
    /** The rows of the good file, in order. */
    async rows(files: PackedFile[]): Promise<Landed[]> {
      return read(files.filter(({ malformed }) => !malformed));
    },
    /** Line numbers and texts of the unreadable records. */
    async malformed(files: PackedFile[]): Promise<[number, string][]> {
      const rows = await read(files.filter(({ malformed }) => malformed));
      return rows.map(({ _line, _malformed }) => [Number(_line), String(_malformed)]);
    },
    async bytes(files: PackedFile[]): Promise<Buffer> {
      return Buffer.concat(await Promise.all(files.map(({ path }) => readFile(path))));
    },
    async close(): Promise<void> {
      await packer.close();
      reader.closeSync();
      await rm(folder, { recursive: true });
    },
  };

  async function read(files: PackedFile[]): Promise<Landed[]> {
    let rows: Landed[] = [];
    for (const { path } of files) {
      rows = rows.concat(
        (await reader.runAndReadAll(`FROM read_parquet('${path}')`)).getRowObjectsJson() as Landed[],
      );
    }
    return rows;
  }
}

/** Columns by name; `from` and `pii` where they matter. */
export function columns(...declared: (string | LandedColumn)[]): LandedColumn[] {
  return declared.map((each) => (typeof each === "string" ? { name: each, from: each } : each));
}

export function pagesOf(...pages: string[]): Delivery {
  return { kind: "pages", pages: pages.map((page) => Buffer.from(page)) };
}

import { rm, stat } from "node:fs/promises";
import type { DuckDBConnection } from "@duckdb/node-api";
import type { PackedFile, PackRequest } from "#ports/packer";
import { ofMachine } from "./failures.ts";
import type { Shape } from "./rows.ts";
import { type Bindings, openRowWriter, type RowWriter } from "./rowwriter.ts";
import { copyTo } from "./sql.ts";

/**
 * How a delivery or a page was read: by DuckDB from files, in its cheapest or its general statement; by
 * DuckDB from memory; or record by record.
 */
export type Way = "uniform" | "general" | "in memory" | "by record";

/** One call of pack(): its own connection, its own temporary folder. */
export interface Job {
  request: PackRequest;
  shape: Shape;
  connection: DuckDBConnection;
  /** Removed when the job ends; nothing that may hold PII is written into it. */
  folder: string;
  out: string;
  malformedOut: string;
  /** The pads of the HMAC, where a column is hashed. */
  bindings: Bindings | undefined;
  onWay: (way: Way) => void;
}

/** Lets DuckDB write a query's rows; null where it refuses what it reads. */
export async function tryQuery(
  job: Job,
  query: string,
  { way, bind }: { way: Way; bind: boolean },
): Promise<PackedFile[] | null> {
  try {
    const result = await job.connection.runAndReadAll(
      copyTo(job.out, query),
      bind ? job.bindings : undefined,
    );
    job.onWay(way);
    return packed(job.out, Number(result.getRows()[0]?.[0] ?? 0), false);
  } catch (error) {
    await rm(job.out, { force: true });
    const told = ofMachine(error, job.request.subject);
    if (told) throw told;
    // What is wrong with the statement itself must not hide behind the slower way.
    if (
      error instanceof Error &&
      /^(Binder|Parser|Catalog|Not implemented|Internal) Error/.test(error.message)
    )
      throw error;
    return null;
  }
}

/** Two writers: rows as they come, and for delivered files the unreadable ones apart with their lines. */
export async function openWriters(
  job: Job,
  pageSelect?: string,
): Promise<{
  rows: RowWriter;
  malformed: () => Promise<RowWriter>;
  finish: () => Promise<PackedFile[]>;
  abandon: () => Promise<void>;
}> {
  const rows = await openRowWriter(job.connection, job.shape, job.out, {
    table: "landed",
    bindings: job.bindings,
    numbered: false,
    pageSelect,
  });
  let apart: RowWriter | undefined;
  return { rows, malformed, finish, abandon };

  async function malformed(): Promise<RowWriter> {
    apart ??= await openRowWriter(job.connection, job.shape, job.malformedOut, {
      table: "unreadable",
      bindings: job.bindings,
      numbered: true,
    });
    return apart;
  }

  async function finish(): Promise<PackedFile[]> {
    const files = await packed(job.out, await rows.finish(), false);
    return apart ? [...files, ...(await packed(job.malformedOut, await apart.finish(), true))] : files;
  }

  async function abandon(): Promise<void> {
    await rows.abandon();
    await apart?.abandon();
  }
}

/** A written file as the caller gets it; one without rows is removed. */
async function packed(path: string, rows: number, malformed: boolean): Promise<PackedFile[]> {
  if (rows === 0) {
    await rm(path, { force: true });
    return [];
  }
  return [{ path, rows, bytes: (await stat(path)).size, malformed }];
}

import { dirname } from "node:path";
import { type DuckDBConnection, DuckDBInstance, type Json } from "@duckdb/node-api";
import { diskTrouble, makeFolder } from "#adapters/disk";
import { FirnError } from "#core/errors";
import type { Row, Value, Warehouse } from "#ports/warehouse";
import { fenceRefused, ledgerReplaced } from "#sql/dialect";
import { duckdb } from "#sql/duckdb";

export interface DuckdbOptions {
  /** The database file; its name without the ending is the database's. */
  path: string;
  /** Where large joins and sorts may spill. */
  temporaryFolder: string;
  /** Such as 4GB. Default: DuckDB's own, 80 % of the machine's; what does not fit spills. */
  memoryLimit?: string;
  /** Shown by the process list of the database, as Snowflake's query tag. */
  tag: string;
  readOnly?: boolean;
}

/** A team's database in one file. One process at a time may have it open for writing. */
export async function openDuckdbWarehouse(options: DuckdbOptions): Promise<Warehouse> {
  await makeFolder(dirname(options.path));
  const instance = await openInstance(options);
  const connection = await instance.connect();
  for (const statement of duckdb.session(options.tag)) await connection.run(statement);

  return {
    dialect: duckdb,
    query: (sql) => told(async () => rowsOf(await connection.runAndReadAll(sql))),
    async run(statements) {
      for (const statement of statements) await told(() => connection.run(statement));
    },
    promote: (script) => promote(connection, script),
    watch() {},
    async close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

async function promote(connection: DuckDBConnection, script: string): Promise<void> {
  try {
    await connection.run(script);
  } catch (cause) {
    await connection.run("ROLLBACK").catch(() => undefined);
    const message = cause instanceof Error ? cause.message : "";
    if (message.includes(fenceRefused)) {
      throw new FirnError("lease.lost", {
        what: "The promotion was refused: a newer run has taken this pipeline over, or the batch was promoted before, or another run is loading it, too.",
        why: "Only the newest run may promote, a batch only once, and only the whole of it.",
        fix: "Nothing to do: nothing was changed, and the newer run goes on.",
        cause,
      });
    }
    if (message.includes(ledgerReplaced)) {
      throw new FirnError("ledger.generation", {
        what: "The promotion was refused: the warehouse's ledger is not the one this run began with.",
        why: "It was replaced while the run was under way.",
        fix: "Run again: every batch is promoted again from bronze.",
        cause,
      });
    }
    throw failed(cause);
  }
}

async function openInstance(options: DuckdbOptions): Promise<DuckDBInstance> {
  try {
    return await DuckDBInstance.create(options.path, {
      temp_directory: options.temporaryFolder,
      ...(options.memoryLimit && { memory_limit: options.memoryLimit }),
      ...(options.readOnly && { access_mode: "READ_ONLY" }),
    });
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    if (/lock/i.test(message)) {
      const holder = /PID (\d+)/.exec(message)?.[1];
      throw new FirnError("warehouse.locked", {
        what: `Another process${holder ? ` (PID ${holder})` : ""} has the local warehouse ${options.path} open.`,
        why: "A DuckDB file belongs to one process at a time.",
        fix: "Wait until the other run has ended, or close the program that has the file open; then run again.",
        cause,
      });
    }
    throw failed(cause);
  }
}

async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw failed(cause);
  }
}

function failed(cause: unknown): FirnError {
  const trouble = diskTrouble(cause, "The local warehouse could not be written");
  if (trouble) return trouble;
  const message = cause instanceof Error ? cause.message : String(cause);
  // Of files, only the lake's Parquet is ever read.
  const part = /^(?:IO|Invalid Input|Invalid|Serialization) Error:.*?([^/'"]+[.]parquet)/.exec(message)?.[1];
  if (part) {
    return new FirnError("store.damaged", {
      what: `Part ${part} in the lake cannot be read: ${message.split("\n")[0]}.`,
      why: "Firn wrote it whole and never changes it, so something else has changed or removed it.",
      fix: "Restore the object from a backup or an earlier version; nothing of its batch was promoted.",
      cause,
    });
  }
  return new FirnError("warehouse.failed", {
    what: `DuckDB refused a statement: ${message.split("\n")[0]}`,
    why: "Firn's own SQL should always run, so this is a bug, or the database file was changed by hand.",
    fix: "Run again with --debug and report the statement; nothing was promoted.",
    cause,
  });
}

function rowsOf(result: { columnNames(): string[]; getRowsJson(): Json[][] }): Row[] {
  const names = result.columnNames();
  return result
    .getRowsJson()
    .map((row) => Object.fromEntries(row.map((value, at) => [names[at] ?? String(at), plain(value)])));
}

function plain(value: Json | undefined): Value {
  if (value === null || value === undefined) return null;
  if (typeof value === "object") return JSON.stringify(value);
  return value;
}

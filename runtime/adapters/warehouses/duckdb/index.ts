import { basename, dirname } from "node:path";
import { type DuckDBConnection, DuckDBInstance, type Json } from "@duckdb/node-api";
import { diskTrouble, makeFolder } from "#adapters/disk";
import { FirnError } from "#core/errors";
import type { Row, Value, Warehouse } from "#ports/warehouse";
import { fenceRefused, ledgerReplaced } from "#sql/dialect";
import { duckdb } from "#sql/duckdb";
import { statementsOf } from "./script.ts";
import { type StatementWatch, watchStatements } from "./watch.ts";

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
  /** Other databases to read, by the names that SQL calls them. */
  reads?: readonly { name: string; path: string }[];
  /** The clock, for the statements that `watch` tells of. Default: one that stands at 1970, so that none takes time. */
  now?: () => string;
}

let opened = 0;

/**
 * A team's database in one file. One process at a time may have it open for writing.
 *
 * What `watch` tells of scans is an estimate of its own; see `bytesOf`.
 */
export async function openDuckdbWarehouse(options: DuckdbOptions): Promise<Warehouse> {
  await makeFolder(dirname(options.path));
  const instance = await openInstance(options);
  const connection = await instance.connect();
  for (const statement of duckdb.session(options.tag)) await connection.run(statement);
  for (const { name, path } of options.reads ?? []) await attach(connection, name, path);

  const watch = watchStatements(connection, {
    now: options.now ?? (() => "1970-01-01T00:00:00.000Z"),
    folder: options.temporaryFolder,
    name: `${basename(options.path).replaceAll(":", "")}-${process.pid}-${++opened}`,
  });
  let last: Promise<unknown> = Promise.resolve();
  /** One after the other: what came between would share a profile, or a promotion's transaction. */
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(() => work().finally(watch.tell));
    last = next.catch(() => undefined);
    return next;
  };

  return {
    dialect: duckdb,
    query: (sql) =>
      alone(() => told(async () => rowsOf(await watch.note(sql, () => connection.runAndReadAll(sql))))),
    async run(statements) {
      for (const sql of statements) await alone(() => told(() => watch.note(sql, () => connection.run(sql))));
    },
    promote: (script) => alone(() => promote(connection, script, watch)),
    watch: (record, asked) => watch.set(record, asked?.profile === true),
    async close() {
      connection.closeSync();
      instance.closeSync();
      watch.close();
    },
  };
}

async function promote(connection: DuckDBConnection, script: string, watch: StatementWatch): Promise<void> {
  try {
    if (watch.on) await runWatched(connection, script, watch);
    else await connection.run(script);
  } catch (cause) {
    await connection.run("ROLLBACK").catch(() => undefined);
    throw refusal(cause) ?? failed(cause);
  }
}

/** A script's statements one by one, so that each can be told of; as a whole where they cannot be told apart. */
async function runWatched(
  connection: DuckDBConnection,
  script: string,
  watch: StatementWatch,
): Promise<void> {
  const extracted = await connection.extractStatements(script);
  const texts = statementsOf(script);
  if (texts.length !== extracted.count) {
    await watch.note(script, () => connection.run(script));
    return;
  }
  for (const [at, text] of texts.entries()) {
    await watch.note(text, async () => {
      const prepared = await extracted.prepare(at);
      try {
        return await prepared.run();
      } finally {
        prepared.destroySync();
      }
    });
  }
}

function refusal(cause: unknown): FirnError | null {
  const message = cause instanceof Error ? cause.message : "";
  if (message.includes(fenceRefused)) {
    return new FirnError("lease.lost", {
      what: "The promotion was refused: a newer run has taken this pipeline over, or the batch was promoted before, or another run is loading it, too.",
      why: "Only the newest run may promote, a batch only once, and only the whole of it.",
      fix: "Nothing to do: nothing was changed, and the newer run goes on.",
      cause,
    });
  }
  if (message.includes(ledgerReplaced)) {
    return new FirnError("ledger.generation", {
      what: "The promotion was refused: the warehouse's ledger is not the one this run began with.",
      why: "It was replaced while the run was under way.",
      fix: "Run again: every batch is promoted again from bronze.",
      cause,
    });
  }
  return null;
}

async function attach(connection: DuckDBConnection, name: string, path: string): Promise<void> {
  try {
    await connection.run(`ATTACH ${duckdb.text(path)} AS ${duckdb.id(name)} (READ_ONLY)`);
  } catch (cause) {
    throw locked(path, cause) ?? failed(cause);
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
    throw locked(options.path, cause) ?? failed(cause);
  }
}

function locked(path: string, cause: unknown): FirnError | null {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (!/lock/i.test(message)) return null;
  const holder = /PID (\d+)/.exec(message)?.[1];
  return new FirnError("warehouse.locked", {
    what: `Another process${holder ? ` (PID ${holder})` : ""} has the local warehouse ${path} open.`,
    why: "A DuckDB file belongs to one process at a time.",
    fix: "Wait until the other run has ended, or close the program that has the file open; then run again.",
    cause,
  });
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

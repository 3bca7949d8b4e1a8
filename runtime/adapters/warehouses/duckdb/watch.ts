import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DuckDBConnection, Json } from "@duckdb/node-api";
import { sha256 } from "#core/ids";
import { secondsBetween } from "#core/interval";
import type { StatementRecord } from "#core/models";
import { duckdb } from "#sql/duckdb";
import { bytesOf, type Profile, parseProfile, profilingSettings } from "./profile.ts";
import { verbOf } from "./script.ts";

/** A statement's result, as far as it tells what was written. */
interface Result {
  rowsChanged: number;
  getRowsJson(): Json[][] | Promise<Json[][]>;
}

const nothingScanned: Profile = { scans: [], written: null };

/** Tells of a connection's statements. None may run at the same time: they would share one profile. */
export interface StatementWatch {
  readonly on: boolean;
  set(record: ((statement: StatementRecord) => void) | null, profile: boolean): void;
  /** Does a statement's work and notes it, also where it fails. */
  note<T extends Result>(sql: string, work: () => Promise<T>): Promise<T>;
  /** Tells what was noted. Outside of a transaction: asking for a table's columns must not end it. */
  tell(): Promise<void>;
  close(): void;
}

interface Noted {
  to: (statement: StatementRecord) => void;
  record: StatementRecord;
  profile: Profile | null;
  /** The table whose columns may be others now; "" where that cannot be told, null for none. */
  altered: string | null;
}

export interface WatchOptions {
  now: () => string;
  /** Where a profile may lie for the moment between a statement and its reading. */
  folder: string;
  /** The profile's name: no other open warehouse may have the same. */
  name: string;
}

export function watchStatements(connection: DuckDBConnection, options: WatchOptions): StatementWatch {
  const path = join(options.folder, `${options.name}.profile.json`);
  let record: ((statement: StatementRecord) => void) | null = null;
  let wanted = false;
  let profiling = false;
  let noted: Noted[] = [];
  /** Column types by table, until a statement may have changed them. */
  const types = new Map<string, Map<string, string>>();

  return {
    get on() {
      return record !== null;
    },
    set(to, profile) {
      record = to;
      wanted = to !== null && profile;
      types.clear();
    },
    async note(sql, work) {
      await switchProfiling();
      if (record === null) return work();
      const to = record;
      const startedAt = options.now();
      let ended: Result | null = null;
      try {
        const result = await work();
        ended = result;
        return result;
      } finally {
        const seconds = Math.max(0, secondsBetween(startedAt, options.now()));
        // What names no table scans none: its profile is not worth reading.
        const scans = profiling && /\b(?:FROM|UPDATE|INTO)\b/i.test(sql);
        const read = () => (scans ? parseProfile(readProfile()) : nothingScanned);
        const profile = ended && profiling ? read() : null;
        const rowsScanned = profile?.scans.reduce((sum, { rows }) => sum + rows, 0) ?? null;
        const rowsWritten = profile && ended ? await rowsWrittenBy(profile, ended) : null;
        noted.push({
          to,
          record: {
            digest: sha256(sql).slice(0, 16),
            verb: verbOf(sql),
            startedAt,
            seconds,
            rowsScanned,
            bytesScanned: null,
            rowsWritten,
          },
          profile,
          altered: alteredBy(sql),
        });
      }
    },
    async tell() {
      const told = noted;
      noted = [];
      for (const { to, record: statement, profile, altered } of told) {
        forget(altered);
        to({ ...statement, bytesScanned: await scannedBytes(profile) });
      }
    },
    close: () => rmSync(path, { force: true }),
  };

  /**
   * DuckDB fails a statement, though it took effect, when it cannot write its profile. So an empty one is
   * written first: it shows that one can be written there, and is never taken for an older statement's.
   */
  async function switchProfiling(): Promise<void> {
    const writable = wanted && emptyProfile();
    if (writable === profiling) return;
    try {
      if (writable) {
        await connection.run("PRAGMA enable_profiling = 'json'");
        await connection.run(`SET profiling_output = ${duckdb.text(path)}`);
        await connection.run(`SET custom_profiling_settings = ${duckdb.text(profilingSettings)}`);
        await connection.run("SET profiling_coverage = 'ALL'");
        emptyProfile();
      } else await connection.run("PRAGMA disable_profiling");
      profiling = writable;
    } catch {
      wanted = false;
    }
  }

  // The files are a few kilobytes in a local folder: handing them to another thread takes longer than they do.
  function emptyProfile(): boolean {
    try {
      mkdirSync(options.folder, { recursive: true });
      writeFileSync(path, "");
      return true;
    } catch {
      return false;
    }
  }

  function readProfile(): string {
    try {
      return readFileSync(path, "utf8");
    } catch {
      return "";
    }
  }

  async function scannedBytes(profile: Profile | null): Promise<number | null> {
    if (profile === null) return null;
    try {
      for (const { table } of profile.scans) {
        if (table !== null && !types.has(table)) types.set(table, await columnTypes(table));
      }
      return bytesOf(profile.scans, types);
    } catch {
      // The statement itself, or another process, has removed the table.
      return null;
    }
  }

  function forget(altered: string | null): void {
    if (altered === "") types.clear();
    if (altered === null) return;
    for (const table of types.keys())
      if (table.replaceAll('"', "").endsWith(`.${altered}`)) types.delete(table);
  }

  async function columnTypes(table: string): Promise<Map<string, string>> {
    const described = await connection.runAndReadAll(`DESCRIBE ${table}`);
    return new Map(described.getRowsJson().map(([name, type]) => [String(name), String(type)]));
  }
}

function alteredBy(sql: string): string | null {
  if (!/^\s*(?:CREATE|ALTER|DROP|ROLLBACK)\b/i.test(sql)) return null;
  // `CREATE OR REPLACE TABLE "gold"."x"`, as Firn writes it.
  const [, named] = /^\s*(?:CREATE|ALTER|DROP)[A-Z ]* "[^"]+"\."([^"]+)"/i.exec(sql) ?? [];
  return named === undefined || / RENAME TO /i.test(sql.slice(0, 300)) ? "" : named;
}

async function rowsWrittenBy({ written }: Profile, result: Result): Promise<number | null> {
  if (written === null) return null;
  if (written === "rows changed") return result.rowsChanged;
  const [[rows] = []] = await result.getRowsJson();
  return rows === undefined ? null : Number(rows);
}

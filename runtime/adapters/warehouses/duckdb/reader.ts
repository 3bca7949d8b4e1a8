import {
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBResultReader,
  DuckDBTypeId,
  type Json,
  StatementType,
} from "@duckdb/node-api";
import { openDuckdbWarehouse } from "#adapters/warehouses/duckdb/index";
import { FirnError } from "#core/errors";
import type { Row, Value } from "#ports/warehouse";
import { duckdb } from "#sql/duckdb";

export interface DuckdbReaderOptions {
  /** Each file is attached read-only under its name. */
  databases: { name: string; path: string }[];
  /** The database in which names without one are looked up; default: none. */
  use?: string;
  temporaryFolder: string;
  memoryLimit?: string;
}

export interface QueryResult {
  /** Names made different from each other. */
  columns: string[];
  rows: Row[];
  /** True where the query has more rows than were asked for. */
  more: boolean;
}

export interface QueryReader {
  /**
   * One query's first rows.
   *
   * @throws {FirnError} `sql.refused` for anything but one statement that only reads tables
   */
  query(sql: string, limit: number): Promise<QueryResult>;
  close(): Promise<void>;
}

/** External access off keeps all other files away, but not those attached: these could be read as raw bytes. */
const fileFunctions =
  /\b(read_(text|blob|csv|csv_auto|parquet|json\w*|ndjson\w*|duckdb)|parquet_\w+|sniff_csv)\b/i;
const pragma = /^(\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)*pragma\b/i;

/**
 * Answers other people's queries: databases attached read-only, then the file system, the network,
 * extensions and the configuration are locked.
 *
 * @throws {FirnError} `warehouse.locked`
 */
export async function openDuckdbReader(options: DuckdbReaderOptions): Promise<QueryReader> {
  const { temporaryFolder, memoryLimit } = options;
  for (const { name, path } of options.databases) {
    // Opened by itself first: this tells who holds the lock, which ATTACH does not.
    await (
      await openDuckdbWarehouse({ path, temporaryFolder, tag: `firn reads ${name}`, readOnly: true })
    ).close();
  }
  const instance = await DuckDBInstance.create(":memory:", {
    temp_directory: temporaryFolder,
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    ...(memoryLimit && { memory_limit: memoryLimit }),
  });
  const connection = await instance.connect();
  for (const { name, path } of options.databases) {
    await connection.run(`ATTACH ${duckdb.text(path)} AS ${duckdb.id(name)} (READ_ONLY)`);
  }
  for (const statement of duckdb.session("firn sql")) await connection.run(statement);
  if (options.use) await connection.run(`USE ${duckdb.id(options.use)}`);
  await connection.run("SET enable_external_access = false");
  await connection.run("SET lock_configuration = true");

  return {
    async query(sql, limit) {
      await requireOneQuery(connection, sql);
      try {
        return firstRows(await connection.streamAndReadUntil(sql, limit + 1), limit);
      } catch (cause) {
        throw wrong(cause);
      }
    },
    async close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

async function requireOneQuery(connection: DuckDBConnection, sql: string): Promise<void> {
  const named = fileFunctions.exec(sql)?.[0];
  if (named) throw refused(`The query names ${named}, which reads files.`);
  if (pragma.test(sql)) throw refused("The statement is a PRAGMA.");
  const [count, type] = await statementOf(connection, sql);
  if (count === 0) throw refused("The text holds no statement.");
  if (count > 1) throw refused(`The text holds ${count} statements.`);
  if (type !== StatementType.SELECT && type !== StatementType.EXPLAIN) {
    throw refused(`The statement is of the kind ${type === undefined ? "unknown" : StatementType[type]}.`);
  }
}

async function statementOf(
  connection: DuckDBConnection,
  sql: string,
): Promise<[count: number, type?: StatementType]> {
  try {
    const extracted = await connection.extractStatements(sql);
    if (extracted.count !== 1) return [extracted.count];
    return [1, (await extracted.prepare(0)).statementType];
  } catch (cause) {
    // What DuckDB says of a text of blanks and comments only.
    if (cause instanceof Error && cause.message.includes("native callback")) return [0];
    throw wrong(cause);
  }
}

function refused(what: string): FirnError {
  return new FirnError("sql.refused", {
    what,
    why: "This command only reads tables: one SELECT, SHOW, DESCRIBE, SUMMARIZE or EXPLAIN at a time. What changes tables is the pipelines' business alone.",
    fix: "Write it as one SELECT. To change data, mend the pipeline's declaration and run or replay.",
  });
}

function wrong(cause: unknown): FirnError {
  const lines = (cause instanceof Error ? cause.message : String(cause)).split("\n");
  const said = [lines[0], lines.find((line, at) => at > 0 && /did you mean|candidate/i.test(line))]
    .filter(Boolean)
    .join(" ");
  return new FirnError("sql.refused", {
    what: `DuckDB refused the query: ${said.replace("Failed to extract statements: ", "")}`,
    why: "It is wrong, names a table that does not exist, or needs more than reading tables.",
    fix: "Name tables as team.schema.table (learning.silver.learner_activity), or as schema.table with --team. `SHOW ALL TABLES` lists them; a pipeline's tables come with its first run.",
    cause,
  });
}

function firstRows(reader: DuckDBResultReader, limit: number): QueryResult {
  const columns = reader.deduplicatedColumnNames();
  const whole = columns.map((_, at) =>
    [DuckDBTypeId.BIGINT, DuckDBTypeId.HUGEINT, DuckDBTypeId.UBIGINT].includes(reader.columnTypeId(at)),
  );
  const rows = reader.getRowsJson().slice(0, limit);
  return {
    columns,
    rows: rows.map((row) =>
      Object.fromEntries(columns.map((name, at) => [name, plain(row[at], whole[at] === true)])),
    ),
    more: reader.currentRowCount > limit,
  };
}

/** Whole numbers as numbers where JavaScript holds them exactly; nested values as JSON text. */
function plain(value: Json | undefined, whole: boolean): Value {
  if (value === null || value === undefined) return null;
  if (typeof value === "object") return JSON.stringify(value);
  return whole && Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

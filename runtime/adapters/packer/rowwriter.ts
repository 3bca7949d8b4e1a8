import { rename, rm } from "node:fs/promises";
import {
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBDataChunk,
  type DuckDBPreparedStatement,
  type DuckDBValue,
  VARCHAR,
} from "@duckdb/node-api";
import type { LandedRow, Shape } from "./rows.ts";
import { copyTo, identifier, literal, selectRows } from "./sql.ts";

/** Values bound to a statement by name. */
export type Bindings = Record<string, DuckDBValue>;

/** Takes rows one by one and leaves one Parquet file, in order. */
export interface RowWriter {
  /** Undefined but for every few thousand rows, when there is something to wait for. */
  add(row: LandedRow, line?: number): Promise<void> | undefined;
  /** Adds a page's rows by `pageSelect`; false, and nothing added, where that refuses the page. */
  addPage(page: string): Promise<boolean>;
  /** The number of rows in the file; there is no file where it is 0. */
  finish(): Promise<number>;
  /** Removes what was written, wherever it broke off. */
  abandon(): Promise<void>;
}

export interface WriterOptions {
  table: string;
  bindings: Bindings | undefined;
  /** Whether each row has the number of its line. */
  numbered: boolean;
  /** A query of rows that reads a page as `$page`. */
  pageSelect?: string | undefined;
}

const chunkRows = 2048;
const pieceRows = 122_880;
const pieceCharacters = 16 * 1024 * 1024;

/**
 * Opens a writer whose memory is bounded: rows gather in a table in memory and leave it as pieces of
 * Parquet, PII hashed already. Several pieces are joined at the end, so that a row's position in the one
 * file stays its number.
 */
export async function openRowWriter(
  connection: DuckDBConnection,
  shape: Shape,
  path: string,
  { table, bindings, numbered, pageSelect }: WriterOptions,
): Promise<RowWriter> {
  const names = [
    ...shape.kept.map(({ name }) => name),
    "_record",
    "_malformed",
    ...(numbered ? ["_line"] : []),
  ];
  await connection.run(
    `CREATE TEMP TABLE ${table} (${names.map((name) => `${identifier(name)} VARCHAR`).join(", ")})`,
  );
  const chunk = DuckDBDataChunk.create(names.map(() => VARCHAR));
  const pieces: string[] = [];
  let appender: DuckDBAppender | undefined;
  let quick: DuckDBPreparedStatement | undefined;
  let columns: LandedRow[] = names.map(() => []);
  let rows = 0;
  let characters = 0;
  let total = 0;

  return { add, addPage, finish, abandon };

  function add(row: LandedRow, line?: number): Promise<void> | undefined {
    for (let at = 0; at < row.length; at++) {
      const value = row[at] ?? null;
      columns[at]?.push(value);
      if (value !== null) characters += value.length;
    }
    if (numbered) columns.at(-1)?.push(String(line));
    return columns[0]?.length === chunkRows || characters >= pieceCharacters ? append() : undefined;
  }

  async function addPage(page: string): Promise<boolean> {
    if (pageSelect === undefined) return false;
    if ((columns[0]?.length ?? 0) > 0) await append();
    appender?.closeSync();
    appender = undefined;
    try {
      quick ??= await connection.prepare(`INSERT INTO ${table} ${pageSelect}`);
      quick.bind({ page });
      rows += (await quick.run()).rowsChanged;
    } catch {
      return false;
    }
    characters += page.length;
    if (rows >= pieceRows || characters >= pieceCharacters) await writePiece();
    return true;
  }

  async function append(): Promise<void> {
    const full = columns;
    columns = names.map(() => []);
    appender ??= await connection.createAppender(table, null, "temp");
    chunk.reset();
    chunk.setColumns(full);
    appender.appendDataChunk(chunk);
    rows += full[0]?.length ?? 0;
    if (rows >= pieceRows || characters >= pieceCharacters) await writePiece();
  }

  async function writePiece(): Promise<void> {
    appender?.closeSync();
    appender = undefined;
    const piece = `${path}.${pieces.length}`;
    pieces.push(piece);
    await connection.run(copyTo(piece, selectRows(table, shape, numbered)), bindings);
    await connection.run(`TRUNCATE ${table}`);
    total += rows;
    rows = 0;
    characters = 0;
  }

  async function finish(): Promise<number> {
    if ((columns[0]?.length ?? 0) > 0) await append();
    if (rows > 0) await writePiece();
    await connection.run(`DROP TABLE ${table}`);
    const [first] = pieces;
    if (pieces.length === 1 && first !== undefined) await rename(first, path);
    else if (pieces.length > 1) {
      await connection.run(copyTo(path, `SELECT * FROM read_parquet([${pieces.map(literal).join(", ")}])`));
      await abandon();
    }
    return total;
  }

  async function abandon(): Promise<void> {
    appender?.closeSync();
    appender = undefined;
    await Promise.all(pieces.map((piece) => rm(piece, { force: true })));
  }
}

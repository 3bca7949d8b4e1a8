/** Holds the records in DuckDB, in the API's order, and renders a page with one query. */
import type { DuckDBConnection, DuckDBPreparedStatement } from "@duckdb/node-api";
import { openDuckDB } from "../duckdb.ts";
import { planRecords, renderedRecord, type World } from "./records.ts";

export interface RecordStore {
  /** How many records can be seen. */
  readonly count: number;
  /** How many records were last updated at or before an instant: the place where later ones begin. */
  countUntil(instantMs: number): Promise<number>;
  /** The JSON array of the records at places [from, until). */
  render(from: number, until: number): Promise<Buffer>;
  close(): void;
}

/** @param spillFolder where DuckDB may put what does not fit into memory while sorting */
export async function openStore(world: World, spillFolder: string): Promise<RecordStore> {
  const connection = await openDuckDB(spillFolder);
  for (const statement of planRecords(world)) {
    await connection.run(statement);
  }
  // One thread reads a page's rows in table order, so string_agg needs no sort; pages are too small for two.
  await connection.run("SET threads = 1");
  const count = await countRows(connection);
  const countUntil = await connection.prepare(
    "SELECT count(*) FROM activities WHERE updated_at <= epoch_ms($1::BIGINT)",
  );
  const render = await connection.prepare(`
    SELECT encode('[' || coalesce(string_agg(${renderedRecord}, ','), '') || ']')
    FROM activities WHERE place >= $1::BIGINT AND place < $2::BIGINT`);
  const inTurn = makeQueue();

  return {
    count,
    countUntil: (instantMs) => inTurn(async () => Number(await runForValue(countUntil, [instantMs]))),
    render: (from, until) => inTurn(async () => toBuffer(await runForValue(render, [from, until]))),
    close: () => connection.closeSync(),
  };
}

async function countRows(connection: DuckDBConnection): Promise<number> {
  const result = await connection.runAndReadAll("SELECT count(*) FROM activities");
  return Number(result.getRows()[0]?.[0]);
}

/** Runs one task after the other: bound parameters are the statement's, and so must not interleave. */
function makeQueue(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const result = last.then(task);
    last = result.catch(() => undefined);
    return result;
  };
}

async function runForValue(
  statement: DuckDBPreparedStatement,
  integers: readonly number[],
): Promise<unknown> {
  for (const [index, value] of integers.entries()) {
    statement.bindBigInt(index + 1, BigInt(value));
  }
  const result = await statement.run();
  const chunk = await result.fetchChunk();
  return chunk?.getColumnVector(0).getItem(0);
}

function toBuffer(value: unknown): Buffer {
  const { bytes } = value as { bytes: Uint8Array };
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

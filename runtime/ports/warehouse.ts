import type { StatementRecord } from "#core/models";
import type { Dialect } from "#sql/dialect";

export type Value = string | number | bigint | boolean | null;
export type Row = Record<string, Value>;

/** A team's database. DuckDB on a laptop, Snowflake in the cloud. */
export interface Warehouse {
  readonly dialect: Dialect;

  /** A small result. Names are lower case; integers beyond 2^53 and decimals come as text. */
  query(sql: string): Promise<Row[]>;

  /**
   * Statements one after the other, each on its own, all repeatable. DDL belongs here.
   *
   * @throws {FirnError} `warehouse.failed`
   */
  run(statements: readonly string[]): Promise<void>;

  /**
   * Submits one promotion script as a single request: all of it happens, or nothing.
   *
   * @throws {FirnError} `lease.lost` when the fence refuses, `ledger.generation` when the ledger is another
   */
  promote(script: string): Promise<void>;

  /**
   * Tells from now on what each statement did; null ends it. With `profile` also what it scanned and wrote,
   * which may cost some percent.
   */
  watch(record: ((statement: StatementRecord) => void) | null, options?: { profile: boolean }): void;

  close(): Promise<void>;
}

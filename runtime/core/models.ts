/** What is known of a model run beyond one stage: what a statement did, and how a node of the project ended. */

/** One statement that a warehouse ran. */
export interface StatementRecord {
  /** Sixteen hex digits of the SHA-256 of its text: equal statements have equal ones. */
  digest: string;
  /** Its first word, such as MERGE. */
  verb: string;
  startedAt: string;
  seconds: number;
  /** Rows its scans read; null where the warehouse does not tell. */
  rowsScanned: number | null;
  /** Bytes its scans read; see the adapter for how they are known. */
  bytesScanned: number | null;
  rowsWritten: number | null;
}

/** How a node was built. `full` makes the table anew, `incremental` changes it in place. */
export type BuildKind = "full" | "incremental" | "view" | "snapshot" | "seed";

/** Why a table was built in full. */
export type FullReason = "table" | "first build" | "asked for" | "new version" | "new ledger";

/** How a node of a dbt project ended, in dbt's words. */
export interface NodeResult {
  /** dbt's unique id, such as model.commerce.monthly_revenue. */
  id: string;
  name: string;
  status: "success" | "error" | "skipped" | "pass" | "warn" | "fail";
  /** What happened, where that is not success. */
  message?: string;
  /** Of a test: how many rows failed it. */
  failures?: number;
  kind?: BuildKind;
  reason?: FullReason;
  /** Hash of what the model would build in full: another one is another model. */
  version?: string;
  /** The run was declared to be a backfill, so that a larger scan is no surprise. */
  backfill?: boolean;
  startedAt: string;
  seconds: number;
  statements: StatementRecord[];
}

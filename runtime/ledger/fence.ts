import { fenceColumns, fenceTable, ledgerTable } from "#ledger/tables";
import type { Dialect, Promotion } from "#sql/dialect";

export interface FenceRequest {
  schema: string;
  pipeline: string;
  batchId: string;
  epoch: number;
  generation: string;
  /** A name only this promotion has. */
  token: string;
  /** A replay promotes a batch that was promoted before. */
  replay: boolean;
}

/** DDL and the one row of a pipeline's fence; repeatable, and never inside a promotion. */
export function planFence(dialect: Dialect, schema: string, pipeline: string): string[] {
  const fence = fenceTable(schema, pipeline);
  return [
    dialect.createTable(fence, [...fenceColumns]),
    `INSERT INTO ${dialect.table(fence)} SELECT 0, 0, '', '' WHERE NOT EXISTS (SELECT 1 FROM ${dialect.table(fence)})`,
  ];
}

/**
 * How a promotion takes the fence: it must be of the newest epoch and of a batch not promoted before.
 *
 * A runner that was paused and comes back finds a higher epoch, changes no row, and fails. A second
 * promotion of the same batch changes none either: the caller then asks the ledger.
 */
export function planTakeFence(dialect: Dialect, request: FenceRequest): Omit<Promotion, "statements"> {
  const { id, text, table } = dialect;
  const { schema, pipeline } = request;
  const promoted = `SELECT 1 FROM ${table(ledgerTable(schema, "batches"))} WHERE ${id("pipeline")} = ${text(pipeline)} AND ${id("batch_id")} = ${text(request.batchId)}`;
  const once = request.replay ? "" : ` AND NOT EXISTS (${promoted})`;
  return {
    takeFence:
      `UPDATE ${table(fenceTable(schema, pipeline))} SET ${id("epoch")} = ${request.epoch}, ${id("commit_seq")} = ${id("commit_seq")} + 1, ` +
      `${id("batch_id")} = ${text(request.batchId)}, ${id("token")} = ${text(request.token)} ` +
      `WHERE ${id("epoch")} <= ${request.epoch}${once}`,
    // Asked again: an update that waited for its lock may have looked before the other promotion committed.
    holdsFence: `EXISTS (SELECT 1 FROM ${table(fenceTable(schema, pipeline))} WHERE ${id("token")} = ${text(request.token)}${once})`,
    knownLedger: `EXISTS (SELECT 1 FROM ${table(ledgerTable(schema, "identity"))} WHERE ${id("generation")} = ${text(request.generation)})`,
  };
}

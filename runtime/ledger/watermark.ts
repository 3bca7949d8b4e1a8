import { type BatchPlan, type LandedFile, type Manifest, windowOf } from "#core/batch";
import { type Interval, union } from "#core/interval";
import { batchId } from "#core/names";
import { addToRanges, type Hint } from "#ledger/hint";
import { readManifest } from "#ledger/lake";
import { ledgerTable } from "#ledger/tables";
import type { Store } from "#ports/store";
import type { Warehouse } from "#ports/warehouse";
import type { Dialect } from "#sql/dialect";

/** The rows a promotion leaves: its window, and the windows found empty before it. */
export function planWatermarks(
  dialect: Dialect,
  schema: string,
  plan: BatchPlan,
  manifest: Manifest,
  empty: Hint["empty"],
): string[] {
  const { text } = dialect;
  const own = plan.compare
    ? { seq: plan.seq, window: { from: "", to: plan.ingestedAt }, kind: "compare" }
    : { seq: plan.seq, window: windowOf(plan, manifest), kind: kindOf(plan) };
  const rows = [...empty.map((each) => ({ ...each, kind: kindOf(plan) })), own].map(({ seq, window, kind }) =>
    [
      text(plan.pipeline),
      text(""),
      text(kind),
      window ? text(window.from) : "NULL",
      window ? text(window.to) : "NULL",
      text(batchId(plan.pipeline, seq)),
      String(seq),
    ].join(", "),
  );
  const seqs = [...empty.map(({ seq }) => seq), plan.seq].join(", ");
  const watermarks = dialect.table(ledgerTable(schema, "watermarks"));
  // A replay, or an empty batch folded in before its hint was lost, must not leave its row twice.
  return [
    `DELETE FROM ${watermarks} WHERE ${dialect.id("pipeline")} = ${text(plan.pipeline)} AND ${dialect.id("seq")} IN (${seqs})`,
    `INSERT INTO ${watermarks} VALUES ${rows.map((row) => `(${row})`).join(", ")}`,
  ];
}

/** What a pipeline's intervals count. */
function kindOf({ shards, after }: BatchPlan): "files" | "id" | "time" | "all" {
  if (shards.some(({ files }) => files)) return "files";
  if (after !== undefined) return "id";
  return shards.some(({ window }) => window) ? "time" : "all";
}

/** What the ledger knows of a pipeline, as a fresh hint. Files are read from the manifests. */
export async function readLedger(
  warehouse: Warehouse,
  store: Store,
  schema: string,
  pipeline: string,
  made: { generation: string; now: string },
): Promise<Hint> {
  const { dialect } = warehouse;
  const rows = await warehouse.query(
    `SELECT ${dialect.id("seq")} AS "seq", ${dialect.id("kind")} AS "kind", ${dialect.id("from_value")} AS "from_value", ${dialect.id("to_value")} AS "to_value" ` +
      `FROM ${dialect.table(ledgerTable(schema, "watermarks"))} WHERE ${dialect.id("pipeline")} = ${dialect.text(pipeline)} ORDER BY 1`,
  );
  let done: [number, number][] = [];
  const intervals: Interval[] = [];
  const files: Record<string, string> = {};
  let comparedAt: string | undefined;
  for (const { seq, kind, from_value: from, to_value: to } of rows) {
    done = addToRanges(done, Number(seq));
    if (kind === "compare") comparedAt = String(to);
    else if (from !== null && to !== null) intervals.push({ from: String(from), to: String(to) });
    else if (kind === "files")
      for (const file of await landedFiles(store, pipeline, Number(seq))) files[file.path] = file.etag;
  }
  return {
    format: 1,
    generation: made.generation,
    intervals: union(intervals),
    done,
    empty: [],
    files,
    ...(comparedAt !== undefined && { comparedAt }),
    readAt: made.now,
  };
}

async function landedFiles(store: Store, pipeline: string, seq: number): Promise<LandedFile[]> {
  const manifest = await readManifest(store, pipeline, seq);
  return (manifest?.files ?? []).filter(({ status }) => status === "landed");
}

/** One row `promotions`: how often a batch was promoted. */
export function planIsPromoted(dialect: Dialect, schema: string, pipeline: string, seq: number): string {
  return (
    `SELECT COUNT(*) AS "promotions" FROM ${dialect.table(ledgerTable(schema, "batches"))} ` +
    `WHERE ${dialect.id("pipeline")} = ${dialect.text(pipeline)} AND ${dialect.id("seq")} = ${seq}`
  );
}

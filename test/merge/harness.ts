import { planChecked } from "#check/plan";
import type { BatchPlan, Manifest } from "#core/batch";
import type { Interval } from "#core/interval";
import { warehouseNames } from "#core/names";
import type { Pipeline } from "#firn";
import { planFence, planTakeFence } from "#ledger/fence";
import { openLedger } from "#ledger/migrations";
import { ledgerTable } from "#ledger/tables";
import { planWatermarks } from "#ledger/watermark";
import { planLoad } from "#load/plan";
import { planPromotion, planTables } from "#merge/plan";
import { boundedColumns, planBounds, readBounds } from "#merge/strategies/bounds";
import type { Row, Warehouse } from "#ports/warehouse";
import { quarantineTable, rawTable, silverColumns, silverTable } from "#sql/tables";
import { type BronzeRow, literal, manifestOf, openMemory, planOf } from "../sql/support.ts";

/** A batch in bronze: its place among the plans, its rows in delivered order. */
export interface SmallBatch {
  seq: number;
  rows: BronzeRow[];
  window?: Interval;
  ingestedAt?: string;
}

/** The way from raw to silver without files: load is proven elsewhere, and histories must be many. */
export interface Merging {
  /** The pipeline's name in this database. */
  name: string;
  warehouse: Warehouse;
  /** Checks and promotes one batch. */
  promote(
    batch: SmallBatch,
    options?: { replay?: boolean; pipeline?: Pipeline; breakGuard?: boolean },
  ): Promise<Row>;
  /** The last promotion, as it was submitted. */
  lastScript(): string;
  /** Silver's data columns, sorted; what Firn adds for the audit left out. */
  silver(): Promise<Row[]>;
  /** All columns of silver. */
  silverAudit(): Promise<Row[]>;
  quarantine(): Promise<Row[]>;
  close(): Promise<void>;
}

const names = warehouseNames("shop");
const generation = "g1";
const shared = { warehouse: undefined as Promise<Warehouse> | undefined };

/** One database for all histories; each takes a pipeline name of its own. */
export async function sharedMemory(): Promise<Warehouse> {
  shared.warehouse ??= openMemory().then(async (warehouse) => {
    // Small tables: more threads only wait for each other.
    await warehouse.run(["SET threads = 1"]);
    await openLedger(warehouse, names.ledger, { lake: "l1", generation, now: "2024-01-01T00:00:00.000Z" });
    return warehouse;
  });
  return shared.warehouse;
}

let count = 0;

export async function openMerging(declared: Pipeline): Promise<Merging> {
  const warehouse = await sharedMemory();
  const { dialect } = warehouse;
  const name = `${declared.name}_${++count}`;
  const named = (pipeline: Pipeline): Pipeline => ({ ...pipeline, name });
  await warehouse.run([
    ...planTables(dialect, names, named(declared)),
    ...planFence(dialect, names.ledger, name),
  ]);
  const silver = dialect.table(silverTable(names, name));
  const data = [...silverColumns(declared).map(([column]) => column), "_deleted"].map(dialect.id);
  let token = 0;
  let script = "";

  return {
    name,
    warehouse,
    async promote(batch, { replay = false, pipeline: declaration = declared, breakGuard = false } = {}) {
      const pipeline = named(declaration);
      const plan = planOf(pipeline, "r1", batch);
      const key = `raw/${name}/${batch.seq}.parquet`;
      const manifest = manifestOf(named(declared), plan, [
        { name: "p1", key, rows: batch.rows.length, bytes: 1 },
      ]);
      await loadRows(plan, manifest, key, batch.rows);
      await warehouse.run([planChecked(dialect, names, pipeline, manifest, plan, 1)]);
      const whole = { names, pipeline, plan, manifest, replay };
      const keys = boundedColumns(pipeline);
      const [ends] = keys.length > 0 ? await warehouse.query(planBounds(dialect, whole, keys)) : [];
      script = planPromotion(dialect, {
        ...whole,
        bounds: readBounds(keys, ends),
        release: "r1",
        run: "run-1",
        epoch: 1,
        startedAt: plan.ingestedAt,
        fence: planTakeFence(dialect, {
          schema: names.ledger,
          pipeline: name,
          batchId: plan.batchId,
          epoch: 1,
          generation,
          token: `t${++token}`,
          replay,
        }),
        watermarks: planWatermarks(dialect, names.ledger, plan, manifest, []),
      });
      await warehouse.promote(
        breakGuard
          ? script.replace(/ WHEN MATCHED AND .*? THEN UPDATE SET /, " WHEN MATCHED THEN UPDATE SET ")
          : script,
      );
      const [row] = await warehouse.query(
        `SELECT * FROM ${dialect.table(ledgerTable(names.ledger, "batches"))} WHERE pipeline = ${literal(name)} ORDER BY commit_seq DESC LIMIT 1`,
      );
      return row as Row;
    },
    lastScript: () => script,
    silver: () => warehouse.query(`SELECT ${data.join(", ")} FROM ${silver} ORDER BY ALL`),
    silverAudit: () => warehouse.query(`SELECT * FROM ${silver} ORDER BY ALL`),
    quarantine: () =>
      warehouse.query(`SELECT * FROM ${dialect.table(quarantineTable(names, name))} ORDER BY _file, _row`),
    async close() {},
  };

  async function loadRows(
    plan: BatchPlan,
    manifest: Manifest,
    key: string,
    rows: BronzeRow[],
  ): Promise<void> {
    const empty = { ...manifest, parts: [] };
    await warehouse.run(planLoad(dialect, names, empty, ""));
    const columns = manifest.columns.map((column) => column.name);
    const values = rows.map(
      (row, at) =>
        `(${[...columns.map((column) => literal(row[column] ?? null)), literal(row._record ?? null), literal(key), at + 1].join(", ")})`,
    );
    if (values.length === 0) return;
    await warehouse.run([
      `INSERT INTO ${dialect.table(rawTable(names, plan))} (${[...columns, "_record", "_file", "_row"].map(dialect.id).join(", ")}) VALUES ${values.join(", ")}`,
    ]);
  }
}

/** A pipeline's whole history in one table, and batches cut from it. Pure: SQL, plans and manifests. */
import type { BatchPlan, LandedFile, Manifest } from "#core/batch";
import { sha256 } from "#core/ids";
import { later } from "#core/interval";
import { batchId, type WarehouseNames } from "#core/names";
import { type Delivered, deliveredPartitions } from "#core/partition";
import type { Pipeline } from "#firn";
import type { Dialect, TableName } from "#sql/dialect";
import { checkedTable } from "#sql/tables";

/** A batch as it lies in bronze. */
export interface Landed {
  plan: BatchPlan;
  manifest: Manifest;
}

/** A delivery of a partition: what is never torn apart where partitions are replaced. */
export interface DeliveredUnit extends Delivered {
  /** From 1, in the order of delivery. */
  unit: number;
  /** The batch it was landed with. */
  origin: number;
}

export const historySchema = "prove_history";
const unitColumn = "_unit";

export function historyTable({ name }: Pipeline): TableName {
  return { schema: historySchema, name };
}

/** A file's name among those of all batches; pages are named alike in each. */
function fileOf(origin: number, file: string): string {
  return `${String(origin).padStart(6, "0")}/${file}`;
}

/**
 * The deliveries of a history whose partitions are replaced; null for other strategies.
 *
 * @param share of the partitions that are kept, with all their deliveries; at least one
 */
export function deliveredUnits(
  { strategy }: Pipeline,
  landed: readonly Landed[],
  share: number,
): DeliveredUnit[] | null {
  if (strategy.kind !== "replace_partition") return null;
  const { by } = strategy.partition;
  const all = landed.flatMap(({ plan, manifest }) =>
    deliveredPartitions(by, plan, manifest).map((each) => ({
      ...each,
      ...(each.file !== undefined && { file: fileOf(plan.seq, each.file) }),
      origin: plan.seq,
    })),
  );
  const names = [...new Set(all.map(({ name }) => name))].sort((a, b) => (sha256(a) < sha256(b) ? -1 : 1));
  const kept = new Set(names.slice(0, Math.max(1, Math.ceil(names.length * share))));
  return all.filter(({ name }) => kept.has(name)).map((each, at) => ({ ...each, unit: at + 1 }));
}

/**
 * Makes the history of batches that were checked, one row per landed row and its unit.
 *
 * @param columns of a checked batch
 * @param share of the keys that are kept, with all their rows
 */
export function planHistory(
  dialect: Dialect,
  names: WarehouseNames,
  of: {
    pipeline: Pipeline;
    landed: readonly Landed[];
    columns: readonly string[];
    units: DeliveredUnit[] | null;
    share: number;
  },
): string {
  const { id, text } = dialect;
  const { pipeline, landed, units, share } = of;
  const file = (origin: number) => `${text(fileOf(origin, ""))} || ${id("_file")} AS ${id("_file")}`;
  const batches = landed.map(
    ({ plan }) =>
      `SELECT ${of.columns.map((name) => (name === "_file" ? file(plan.seq) : id(name))).join(", ")}, ${plan.seq} AS ${id("_origin")} ` +
      `FROM ${dialect.table(checkedTable(names, plan))}`,
  );
  const rows = `(${batches.join(" UNION ALL ")}) AS h`;
  const [unit, joined] = units ? planPlaced(units) : [planUnit(dialect, pipeline), ""];
  const key = keyOf(pipeline);
  const kept =
    share < 1 && key.length > 0
      ? ` WHERE MOD(ABS(HASH(${key.map(id).join(", ")})), 1000000) < ${Math.round(share * 1_000_000)}`
      : "";
  return dialect.createTransientAs(
    historyTable(pipeline),
    `SELECT h.*, ${unit} AS ${id(unitColumn)} FROM ${rows}${joined}${kept}`,
  );

  /** Rows of a delivery; what belongs to none was held back when it was landed. */
  function planPlaced(of: DeliveredUnit[]): [unit: string, joined: string] {
    const { strategy } = pipeline;
    const by = strategy.kind === "replace_partition" ? strategy.partition : { by: "table" as const };
    const place =
      by.by === "file"
        ? `h.${id("_file")}`
        : by.by === "day"
          ? dialect.canonical(`CAST(h.${id(by.column)} AS ${dialect.type("date")})`, "date")
          : text("");
    const values = of.map(
      ({ unit, origin, file, name }) =>
        `(${unit}, ${origin}, ${text(by.by === "table" ? "" : (file ?? name))})`,
    );
    if (values.length === 0) return ["0", " WHERE FALSE"];
    const on = `u.${id("origin")} = h.${id("_origin")} AND u.${id("place")} = ${place}`;
    return [
      `u.${id("unit")}`,
      ` INNER JOIN (VALUES ${values.join(", ")}) AS u (${["unit", "origin", "place"].map(id).join(", ")}) ON ${on}`,
    ];
  }
}

/** The columns by which the history of a row is found. */
function keyOf({ strategy }: Pipeline): string[] {
  switch (strategy.kind) {
    case "upsert":
      return strategy.key;
    case "append":
      return strategy.ids;
    case "replace_children":
      return strategy.parent;
    case "replace_partition":
      return [];
  }
}

/** Rows of a dense sequence are cut in runs of so many: a log is read so, and each gap costs a row of memory. */
const sequenceRun = 50;

/** A row's unit: itself, its parent's delivery, or its run of a sequence. */
function planUnit({ id, type }: Dialect, { strategy }: Pipeline): string {
  const numbered = (order: string[]) => `ROW_NUMBER() OVER (ORDER BY ${order.map(id).join(", ")})`;
  if (strategy.kind === "replace_children")
    return `DENSE_RANK() OVER (ORDER BY ${["_origin", ...strategy.parent, ...strategy.version].map(id).join(", ")})`;
  if (strategy.kind === "append" && strategy.sequence !== undefined) {
    const others = strategy.ids.filter((name) => name !== strategy.sequence);
    const number = numbered(["_origin", ...others, strategy.sequence]);
    return `1 + CAST(FLOOR((${number} - 1) / ${sequenceRun}) AS ${type("bigint")})`;
  }
  return numbered(["_origin", "_file", "_row"]);
}

/** One row `units`: how many there are. */
export function planUnitCount({ id, table }: Dialect, pipeline: Pipeline): string {
  return `SELECT COALESCE(MAX(${id(unitColumn)}), 0) AS "units" FROM ${table(historyTable(pipeline))}`;
}

/** Rows `batch`, `rows` of a cut, without batches that stay empty. */
export function planSizes(
  { id, table }: Dialect,
  pipeline: Pipeline,
  batchOf: (unit: string) => string,
): string {
  return `SELECT ${batchOf(id(unitColumn))} AS "batch", COUNT(*) AS "rows" FROM ${table(historyTable(pipeline))} GROUP BY 1 ORDER BY 1`;
}

/** Rows `unit`, `batch` of a cut of deliveries. */
export function planDeliveries(
  { id }: Dialect,
  units: readonly DeliveredUnit[],
  batchOf: (unit: string) => string,
): string {
  return `SELECT u.${id("unit")} AS "unit", ${batchOf(`u.${id("unit")}`)} AS "batch" FROM (VALUES ${units.map(({ unit }) => `(${unit})`).join(", ")}) AS u (${id("unit")}) ORDER BY 1`;
}

/** A batch cut from a history: what a run would have planned and landed. */
export interface CutBatch extends Landed {
  /** Makes the batch's checked rows. */
  makeChecked: string;
}

/**
 * @param of `number` from 1 in the order of planning, of `batches`; `endsAt` is when the last was planned, and
 *   each stands an hour after the one before it
 * @param chosen SQL that is true for the rows of the batch, or the deliveries it holds
 */
export function planCutBatch(
  dialect: Dialect,
  names: WarehouseNames,
  of: {
    pipeline: Pipeline;
    team: string;
    release: string;
    columns: readonly string[];
    number: number;
    batches: number;
    rows: number;
    endsAt: string;
  },
  chosen: DeliveredUnit[] | ((unit: string) => string),
): CutBatch {
  const { id } = dialect;
  const { pipeline, release, number: seq } = of;
  const head = {
    format: 1 as const,
    pipeline: pipeline.name,
    seq,
    batchId: batchId(pipeline.name, seq),
    release,
  };
  const units = Array.isArray(chosen) ? latestOfEach(chosen) : [];
  const plan: BatchPlan = {
    ...head,
    team: of.team,
    shards: shardsOf(pipeline, units),
    ingestedAt: later(of.endsAt, -3600 * (of.batches - seq)),
  };
  const manifest: Manifest = {
    ...head,
    ...{ attempt: "proof", columns: [], parts: [], files: units.flatMap(landedFile) },
    ...{ rows: of.rows, bytes: 0, source: { requests: 0, bytes: 0 } },
  };
  const where = Array.isArray(chosen)
    ? `${id(unitColumn)} IN (${units.map(({ unit }) => unit).join(", ") || "NULL"})`
    : chosen(id(unitColumn));
  const makeChecked = dialect.createTransientAs(
    checkedTable(names, plan),
    `SELECT ${of.columns.map(id).join(", ")} FROM ${dialect.table(historyTable(pipeline))} WHERE ${where}`,
  );
  return { plan, manifest, makeChecked };
}

/** Two deliveries of one partition that fall into one batch would be taken for one. */
function latestOfEach(units: readonly DeliveredUnit[]): DeliveredUnit[] {
  return [...new Map(units.map((each) => [each.name, each])).values()];
}

function shardsOf({ strategy }: Pipeline, units: readonly DeliveredUnit[]): BatchPlan["shards"] {
  if (strategy.kind !== "replace_partition" || strategy.partition.by !== "day") return [];
  return units.map(({ name }) => {
    const from = `${name}T00:00:00.000Z`;
    return { name: `day-${name}`, window: { from, to: later(from, 86_400) } };
  });
}

function landedFile({ file, name, version }: DeliveredUnit): LandedFile[] {
  if (file === undefined) return [];
  const stands = { bytes: 0, etag: "", modifiedAt: "", status: "landed" as const };
  return [{ path: file, ...stands, partition: { name, version } }];
}

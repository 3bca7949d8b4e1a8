import { judgedByRow, planExpectations, planVerdicts } from "#check/expectations";
import { planChecked } from "#check/plan";
import { keys, seqOfKey } from "#core/names";
import type { Pipeline } from "#firn";
import { planTakeFence } from "#ledger/fence";
import { readPlan, requireManifest } from "#ledger/lake";
import { planLoad } from "#load/plan";
import { planPromotion } from "#merge/plan";
import { boundedColumns, planBounds, readBounds } from "#merge/strategies/bounds";
import type { Store } from "#ports/store";
import type { Warehouse } from "#ports/warehouse";
import type { Release } from "#release";
import { checkedTable, rawTable } from "#sql/tables";
import { type Cut, planBatchOf } from "../cut.ts";
import {
  type CutBatch,
  type DeliveredUnit,
  deliveredUnits,
  historySchema,
  type Landed,
  planCutBatch,
  planDeliveries,
  planHistory,
  planSizes,
  planUnitCount,
} from "./plan.ts";

/** All a pipeline ever landed, typed and checked as declared now, in a scratch warehouse. */
export interface History {
  pipeline: Pipeline;
  /** Batches it was landed in. */
  landed: number;
  /** Of them, those that an expectation refuses, and so never were in silver. */
  refused: string[];
  /** How many units it can be cut into. */
  units: number;
  /** Of replaced partitions: their deliveries. */
  deliveries: DeliveredUnit[] | null;
  /** When the last batch was planned; empty without a batch. */
  endsAt: string;
  /** Of a checked batch. */
  columns: string[];
}

export interface Place {
  release: Release;
  /** The release's hash. */
  hash: string;
  warehouse: Warehouse;
  /** A name no other promotion has. */
  attemptId(): string;
}

/** Reads what of a pipeline has a manifest. */
export async function readLanded(store: Store, { name }: Pipeline): Promise<Landed[]> {
  const seqs = (await store.list(keys.manifests(name))).flatMap((key) => seqOfKey(key) ?? []);
  const landed: Landed[] = [];
  for (const seq of seqs)
    landed.push({
      plan: await readPlan(store, name, seq),
      manifest: await requireManifest(store, name, seq),
    });
  return landed;
}

/**
 * Loads and checks a pipeline's batches with its own planners, and puts them into one table.
 *
 * Parents are not looked up (`relationship`): whether one stood in silver depends on the order of commits.
 *
 * @param location where the lake's objects lie, as the warehouse calls it
 * @param share of the keys (or partitions) that are kept, each with its whole history
 */
export async function openHistory(
  { release: { names }, warehouse }: Place,
  pipeline: Pipeline,
  of: { landed: Landed[]; location: string; share: number },
): Promise<History> {
  const { dialect } = warehouse;
  const apart = (pipeline.expectations ?? []).filter(({ kind }) => kind !== "relationship");
  const declared: Pipeline = { ...pipeline, expectations: apart };
  const accepted: Landed[] = [];
  const refused: string[] = [];
  for (const batch of of.landed) {
    const { plan, manifest } = batch;
    const judged = plan.compare ? judgedByRow(declared) : declared;
    const checked = checkedTable(names, plan);
    await warehouse.run([
      ...planLoad(dialect, names, manifest, of.location),
      planChecked(dialect, names, judged, manifest, plan, epoch),
      dialect.dropTable(rawTable(names, plan)),
    ]);
    const [counts] = plan.compare
      ? []
      : await warehouse.query(planExpectations(dialect, names, declared, checked));
    if (counts && planVerdicts(declared, counts).some(({ passed }) => !passed)) refused.push(plan.batchId);
    else accepted.push(batch);
  }
  const empty = { pipeline, landed: of.landed.length, refused };
  const [last] = accepted.slice(-1);
  if (last === undefined) return { ...empty, units: 0, deliveries: null, endsAt: "", columns: [] };
  const described = await warehouse.query(dialect.describe(checkedTable(names, last.plan)));
  const columns = described.map(({ name }) => String(name));
  const deliveries = deliveredUnits(pipeline, accepted, of.share);
  await warehouse.run([
    ...dialect.createSchema(historySchema),
    planHistory(dialect, names, { pipeline, landed: accepted, columns, units: deliveries, share: of.share }),
    ...of.landed.map(({ plan }) => dialect.dropTable(checkedTable(names, plan))),
  ]);
  const [counted] = await warehouse.query(planUnitCount(dialect, pipeline));
  const units = deliveries ? deliveries.length : Number(counted?.units);
  const endsAt = accepted.map(({ plan }) => plan.ingestedAt).reduce((a, b) => (a > b ? a : b));
  return { ...empty, units, deliveries, endsAt, columns };
}

const epoch = 1;

/** Cuts a history: its batches by number. Those without a row or a delivery are left out. */
export async function cutHistory(
  { release, hash, warehouse }: Place,
  { pipeline, deliveries, endsAt, columns }: History,
  cut: Cut,
): Promise<Map<number, CutBatch>> {
  const { dialect } = warehouse;
  const batchOf = (unit: string) => planBatchOf(cut, unit);
  const sizes = await warehouse.query(planSizes(dialect, pipeline, batchOf));
  const rows = new Map(sizes.map((size) => [Number(size.batch), Number(size.rows)]));
  const of = (number: number) => ({
    ...{ pipeline, team: release.team, release: hash, columns, number, batches: cut.batches, endsAt },
    rows: rows.get(number) ?? 0,
  });
  if (deliveries === null)
    return new Map(
      [...rows.keys()].map((number) => {
        const chosen = (unit: string) => `${batchOf(unit)} = ${number}`;
        return [number, planCutBatch(dialect, release.names, of(number), chosen)];
      }),
    );
  const fallen = await warehouse.query(planDeliveries(dialect, deliveries, batchOf));
  const batch = new Map(fallen.map((each) => [Number(each.unit), Number(each.batch)]));
  return new Map(
    [...new Set(batch.values())].map((number) => {
      const chosen = deliveries.filter(({ unit }) => batch.get(unit) === number);
      return [number, planCutBatch(dialect, release.names, of(number), chosen)];
    }),
  );
}

/** Promotes a batch through the script that every run uses. */
export async function promoteCut(
  { release: { names }, hash, warehouse, attemptId }: Place,
  pipeline: Pipeline,
  { plan, manifest, makeChecked }: CutBatch,
  generation: string,
): Promise<void> {
  const { dialect } = warehouse;
  const batch = { names, pipeline, plan, manifest, replay: false };
  await warehouse.run([...dialect.createSchema(names.raw), makeChecked]);
  const bounded = boundedColumns(pipeline);
  const [ends] = bounded.length > 0 ? await warehouse.query(planBounds(dialect, batch, bounded)) : [];
  await warehouse.promote(
    planPromotion(dialect, {
      ...batch,
      bounds: readBounds(bounded, ends),
      ...{ release: hash, run: "proof", epoch, startedAt: plan.ingestedAt, watermarks: [] },
      fence: planTakeFence(dialect, {
        ...{ schema: names.ledger, pipeline: pipeline.name, batchId: plan.batchId },
        ...{ epoch, generation, token: attemptId(), replay: false },
      }),
    }),
  );
  await warehouse.run([dialect.dropTable(checkedTable(names, plan))]);
}

import { secondsBetween } from "#core/interval";
import { keys } from "#core/names";
import { planFence, planTakeFence } from "#ledger/fence";
import { extendHint, type Hint, readHint, writeHint } from "#ledger/hint";
import { readJson, readPlan, readRelease, requireManifest } from "#ledger/lake";
import { ledgerTable } from "#ledger/tables";
import { planIsPromoted, planWatermarks, readLedger } from "#ledger/watermark";
import type { Ports } from "#ports";
import type { Row } from "#ports/warehouse";
import type { Release, StageState } from "#release";
import { checkedTable, rawTable, silverTable } from "#sql/tables";
import { judgeCompared, planCompared, readCompared } from "./compare.ts";
import { planLastRelease, planMasks, planMissingColumns, requireSameStrategy } from "./fit.ts";
import { planPromotion, planTables } from "./plan.ts";
import { planIntervals } from "./strategies/append.ts";
import { boundedColumns, planBounds, readBounds } from "./strategies/bounds.ts";
import { planLeft } from "./strategies/partition.ts";
import type { Bounds, MergeBatch } from "./strategies/strategy.ts";

/**
 * Promotes a checked batch: silver, quarantine, ledger and watermark in one script behind the fence.
 *
 * Retrying is harmless: a batch that was promoted is found in the ledger and left alone.
 *
 * @throws {FirnError} `lease.lost`, `ledger.generation`, `declare.invalid`, `warehouse.*`
 */
export async function runMerge(state: StageState, ports: Ports): Promise<StageState> {
  const startedAt = ports.clock.now();
  const store = await ports.store(state.team);
  const { release, pipeline } = await readRelease(store, state);
  const plan = await readPlan(store, state.pipeline, state.seq);
  const manifest = await requireManifest(store, state.pipeline, state.seq);
  const warehouse = await ports.warehouse(state.team);
  const { dialect } = warehouse;
  const hint = await readHint(store, state.pipeline);

  await warehouse.run([
    ...planTables(dialect, release.names, pipeline),
    ...planFence(dialect, release.names.ledger, pipeline.name),
  ]);
  await fitSilver();
  const unbounded: MergeBatch = { names: release.names, pipeline, plan, manifest, replay: state.replay };
  const batch: MergeBatch = { ...unbounded, bounds: await boundsOf(unbounded) };
  const compared = await compare();
  const script = planPromotion(dialect, {
    ...batch,
    release: state.release,
    run: state.run,
    epoch: state.epoch,
    startedAt,
    deleteMissing: compared.deletes,
    ...(!state.quarantined && { rows: manifest.rows }),
    fence: planTakeFence(dialect, {
      schema: release.names.ledger,
      pipeline: pipeline.name,
      batchId: plan.batchId,
      epoch: state.epoch,
      generation: state.generation,
      token: ports.attemptId(),
      replay: state.replay,
    }),
    watermarks: planWatermarks(dialect, release.names.ledger, plan, manifest, emptyBefore(hint)),
  });
  try {
    await warehouse.promote(script);
  } catch (error) {
    // The answer may have been lost after the commit: the ledger knows.
    const [row] = await warehouse.query(
      planIsPromoted(dialect, release.names.ledger, pipeline.name, plan.seq),
    );
    if (state.replay || Number(row?.promotions ?? 0) === 0) throw error;
  }
  await warehouse.run(
    [rawTable(release.names, plan), checkedTable(release.names, plan)].map((table) =>
      dialect.dropTable(table),
    ),
  );
  await noteHint(hint);
  await report();
  return { ...state, next: state.replay ? "stop" : "window" };

  async function fitSilver(): Promise<void> {
    const [last] = await warehouse.query(planLastRelease(dialect, release.names, pipeline.name));
    if (last !== undefined && last.release !== state.release) {
      const before = await readJson<Release>(store, keys.release(String(last.release)));
      requireSameStrategy(pipeline, before?.pipelines.find(({ name }) => name === pipeline.name)?.strategy);
    }
    const table = silverTable(release.names, pipeline.name);
    const described = await warehouse.query(dialect.describe(table));
    const missing = planMissingColumns(dialect, pipeline, described, release.names.masks);
    await warehouse.run(missing.map((column) => dialect.addColumn(table, column)));
    if (last !== undefined && last.release !== state.release)
      await warehouse.run(planMasks(dialect, release.names, pipeline));
  }

  async function boundsOf(batch: MergeBatch): Promise<Bounds> {
    const columns = boundedColumns(pipeline);
    if (columns.length === 0) return {};
    const [row] = await warehouse.query(planBounds(dialect, batch, columns));
    return readBounds(columns, row);
  }

  async function compare(): Promise<{ deletes: boolean; told: string | null }> {
    const { strategy } = pipeline;
    if (!plan.compare || state.quarantined || strategy.kind !== "upsert")
      return { deletes: false, told: null };
    const [row] = await warehouse.query(planCompared(dialect, batch, strategy));
    return judgeCompared(pipeline, readCompared(row));
  }

  function emptyBefore(known: Hint | null): Hint["empty"] {
    return known?.generation === state.generation ? known.empty.filter(({ seq }) => seq < plan.seq) : [];
  }

  async function noteHint(before: Hint | null): Promise<void> {
    const known = before?.generation === state.generation;
    const next = known
      ? extendHint(before, plan, manifest, "promoted")
      : await readLedger(warehouse, store, release.names.ledger, pipeline.name, {
          generation: state.generation,
          now: startedAt,
        });
    await writeHint(store, pipeline.name, { ...next, promotedBy: `${state.run} ${plan.seq}` });
  }

  async function report(): Promise<void> {
    const { id, text, table } = dialect;
    const [row] = await warehouse.query(
      `SELECT ${id("promoted")} AS "promoted", ${id("conflicts")} AS "conflicts" FROM ${table(ledgerTable(release.names.ledger, "batches"))} ` +
        `WHERE ${id("pipeline")} = ${text(pipeline.name)} AND ${id("seq")} = ${plan.seq} ORDER BY ${id("commit_seq")} DESC LIMIT 1`,
    );
    const seconds = secondsBetween(startedAt, ports.clock.now());
    const rows = Number(row?.promoted ?? 0);
    ports.metrics.record({
      team: state.team,
      pipeline: state.pipeline,
      batchId: plan.batchId,
      stage: "merge",
      rows,
      seconds,
      done: true,
    });
    if (Number(row?.conflicts ?? 0) > 0)
      await warn(
        "merge.conflict",
        `${row?.conflicts} rows of batch ${plan.batchId} share key and version with another row but not its payload; the one planned, filed and numbered later stands. Silver's _conflict_seq marks them.`,
      );
    if (compared.told !== null)
      await warn("compare.found", `Batch ${plan.batchId} holds all the source has. ${compared.told}`);
    if (pipeline.strategy.kind === "append" && pipeline.strategy.sequence !== undefined) {
      const [gaps] = await warehouse.query(planIntervals(dialect, batch));
      if (Number(gaps?.intervals) > intervalsMax)
        await warn(
          "merge.sparse_sequence",
          `"${pipeline.name}" remembers ${gaps?.intervals} intervals of its sequence, one for each gap, and every batch is compared with all of them. Its numbers are not dense: declare rememberDays instead of sequence, in a pipeline of another name.`,
        );
    }
    if (pipeline.strategy.kind === "replace_partition")
      await reportLeft(await warehouse.query(planLeft(dialect, batch, pipeline.strategy)));
  }

  async function reportLeft(left: Row[]): Promise<void> {
    const named = (older: boolean) =>
      left.filter((row) => Boolean(row.older) === older).map((row) => String(row.partition));
    const [older, held] = [named(true), named(false)];
    if (older.length > 0)
      await warn(
        "merge.older_partition",
        `Batch ${plan.batchId} holds deliveries no newer than what stands in silver, and they changed nothing: ${listed(older)}. If one is a correction, deliver it again under a later version.`,
      );
    if (held.length > 0)
      await warn(
        "merge.held_partition",
        `Batch ${plan.batchId} does not hold all of what it would replace, so silver stays as it was: ${listed(held)}. Rows of them are bad and all wait in quarantine, or they came without a row. A later delivery takes their place; or mend the columns of "${pipeline.name}" and replay its quarantine; or declare despiteQuarantine or mayBeEmpty, where it is right.`,
      );
  }

  async function warn(code: string, detail: string): Promise<void> {
    const { team, pipeline } = state;
    await ports.alerts.send({ severity: "warning", team, pipeline, code, detail, at: ports.clock.now() });
  }
}

/** Beyond so many, a sequence is no dense one. */
const intervalsMax = 10_000;

/** Some names, and how many more there are. */
function listed(names: string[], most = 5): string {
  const more = names.length > most ? ` and ${names.length - most} more` : "";
  return names.slice(0, most).join(", ") + more;
}

import { FirnError } from "#core/errors";
import { secondsBetween } from "#core/interval";
import { keys } from "#core/names";
import type { Pipeline } from "#firn";
import { planFence, planTakeFence } from "#ledger/fence";
import { extendHint, type Hint, readHint, writeHint } from "#ledger/hint";
import { readJson, readPlan, readRelease, requireManifest } from "#ledger/lake";
import { ledgerTable } from "#ledger/tables";
import { planIsPromoted, planWatermarks, readLedger } from "#ledger/watermark";
import type { Ports } from "#ports";
import type { Store } from "#ports/store";
import type { Warehouse } from "#ports/warehouse";
import type { Release, StageState } from "#release";
import { checkedTable, rawTable, silverDefinition, silverTable } from "#sql/tables";
import { planPromotion, planTables } from "./plan.ts";

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
  await requireSameStrategy(warehouse, store, state.release, release, pipeline);
  await fitSilver(warehouse, release, pipeline);
  const script = planPromotion(dialect, {
    names: release.names,
    pipeline,
    plan,
    manifest,
    release: state.release,
    run: state.run,
    epoch: state.epoch,
    replay: state.replay,
    startedAt,
    fence: planTakeFence(dialect, {
      schema: release.names.ledger,
      pipeline: pipeline.name,
      batchId: plan.batchId,
      epoch: state.epoch,
      generation: state.generation,
      token: ports.attemptId(),
      replay: state.replay,
    }),
    watermarks: planWatermarks(dialect, release.names.ledger, plan, emptyBefore(hint)),
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
    await writeHint(store, pipeline.name, next);
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
    if (Number(row?.conflicts ?? 0) === 0) return;
    await ports.alerts.send({
      severity: "warning",
      team: state.team,
      pipeline: state.pipeline,
      code: "merge.conflict",
      detail: `${row?.conflicts} rows of batch ${plan.batchId} share key and version with another row but not its payload; the one planned, filed and numbered later stands. Silver's _conflict_seq marks them.`,
      at: ports.clock.now(),
    });
  }
}

/** What tells rows apart must stay: silver holds rows that another key or strategy would not have kept apart. */
async function requireSameStrategy(
  warehouse: Warehouse,
  store: Store,
  hash: string,
  { names }: Release,
  { name, strategy }: Pipeline,
): Promise<void> {
  const { id, text, table } = warehouse.dialect;
  const [row] = await warehouse.query(
    `SELECT ${id("release")} AS "release" FROM ${table(ledgerTable(names.ledger, "batches"))} ` +
      `WHERE ${id("pipeline")} = ${text(name)} ORDER BY ${id("commit_seq")} DESC LIMIT 1`,
  );
  if (row === undefined || row.release === hash) return;
  const before = await readJson<Release>(store, keys.release(String(row.release)));
  const stood = before?.pipelines.find((each) => each.name === name)?.strategy;
  if (stood === undefined || identityOf(stood) === identityOf(strategy)) return;
  throw new FirnError("declare.invalid", {
    what: `Silver table "${name}" was made by ${identityOf(stood)}, but is declared as ${identityOf(strategy)}.`,
    why: "The rows it holds would be doubled or lost where the two tell rows apart differently.",
    fix: "Declare a pipeline of another name, or remove the warehouse: the next run makes it again from bronze, as declared now.",
  });
}

function identityOf(strategy: Pipeline["strategy"]): string {
  return strategy.kind === "upsert"
    ? `upsert by ${strategy.key.join(", ")} with version ${strategy.version.join(", ")}`
    : `append by ${strategy.ids.join(", ")}`;
}

/** Adds columns declared since silver was made; a changed type is refused. */
async function fitSilver(warehouse: Warehouse, release: Release, pipeline: Pipeline): Promise<void> {
  const { dialect } = warehouse;
  const table = silverTable(release.names, pipeline.name);
  const standing = new Map(
    (await warehouse.query(dialect.describe(table))).map(({ name, type }) => [String(name), String(type)]),
  );
  const declared = silverDefinition(pipeline);
  for (const { name, type } of declared) {
    const stands = standing.get(name);
    if (stands === undefined || dialect.sameType(stands, type)) continue;
    throw new FirnError("declare.invalid", {
      what: `Column "${name}" of silver table "${pipeline.name}" is ${stands}, but is declared ${type}.`,
      why: "Changing the type of a column that holds rows could lose values.",
      fix: `Declare it as it stands, or add a new column with from: and leave "${name}" as it is.`,
    });
  }
  const missing = declared.filter(({ name }) => !standing.has(name));
  await warehouse.run(missing.map((column) => dialect.addColumn(table, column)));
}

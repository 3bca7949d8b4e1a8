import type { Manifest } from "#core/batch";
import { FirnError } from "#core/errors";
import { secondsBetween } from "#core/interval";
import { extendHint, readHint, writeHint } from "#ledger/hint";
import { openTeamLedger, readPlan, readRelease, requireManifest } from "#ledger/lake";
import { keepLease } from "#ledger/lease";
import { planIsPromoted, readLedger } from "#ledger/watermark";
import type { Ports } from "#ports";
import type { StageState } from "#release";
import { checkedTable, rawTable } from "#sql/tables";
import { planLoad, planQuarantinedFiles, planRowCount } from "./plan.ts";

/**
 * Loads exactly the manifest's files into the batch's raw table, in bulk, with no call to the source.
 *
 * A batch the ledger knows as promoted is left alone (a run may have died right after its commit).
 *
 * @throws {FirnError} `batch.unknown`, `store.damaged`, `warehouse.*`, `ledger.*`, `lease.lost`
 */
export async function runLoad(state: StageState, ports: Ports): Promise<StageState> {
  const startedAt = ports.clock.now();
  const store = await ports.store(state.team);
  const { release } = await readRelease(store, state);
  const plan = await readPlan(store, state.pipeline, state.seq);
  let manifest = await requireManifest(store, state.pipeline, state.seq);
  if (!state.replay) await keepLease(ports, state.team, state.pipeline, state.epoch);

  const { generation } = await openTeamLedger(ports, release);
  const warehouse = await ports.warehouse(state.team);
  const { dialect } = warehouse;
  const hint = await readHint(store, state.pipeline);
  if (hint && hint.generation !== generation) {
    await writeHint(
      store,
      state.pipeline,
      await readLedger(warehouse, store, release.names.ledger, state.pipeline, {
        generation,
        now: startedAt,
      }),
    );
    throw replaced(state.pipeline);
  }
  const [promoted] = await warehouse.query(
    planIsPromoted(dialect, release.names.ledger, state.pipeline, state.seq),
  );
  if (Number(promoted?.promotions) > 0 && !state.replay) {
    // The hint last: once it says that the batch is done, nobody comes back for its tables.
    await warehouse.run(
      [rawTable(release.names, plan), checkedTable(release.names, plan)].map((table) =>
        dialect.dropTable(table),
      ),
    );
    if (hint) await writeHint(store, state.pipeline, extendHint(hint, plan, manifest, "promoted"));
    return { ...state, generation, next: "window" };
  }

  if (state.quarantined) manifest = await onlyQuarantined(manifest);
  await warehouse.run(planLoad(dialect, release.names, manifest, store.location("")));
  const [counted] = await warehouse.query(planRowCount(dialect, rawTable(release.names, plan)));
  if (Number(counted?.rows) !== manifest.rows) {
    throw new FirnError("store.damaged", {
      what: `Batch ${manifest.batchId} loaded ${counted?.rows} rows; its manifest says ${manifest.rows}.`,
      why: "Its Parquet files are not as they were landed, so something was lost or changed in the lake.",
      fix: "Restore the batch's objects from an earlier version; nothing of the batch was promoted.",
    });
  }
  const seconds = secondsBetween(startedAt, ports.clock.now());
  ports.metrics.record({
    team: state.team,
    pipeline: state.pipeline,
    batchId: plan.batchId,
    stage: "load",
    rows: manifest.rows,
    seconds,
    done: true,
  });
  return { ...state, generation, rows: manifest.rows, next: "check" };

  /** The parts of the batch that rows in quarantine came from. */
  async function onlyQuarantined(whole: Manifest): Promise<Manifest> {
    const files = await warehouse.query(planQuarantinedFiles(dialect, release.names, plan));
    const held = new Set(files.map(({ file }) => String(file)));
    const parts = whole.parts.filter(({ name, file }) => held.has(file ?? name));
    return { ...whole, parts, rows: parts.reduce((sum, { rows }) => sum + rows, 0) };
  }
}

function replaced(pipeline: string): FirnError {
  return new FirnError("ledger.generation", {
    what: `The warehouse of pipeline "${pipeline}" was replaced since its last run.`,
    why: "The lake's hint spoke of batches that the new ledger does not know; it has been set right.",
    fix: "Run again: every batch is promoted again from bronze, with no call to the source.",
  });
}

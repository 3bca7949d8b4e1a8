import { FirnError } from "#core/errors";
import { secondsBetween } from "#core/interval";
import { readPlan, readRelease, requireManifest } from "#ledger/lake";
import { ledgerTable } from "#ledger/tables";
import type { Ports } from "#ports";
import type { StageState } from "#release";
import type { Dialect, TableName } from "#sql/dialect";
import { checkedTable } from "#sql/tables";
import { judgedByRow, planExpectations, planParents, planVerdicts, type Verdict } from "./expectations.ts";
import { planChecked, planOnlyQuarantined } from "./plan.ts";

/**
 * Types the batch's rows, marks the bad ones, and judges the batch against its expectations.
 *
 * Promotes nothing. Repeating is harmless.
 *
 * @throws {FirnError} `check.refused` when an expectation fails; `warehouse.*`
 */
export async function runCheck(state: StageState, ports: Ports): Promise<StageState> {
  const startedAt = ports.clock.now();
  const store = await ports.store(state.team);
  const { release, pipeline } = await readRelease(store, state);
  const plan = await readPlan(store, state.pipeline, state.seq);
  const manifest = await requireManifest(store, state.pipeline, state.seq);
  const warehouse = await ports.warehouse(state.team);
  const { dialect } = warehouse;

  // What is declared of a batch is not meant for a part of one, nor for all the source has.
  const byRow = state.quarantined || plan.compare === true;
  const judged = byRow ? judgedByRow(pipeline) : pipeline;
  await warehouse.run([
    ...planParents(dialect, release.names, pipeline, release.pipelines),
    planChecked(dialect, release.names, judged, manifest, plan, state.epoch),
    ...(state.quarantined ? [planOnlyQuarantined(dialect, release.names, plan)] : []),
  ]);
  if (!byRow) await judgeBatch();
  const seconds = secondsBetween(startedAt, ports.clock.now());
  ports.metrics.record({
    team: state.team,
    pipeline: state.pipeline,
    batchId: plan.batchId,
    stage: "check",
    rows: manifest.rows,
    seconds,
    done: true,
  });
  return { ...state, next: "merge" };

  async function judgeBatch(): Promise<void> {
    const checked = checkedTable(release.names, manifest);
    const [counts] = await warehouse.query(planExpectations(dialect, release.names, pipeline, checked));
    const verdicts = planVerdicts(pipeline, counts ?? {});
    const { ledger } = release.names;
    await warehouse.run(planChecksRows(dialect, ledger, state.pipeline, plan.batchId, verdicts));
    const failed = verdicts.filter(({ passed }) => !passed);
    if (failed.length > 0) throw refused(plan.batchId, state, checked, failed, Number(counts?.quarantined));
  }
}

function planChecksRows(
  dialect: Dialect,
  schema: string,
  pipeline: string,
  batchId: string,
  verdicts: Verdict[],
): string[] {
  if (verdicts.length === 0) return [];
  const { id, text } = dialect;
  const checks = dialect.table(ledgerTable(schema, "checks"));
  const rows = verdicts.map(
    ({ expectation, failed, total, passed }) =>
      `(${text(pipeline)}, ${text(batchId)}, ${text(expectation)}, ${failed}, ${total}, ${passed ? "TRUE" : "FALSE"})`,
  );
  const ofBatch = `WHERE ${id("pipeline")} = ${text(pipeline)} AND ${id("batch_id")} = ${text(batchId)}`;
  return [
    `DELETE FROM ${checks} ${ofBatch}`,
    // A run that was taken over in between must not leave them twice.
    `INSERT INTO ${checks} SELECT * FROM (VALUES ${rows.join(", ")}) AS v WHERE NOT EXISTS (SELECT 1 FROM ${checks} ${ofBatch})`,
  ];
}

function refused(
  batchId: string,
  { team, pipeline }: StageState,
  rows: TableName,
  failed: Verdict[],
  quarantined: number,
): FirnError {
  const told = failed
    .map(({ expectation, failed: bad, total }) => `${expectation}: ${bad} of ${total} rows fail`)
    .join("; ");
  return new FirnError("check.refused", {
    what: `Batch ${batchId} fails ${failed.length === 1 ? "an expectation" : `${failed.length} expectations`}: ${told}; ${quarantined} rows are bad in themselves.`,
    why: "Nothing of it was promoted, silver and the watermark are as before, and bronze holds what the source sent.",
    fix: `See its rows in ${team}.${rows.schema}.${rows.name}. If they are right, mend the expectation or the columns of "${pipeline}" and run again: the batch is checked again from bronze, with no call to the source. If they are wrong, give the expectation quarantine: true (or a mostly that they pass): its bad rows are set aside, and the good ones go on.`,
  });
}

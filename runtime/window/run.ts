import type { BatchPlan, PlannedFile } from "#core/batch";
import { FirnError } from "#core/errors";
import { daySeconds, secondsBetween } from "#core/interval";
import { keys, seqOfKey } from "#core/names";
import type { Pipeline } from "#firn";
import { type Hint, inRanges, readHint, writeHint } from "#ledger/hint";
import {
  encode,
  isLatestLedger,
  openTeamLedger,
  readJson,
  readManifest,
  readPlan,
  readRelease,
} from "#ledger/lake";
import { keepLease, releaseLease, takeLease } from "#ledger/lease";
import { readLedger } from "#ledger/watermark";
import type { Ports } from "#ports";
import type { Store } from "#ports/store";
import type { Release, StageState } from "#release";
import { planWindow, type WindowDecision } from "./plan.ts";
import type { WindowRequest } from "./reading.ts";

/** Seconds after which planning asks the ledger itself, whatever the hint says. */
const hintTrustSeconds = daySeconds;

/** Batches one execution may begin; the next execution goes on. Keeps a history under Step Functions' 25,000 events. */
const batchesMax = 1000;

/**
 * Decides what the run reads next and freezes it: the plan is in the lake before anything is read.
 *
 * Takes the lease at the first call of a run. Nothing to read: the lease is released and no warehouse
 * is woken. Retrying is harmless: the same plan is found.
 *
 * @throws {FirnError} `lease.lost`, `release.missing`, `connection.missing`, `environment.invalid`
 */
export async function runWindow(state: StageState, ports: Ports): Promise<StageState> {
  const { team, pipeline, run } = state;
  if (state.epoch > 0) {
    await keepLease(ports, team, pipeline, state.epoch);
    return planNext(state, ports);
  }
  let epoch: number;
  try {
    epoch = await takeLease(ports, team, pipeline, run);
  } catch (error) {
    if (error instanceof FirnError && error.code === "lease.held") return { ...state, next: "skip" };
    throw error;
  }
  try {
    return await planNext({ ...state, epoch }, ports);
  } catch (error) {
    // The state machine goes on with the state it gave, which knows of no lease.
    await releaseLease(ports, team, pipeline, epoch).catch(() => undefined);
    throw error;
  }
}

async function planNext(state: StageState, ports: Ports): Promise<StageState> {
  const { team, pipeline: name, epoch } = state;
  const store = await ports.store(team);
  const { release, pipeline } = await readRelease(store, state);
  const at = state.at === "" ? ports.clock.now() : state.at;
  const { decision } = await decide(state.release, release, pipeline, ports, at);
  await reportChanged(decision.changed, team, name, ports);
  if (decision.kind === "idle" || state.batches >= batchesMax) {
    await releaseLease(ports, team, name, epoch);
    return { ...state, at, epoch, seq: 0, rows: 0, next: "stop" };
  }
  let { plan } = decision;
  if (decision.kind === "new" && !(await store.putIfAbsent(keys.plan(name, plan.seq), encode(plan)))) {
    plan = await readPlan(store, name, plan.seq);
  }
  return { ...state, at, epoch, batches: state.batches + 1, seq: plan.seq, rows: 0, next: "extract" };
}

/** What the next run of a pipeline would read, and why; changes nothing. */
export async function previewWindow(
  hash: string,
  release: Release,
  pipeline: Pipeline,
  ports: Ports,
): Promise<WindowDecision> {
  return (await decide(hash, release, pipeline, ports, ports.clock.now())).decision;
}

async function decide(
  hash: string,
  release: Release,
  pipeline: Pipeline,
  ports: Ports,
  at: string,
): Promise<{ decision: WindowDecision; hint: Hint }> {
  const store = await ports.store(release.team);
  const hint = await trustedHint(release, pipeline, store, ports);
  const finished = hint.done.find(([from]) => from <= 1)?.[1] ?? 0;
  const planned = (await store.list(keys.plans(pipeline.name), keys.plan(pipeline.name, finished))).flatMap(
    (key) => seqOfKey(key) ?? [],
  );
  const open: BatchPlan[] = [];
  for (const seq of planned.filter((each) => !inRanges(hint.done, each)).slice(0, 1)) {
    const plan = await readJson<BatchPlan>(store, keys.plan(pipeline.name, seq));
    if (plan) open.push(plan);
  }
  const newest = Math.max(finished, ...planned, ...hint.done.map(([, to]) => to));
  const decision = planWindow({
    team: release.team,
    pipeline,
    release: hash,
    now: at,
    known: hint,
    open,
    nextSeq: newest + 1,
    ...(pipeline.source.kind === "files" && { inbox: await listInbox(pipeline, ports) }),
    ...(await pastOf(pipeline, store, newest)),
  });
  return { decision, hint };
}

/** What planning must know of earlier plans, where a source has no clock or is compared. */
async function pastOf(
  { name, source, compare }: Pipeline,
  store: Store,
  newest: number,
): Promise<Pick<WindowRequest, "last" | "begunAt">> {
  const clockless = source.kind === "http" && (source.window.by === "id" || source.window.by === "all");
  const last = clockless ? await readJson<BatchPlan>(store, keys.plan(name, newest)) : null;
  const first = compare ? await readJson<BatchPlan>(store, keys.plan(name, 1)) : null;
  return {
    ...(last && {
      last: {
        ingestedAt: last.ingestedAt,
        more: (await readManifest(store, name, newest))?.reached?.more === true,
      },
    }),
    ...(first && { begunAt: first.ingestedAt }),
  };
}

async function trustedHint(release: Release, pipeline: Pipeline, store: Store, ports: Ports): Promise<Hint> {
  const hint = await readHint(store, pipeline.name);
  const now = ports.clock.now();
  // Silver and the ledger are made again from bronze where somebody removed them.
  const standing =
    hint !== null && !ports.warehouseIsGone(release.team) && (await isLatestLedger(store, hint.generation));
  if (standing && Math.abs(secondsBetween(hint.readAt, now)) < hintTrustSeconds) return hint;
  const { generation } = await openTeamLedger(ports, release);
  const warehouse = await ports.warehouse(release.team);
  const fresh = await readLedger(warehouse, store, release.names.ledger, pipeline.name, { generation, now });
  await writeHint(store, pipeline.name, fresh);
  return fresh;
}

async function listInbox(pipeline: Pipeline, ports: Ports): Promise<PlannedFile[]> {
  const source = await ports.source(pipeline.source.kind);
  return (await source.list?.(pipeline.source, ports.address(pipeline.source.connection))) ?? [];
}

async function reportChanged(
  changed: PlannedFile[],
  team: string,
  pipeline: string,
  ports: Ports,
): Promise<void> {
  for (const { path } of changed) {
    await ports.alerts.send({
      severity: "warning",
      team,
      pipeline,
      code: "source.file_changed",
      detail: `${path} was changed in place after it was read. The change is not loaded: deliver it under a new name.`,
      at: ports.clock.now(),
    });
  }
}

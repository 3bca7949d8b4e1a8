import type { NodeResult } from "#core/models";
import { goldFence } from "#core/names";
import { planFence } from "#ledger/fence";
import { openLedger } from "#ledger/migrations";
import { planTables } from "#merge/plan";
import { compile } from "#model/compile";
import { planSteps, upstream } from "#model/dbt/graph";
import type { DbtNode } from "#model/dbt/project";
import { runStep } from "#model/node/run";
import { openProject } from "#model/open";
import { tableOf } from "#model/plan";
import type { Clock } from "#ports/clock";
import type { Store } from "#ports/store";
import type { Warehouse } from "#ports/warehouse";
import { firstModelState, type Release } from "#release";
import type { TableName } from "#sql/dialect";
import { planCut } from "./cut.ts";
import type { Difference } from "./differ/plan.ts";
import { findDifference, readColumns } from "./differ/run.ts";
import type { CutBatch } from "./history/plan.ts";
import { cutHistory, type History, openHistory, promoteCut, readLanded } from "./history/run.ts";
import { chooseSubject, type Event, planEvents, type Subject } from "./plan.ts";
import { openRandom } from "./random.ts";

export interface ProofRequest {
  release: Release;
  hash: string;
  environment: string;
  /** The team's lake; only read. */
  store: Store;
  /** A scratch one of the team's name, empty: everything in it may be dropped. */
  warehouse: Warehouse;
  clock: Clock;
  attemptId(): string;
  /** Models to prove, by name; default all incremental ones. */
  models?: readonly string[];
  /** About how many rows of each pipeline's history are taken; default all. */
  rows?: number;
}

export interface Proof extends Subject {
  histories: History[];
  /** Incremental models that read `as_of`, so that rows left standing keep what it was when they were built. */
  readAsOf: string[];
  /** Cuts the history anew and compares what comes out. The same seed gives the same trial. */
  tryOut(seed: number): Promise<Trial>;
}

export interface Trial {
  seed: number;
  events: Event[];
  models: ModelTrial[];
}

export interface ModelTrial {
  name: string;
  node: DbtNode;
  /** How often it grew by an increment after something was committed. */
  increments: number;
  /** Rows of the rebuild. */
  rows: number;
  /** What could not be built, and why. */
  error?: string;
  difference?: Difference;
}

const generation = "proof";
/** Where the incremental tables lie while gold is rebuilt in their place: their names stand in the SQL. */
const asideSchema = "prove_incremental";

/**
 * Reads a team's history from its lake, for trials in which its models are built by increments and rebuilt.
 *
 * @throws {FirnError} `model.*` for a project that cannot be read, `store.damaged`
 */
export async function openProof(request: ProofRequest): Promise<Proof> {
  const { release, hash, store, warehouse, environment } = request;
  const { names } = release;
  const { dialect } = warehouse;
  const parse = (asOf: string) => openProject(release, { hash, environment, dialect: dialect.name, asOf });
  const subject = chooseSubject(parse(request.clock.now()), request.models);
  const place = { release, hash, warehouse, attemptId: () => request.attemptId() };
  const histories: History[] = [];
  for (const pipeline of release.pipelines) {
    if (!subject.silver.has(pipeline.name)) continue;
    const landed = await readLanded(store, pipeline);
    const rows = landed.reduce((sum, { manifest }) => sum + manifest.rows, 0);
    const share = request.rows === undefined ? 1 : Math.min(1, request.rows / Math.max(1, rows));
    histories.push(await openHistory(place, pipeline, { landed, location: store.location(""), share }));
  }
  // The history's own end, so that a seed gives the same trial whenever it is tried.
  const asOf =
    histories.map(({ endsAt }) => endsAt).reduce((a, b) => (a > b ? a : b), "") || request.clock.now();
  const project = parse(asOf);
  const steps = planSteps(project, subject.nodes).filter(({ node }) => node !== null);
  let runs = 0;
  return { ...subject, histories, readAsOf: modelsThatReadAsOf(), tryOut };

  async function tryOut(seed: number): Promise<Trial> {
    await empty();
    const random = openRandom(seed);
    const batches = new Map<string, Map<number, CutBatch>>();
    for (const history of histories) {
      const cut = planCut(random, history.units);
      if (history.units > 0) batches.set(history.pipeline.name, await cutHistory(place, history, cut));
    }
    const events = planEvents(
      random,
      [...batches].flatMap(([pipeline, cut]) =>
        [...cut].map(([batch, { manifest }]) => ({ pipeline, batch, rows: manifest.rows })),
      ),
    );
    const increments = new Map<string, number>();
    const errors = new Map<string, string>();
    let news = false;
    for (const event of events) {
      if (event === "build") note(await build(false), news);
      else await commit(event.pipeline, event.batch);
      news = event !== "build";
    }
    await setAside();
    note(await build(true), false);
    const models: ModelTrial[] = [];
    for (const node of subject.models) models.push(await judge(node));
    return { seed, events, models };

    function note(results: readonly NodeResult[], news: boolean): void {
      const [first] = results.filter(({ status }) => status === "error");
      for (const { name, kind, status, message } of results) {
        if (kind === "incremental" && status === "success" && news)
          increments.set(name, (increments.get(name) ?? 0) + 1);
        if (status === "success" || errors.has(name)) continue;
        const cause = status === "skipped" ? ` (${first?.name}: ${first?.message})` : "";
        errors.set(name, `${kind === "incremental" ? "as an increment" : "in full"}: ${message}${cause}`);
      }
    }

    async function commit(pipeline: string, batch: number): Promise<void> {
      const history = histories.find((each) => each.pipeline.name === pipeline) as History;
      await promoteCut(place, history.pipeline, batches.get(pipeline)?.get(batch) as CutBatch, generation);
    }

    async function judge(node: DbtNode): Promise<ModelTrial> {
      const error = errors.get(node.name);
      const trial = { name: node.name, node, increments: increments.get(node.name) ?? 0, rows: 0 };
      if (error !== undefined) return { ...trial, error };
      const [counted] = await warehouse.query(
        `SELECT COUNT(*) AS "rows" FROM ${dialect.table(tableOf(node))}`,
      );
      const difference = await findDifference(
        warehouse,
        asideOf(node),
        tableOf(node),
        node.config.unique_key,
      );
      return { ...trial, rows: Number(counted?.rows), ...(difference && { difference }) };
    }
  }

  /** Silver, gold and ledger as before the first run. */
  async function empty(): Promise<void> {
    const { silver, gold, quarantine, ledger, raw } = names;
    await warehouse.run([silver, gold, quarantine, ledger, raw, asideSchema].map(dropSchema));
    await openLedger(warehouse, ledger, { lake: generation, generation, now: asOf });
    const fences = [goldFence, ...histories.map(({ pipeline }) => pipeline.name)];
    await warehouse.run([
      ...dialect.createSchema(gold),
      ...fences.flatMap((fence) => planFence(dialect, ledger, fence)),
      ...histories.flatMap(({ pipeline }) => planTables(dialect, names, pipeline)),
    ]);
  }

  function dropSchema(schema: string): string {
    return `DROP SCHEMA IF EXISTS ${dialect.id(schema)} CASCADE`;
  }

  /** Builds the subject's models, and what they are made of, as a run does, but for their tests. */
  async function build(fullRefresh: boolean): Promise<NodeResult[]> {
    const run = `proof-${++runs}`;
    const state = {
      ...firstModelState({ team: release.team, release: hash, run, at: asOf, fullRefresh }),
      ...{ epoch: runs, generation },
    };
    const results: NodeResult[] = [];
    for (const { node } of steps) {
      const failed = results.filter(({ status }) => status !== "success").map(({ id }) => id);
      const { clock, attemptId } = request;
      const of = { project, release, warehouse, clock, attemptId, state: { ...state, failed } };
      results.push(...(await runStep(of, { node, tests: [] })));
    }
    return results;
  }

  /** Moves the incremental models' tables aside, and leaves gold empty. */
  async function setAside(): Promise<void> {
    const standing: string[] = [];
    for (const node of subject.models) {
      if ((await readColumns(warehouse, tableOf(node))).length === 0) continue;
      standing.push(
        dialect.createTransientAs(asideOf(node), `SELECT * FROM ${dialect.table(tableOf(node))}`),
      );
    }
    await warehouse.run([
      ...dialect.createSchema(asideSchema),
      ...standing,
      dropSchema(names.gold),
      ...dialect.createSchema(names.gold),
    ]);
  }

  function modelsThatReadAsOf(): string[] {
    const { renderer } = project;
    const { asOf } = renderer;
    const reads = (node: DbtNode) => {
      const now = compile(project, node, false);
      renderer.asOf = "2000-01-01T00:00:00.000Z";
      try {
        return compile(project, node, false) !== now;
      } finally {
        renderer.asOf = asOf;
      }
    };
    const madeOf = (node: DbtNode) =>
      [...upstream(project, node)]
        .flatMap((id) => project.nodes.get(id) ?? [])
        .filter(({ resource }) => resource === "model");
    return subject.models.filter((node) => [node, ...madeOf(node)].some(reads)).map(({ name }) => name);
  }
}

function asideOf(node: DbtNode): TableName {
  return { schema: asideSchema, name: tableOf(node).name };
}

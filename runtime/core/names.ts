/**
 * Where things lie in a team's lake. Every key is a pure function of names and numbers, never of a clock.
 *
 * `raw/` is append-only. What can be rewritten (hints, lease heartbeats) lies under `state/`.
 */
export const keys = {
  release: (hash: string) => `state/releases/${hash}.json`,
  /** Where each column of a release's models comes from; there once the release was found to show nothing undeclared. */
  lineage: (hash: string) => `state/lineage/${hash}.json`,
  plans: (pipeline: string) => `raw/${pipeline}/plans/`,
  plan: (pipeline: string, seq: number) => `raw/${pipeline}/plans/${padded(seq)}.json`,
  manifests: (pipeline: string) => `raw/${pipeline}/manifests/`,
  manifest: (pipeline: string, seq: number) => `raw/${pipeline}/manifests/${padded(seq)}.json`,
  /** What the parts and originals of all batches begin with. */
  parts: (pipeline: string) => `raw/${pipeline}/ingest_date=`,
  part: (pipeline: string, ingestedAt: string, seq: number, attempt: string, part: string) =>
    `raw/${pipeline}/ingest_date=${ingestedAt.slice(0, 10)}/${padded(seq)}/${attempt}/${part}`,
  /** Which lake this is. */
  lake: "state/lake.json",
  /** Which ledger was opened last, for plans that wake no warehouse. */
  ledger: "state/ledger.json",
  hint: (pipeline: string) => `state/hints/${pipeline}.json`,
  leases: (pipeline: string) => `state/leases/${pipeline}/`,
  lease: (pipeline: string, epoch: number) => `state/leases/${pipeline}/${padded(epoch, 9)}.json`,
  leaseBeat: (pipeline: string, epoch: number) => `state/leases/${pipeline}/${padded(epoch, 9)}.beat.json`,
  /** A model run: its plan, and how each node ended, by its place in the plan. */
  modelRuns: "state/models/",
  modelPlan: (run: string) => `state/models/${run}/plan.json`,
  nodeResult: (run: string, at: number) => `state/models/${run}/nodes/${padded(at)}.json`,
  /** dbt's own files of a run: manifest.json, run_results.json. */
  artifact: (run: string, name: string) => `state/models/${run}/${name}`,
  /** What the last model run that came to its end was built from. */
  lastModels: "state/models/last.json",
  /** That an alert was sent, so that it is not sent again. */
  told: (of: string) => `state/watch/told/${of}`,
  run: (pipeline: string, run: string) => `state/runs/${pipeline}/${run}.json`,
  runs: (pipeline: string) => `state/runs/${pipeline}/`,
} as const;

/** A batch's id: readable, sortable, the same for every attempt. */
export function batchId(pipeline: string, seq: number): string {
  return `${pipeline}.${padded(seq)}`;
}

/** The sequence number in a plan's or manifest's key; null for any other key. */
export function seqOfKey(key: string): number | null {
  const match = /\/(\d{6,})\.json$/.exec(key);
  return match ? Number(match[1]) : null;
}

/** What a team's gold is leased, fenced and told of as, where a pipeline's name would stand; none can be named so. */
export const goldFence = "_gold";

/** The warehouse's names for a pipeline. `database` is the team's own. */
export interface WarehouseNames {
  database: string;
  raw: string;
  silver: string;
  gold: string;
  quarantine: string;
  ledger: string;
  /** The schema of the masking policies, which new tables carry; absent where the warehouse has none. */
  masks?: string;
  /** The warehouse, Snowflake's sense of the word, that loads, checks, merges and models. */
  elt: string;
}

/**
 * Derives the warehouse names of a team, once, for its release; handlers read them from there.
 *
 * @param environment one Snowflake account can hold several; a laptop has one, and needs no prefix
 * @param masks the warehouse has masking policies
 */
export function warehouseNames(team: string, environment?: string, masks = false): WarehouseNames {
  const database = environment === undefined ? team : `${environment}_${team}`;
  return {
    database,
    raw: "raw",
    silver: "silver",
    gold: "gold",
    quarantine: "quarantine",
    ledger: "ledger",
    ...(masks && { masks: "ledger" }),
    elt: `${database}_elt`,
  };
}

/** The procedure that grants a model to the teams it is shared with, whatever it was made anew as. */
export const shareProcedure = "share_gold";

/** The masking policy of a column's type: each type has its own, since a policy gives back what it takes. */
export function maskName(type: string): string {
  return `mask_${type.replaceAll(/\W+/g, "_").replace(/_$/, "")}`;
}

function padded(value: number, digits = 6): string {
  return String(value).padStart(digits, "0");
}

/** The contract between deploy time and run time: what a run needs to know, by one hash. */
import { z } from "zod";
import { sha256 } from "#core/ids";
import { type WarehouseNames, warehouseNames } from "#core/names";
import type { Budget, Environment, Pipeline, Team, WarehouseSpec, Workload } from "#firn";

/** A team's validated declarations, derived names and dbt files, one content-addressed object in its lake. */
export interface Release {
  format: 1;
  team: string;
  names: WarehouseNames;
  pipelines: Pipeline[];
  /** The dbt project's files by path; empty where the team has none. */
  models: Record<string, string>;
  /** Gold it may read of other teams: model names by team. */
  reads: Record<string, string[]>;
  testsPassedShareMin: number;
  /** Its own gold that other teams may read: each is granted anew whenever it was built. Absent for none. */
  shares?: string[];
  /** What its warehouse costs and may cost; absent where the team does not declare it. */
  elt?: WarehouseSpec;
  budget?: Budget;
  /** Where all of it is; absent on a laptop. */
  cloud?: CloudRelease;
}

/**
 * What handlers in AWS read instead of deriving it: names as they were deployed, and what their environment
 * declares. It holds no secret, only what secrets are called.
 */
export interface CloudRelease
  extends Pick<Environment, "connections" | "retry" | "stageSecondsMax" | "leaseSeconds"> {
  environment: string;
  account: string;
  region: string;
  /** `alias/...` of the team's key. */
  keyAlias: string;
  buckets: { inbox: string; raw: string; curated: string };
  /** ARN of the topic that takes the team's alerts. */
  topic: string;
  /** ARNs of the state machines by pipeline, and of the one that builds gold. */
  machines: Record<string, string>;
  gold: string;
  /** Secrets Manager's names by the names that declarations use. */
  secrets: Record<string, string>;
  /** Days that what a manifest names is locked for; absent: it is not. */
  lockDays?: number;
  snowflake: {
    /** `<organization>-<account>`. */
    account: string;
    database: string;
    /** The account has what edition enterprise adds: masking policies, search optimisation. */
    enterprise: boolean;
    signIn: "workload_identity" | "key_pair";
    /** The workload whose warehouse builds gold. */
    modelsOn: Workload;
    /** Warehouses and service users by workload. */
    warehouses: Partial<Record<Workload, string>>;
    users: Partial<Record<Workload, string>>;
    roles: Record<"admin" | "loader" | "writer" | "reader" | "owner" | "ledger", string>;
    /** The storage integration that reads raw. */
    integration: string;
  };
}

/**
 * Makes a team's release and its hash. Parsed declarations have one order of fields, columns keep theirs: it
 * is silver's.
 *
 * @param teams all teams there are, for what they grant to this one
 * @param cloud where all of it was deployed; absent for a laptop's, which is alone
 */
export function makeRelease(
  team: Team,
  teams: readonly Team[] = [],
  cloud?: CloudRelease,
): { hash: string; release: Release; body: Uint8Array } {
  const release: Release = {
    format: 1,
    team: team.name,
    names: cloud ? cloudNames(team, cloud) : warehouseNames(team.name),
    pipelines: team.pipelines,
    models: team.models ?? {},
    reads: Object.fromEntries(
      teams.flatMap(({ name, grants }) => {
        const models = (grants ?? []).filter(({ to }) => to === team.name).flatMap((grant) => grant.models);
        return models.length > 0 ? [[name, models]] : [];
      }),
    ),
    testsPassedShareMin: team.testsPassedShareMin ?? 1,
    ...(team.grants && { shares: [...new Set(team.grants.flatMap(({ models }) => models))] }),
    ...(team.warehouses?.elt && { elt: team.warehouses.elt }),
    ...(team.budget && { budget: team.budget }),
    ...(cloud && { cloud }),
  };
  const body = JSON.stringify(release);
  return { hash: sha256(body), release, body: new TextEncoder().encode(body) };
}

/** Firn writes names in lower case, and Snowflake's dialect in upper case, as they were deployed. */
function cloudNames(team: Team, { environment, snowflake }: CloudRelease): WarehouseNames {
  const derived = warehouseNames(team.name, environment, snowflake.enterprise);
  return {
    ...derived,
    database: snowflake.database.toLowerCase(),
    elt: snowflake.warehouses.elt?.toLowerCase() ?? derived.elt,
  };
}

/**
 * Of a statement that the warehouse works on: what a stage that is called again needs to ask for it. A state
 * that an older execution carries has none.
 */
const pending = {
  /** The statement's id in the warehouse; empty for none. */
  statement: z.string().default(""),
  /** Seconds until it is asked for; 0 while there is none. */
  waitSeconds: z.number().int().min(0).max(60).default(0),
} as const;

/**
 * The state of a stage that waits for a statement it submitted: the state machine calls it again, sooner at first.
 * From 1 second it doubles to 60, so that an hour's statement costs about 70 calls.
 */
export function waitingFor<S extends StageState | ModelState>(state: S, statement: string): S {
  const again = state.statement === statement && state.waitSeconds > 0;
  return {
    ...state,
    statement,
    waitSeconds: again ? Math.min(60, state.waitSeconds * 2) : 1,
    next: "wait",
  };
}

/** The state of a stage whose statement has come to its end. */
export function answered<S extends StageState | ModelState>(state: S): S {
  return { ...state, statement: "", waitSeconds: 0 };
}

/**
 * What every stage takes and gives: references, never rows. `next` is what the state machine does then.
 *
 * A stage may be called alone with the output of the one before it.
 */
export const stageState = z.strictObject({
  team: z.string(),
  pipeline: z.string(),
  /** The release's hash. */
  release: z.string(),
  /** The execution's name. */
  run: z.string(),
  /** The instant the execution began; its windows end no later, so that it comes to an end. Empty before. */
  at: z.string(),
  /** The lease's epoch; 0 before it is taken. */
  epoch: z.number().int().min(0),
  /** Batches this execution has begun. */
  batches: z.number().int().min(0),
  /** The batch at work; 0 for none. */
  seq: z.number().int().min(0),
  /** Rows in the batch's manifest. */
  rows: z.number().int().min(0),
  /** The ledger's generation; empty before the warehouse is asked. */
  generation: z.string(),
  /** The batch was promoted before and is promoted again. */
  replay: z.boolean(),
  /** Of a replay: only rows that stand in quarantine, where the strategy takes rows alone. */
  quarantined: z.boolean(),
  ...pending,
  next: z.enum(["window", "extract", "load", "check", "merge", "wait", "stop", "skip"]),
});
export type StageState = z.infer<typeof stageState>;

/** The state an execution begins with. */
export function firstState(of: { team: string; pipeline: string; release: string; run: string }): StageState {
  return {
    ...of,
    at: "",
    epoch: 0,
    batches: 0,
    seq: 0,
    rows: 0,
    generation: "",
    replay: false,
    quarantined: false,
    statement: "",
    waitSeconds: 0,
    next: "window",
  };
}

/** What the tasks of a team's model run take and give. */
export const modelState = z.strictObject({
  team: z.string(),
  /** The release's hash. */
  release: z.string(),
  run: z.string(),
  /** The instant the run began: what `as_of` is. Empty before. */
  at: z.string(),
  epoch: z.number().int().min(0),
  generation: z.string(),
  /** dbt's selectors; none means all. */
  select: z.array(z.string()),
  exclude: z.array(z.string()),
  /** Kinds of nodes to run. */
  resources: z.array(z.enum(["model", "snapshot", "seed", "test"])),
  fullRefresh: z.boolean(),
  /** Declared to be one, so that a larger scan is no surprise. */
  backfill: z.boolean(),
  /** Run though nothing has changed since the last run. */
  forced: z.boolean(),
  /** The step at work. */
  position: z.number().int().min(0),
  /** Nodes that failed, whose descendants are skipped. */
  failed: z.array(z.string()),
  ...pending,
  next: z.enum(["select", "model", "watch", "wait", "stop", "skip"]),
});
export type ModelState = z.infer<typeof modelState>;

/** The state a model run begins with. */
export function firstModelState(
  of: Pick<ModelState, "team" | "release" | "run"> & Partial<ModelState>,
): ModelState {
  return {
    at: "",
    epoch: 0,
    generation: "",
    select: [],
    exclude: [],
    resources: ["model", "snapshot", "seed", "test"],
    fullRefresh: false,
    backfill: false,
    forced: false,
    position: 0,
    failed: [],
    statement: "",
    waitSeconds: 0,
    next: "select",
    ...of,
  };
}

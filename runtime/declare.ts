/**
 * The vocabulary of a declaration: schemas and types of team, pipeline, source, column, from one source.
 *
 * Declarations are plain data, JSON-safe. `pipeline()` and `team()` only help the compiler: a key that
 * is no column fails `tsc`. What types cannot tell, `parseTeams` reports, every problem at once.
 */
import { z } from "zod";
import { type ColumnType, parseDecimal } from "#core/columns";
import { FirnError } from "#core/errors";
import { contradictions } from "./declare/contradictions.ts";
import { budget, warehouses } from "./declare/cost.ts";
import { type Environment, environmentSchema, missingWarehouses } from "./declare/environment.ts";
import { expectation } from "./declare/expectations.ts";
import { platform } from "./declare/platform.ts";
import { filesSource, httpSource } from "./declare/sources.ts";
import { type NamedStrategy, strategy } from "./declare/strategies.ts";
import { family, name, positive } from "./declare/values.ts";

export type { Budget, WarehouseSize, WarehouseSpec, Warehouses, Workload } from "./declare/cost.ts";
export { warehouseSizes, workloads } from "./declare/cost.ts";
export type { Cloud, Environment } from "./declare/environment.ts";
export { unknownEnvironment } from "./declare/environment.ts";
export type { Expectation } from "./declare/expectations.ts";
export type { FilesSource, HttpSource, Source } from "./declare/sources.ts";
export type {
  Append,
  ReplaceChildren,
  ReplacePartition,
  Strategy,
  Upsert,
} from "./declare/strategies.ts";

const instant = z.iso.datetime({
  offset: false,
  error: "must be an ISO 8601 instant in UTC, such as 2024-01-01T00:00:00Z",
});

const columnType = z.custom<ColumnType>(
  (value) =>
    typeof value === "string" &&
    (["text", "integer", "float", "boolean", "date", "timestamp", "json"].includes(value) ||
      validDecimal(value)),
  "must be text, integer, float, boolean, date, timestamp, json or decimal(p,s) with 0 <= s < p <= 38",
);

const column = z.strictObject({
  type: columnType,
  /** The source's field; default: the column's own name. Any characters are allowed. */
  from: z.string().min(1).optional(),
  /** A row without a value goes to quarantine. Key and version columns are required anyway. */
  required: z.boolean().optional(),
  /**
   * `hash` and `drop` are done before anything is written: `hash` leaves a keyed HMAC-SHA-256 in hex, the same for
   * equal values of a team; `drop` leaves nothing. They cost about four times the packing time of a page source.
   *
   * `mask` hides the value in Snowflake (edition enterprise) from all but the team's `clearTextRoles` and what
   * loads it; gold is built from the hidden value. Lake and laptop hold it in clear. Taking `mask` away hides it
   * still, until an administrator takes the policy away.
   */
  pii: z.enum(["hash", "drop", "mask"]).optional(),
  /**
   * How the source writes a date (`YYYY-MM-DD`, default; `DD/MM/YYYY`; `MM/DD/YYYY`; `YYYYMMDD`) or a
   * timestamp (`iso`, default: needs an offset; `iso-utc`: without one it is UTC; `epoch-seconds`;
   * `epoch-millis`). Firn never guesses.
   */
  format: z
    .enum([
      "YYYY-MM-DD",
      "DD/MM/YYYY",
      "MM/DD/YYYY",
      "YYYYMMDD",
      "iso",
      "iso-utc",
      "epoch-seconds",
      "epoch-millis",
    ])
    .optional(),
});
export type Column = z.infer<typeof column>;

const schedule = z.strictObject({
  everyMinutes: positive,
  /** IANA name of the zone whose midnight starts are counted from, so that a daily one keeps its hour. Default UTC. */
  timeZone: z.string().refine(isTimeZone, "is no IANA time zone, such as Europe/Zurich").optional(),
  /** Of a daily one: the hour it starts at, in its zone. Default 0. */
  atHour: z.number().int().min(0).max(23).optional(),
});

const pipelineSchema = z
  .strictObject({
    name,
    description: z.string().optional(),
    source: z.discriminatedUnion("kind", [httpSource, filesSource]),
    columns: z
      .record(name, column)
      .refine((columns) => Object.keys(columns).length > 0, "declares no column"),
    strategy,
    /** Needed for sources read by time or date. */
    watermark: z
      .strictObject({
        /** Where the history begins: `(start, ...]`. */
        start: instant,
        /** How far behind now a window ends, so that rows committed late are seen. Default 300. */
        lagSeconds: z.number().int().min(0).optional(),
        /**
         * How far behind the watermark a window begins; the merge absorbs what comes twice. Default 600; for
         * windows by date 0.
         */
        overlapSeconds: z.number().int().min(0).optional(),
        /** For windows by date: whole days behind the watermark that are read again. Default 0. */
        overlapDays: z.number().int().min(0).optional(),
        /** The longest window of one batch, in days. Default 31. */
        batchDaysMax: z.number().positive().optional(),
      })
      .optional(),
    /** Judge the whole batch before it is promoted; each passes when the share `mostly` (default 1) does. */
    expectations: z.array(expectation).optional(),
    /** How often it is due. Default: whenever it is run. */
    schedule: schedule.optional(),
    /**
     * Reads all the source has, at intervals, and compares it with silver: finds rows that were deleted
     * without a word and rows that drifted. What drifted is merged. For upserts of a source read by time
     * or id; costs a full read.
     */
    compare: z
      .strictObject({
        everyDays: positive,
        /** `report` tells what is missing at the source; `delete` also leaves tombstones. Default `report`. */
        missing: z.enum(["report", "delete"]).optional(),
        /** The largest share of silver's rows that may be deleted at once; beyond it is only told. Default 0.05. */
        deletedShareMax: z.number().gt(0).max(1).optional(),
      })
      .optional(),
  })
  .superRefine((pipeline, ctx) => {
    for (const { path, message } of contradictions(pipeline)) ctx.addIssue({ code: "custom", path, message });
  })
  .transform((pipeline, ctx) => {
    const { prefix, ...source } = pipeline.source;
    const prefixed = name.safeParse(`${prefix ?? ""}${pipeline.name}`);
    if (!prefixed.success)
      ctx.addIssue({ code: "custom", path: ["name"], message: "is too long with the source's prefix" });
    return { ...pipeline, name: prefixed.data ?? pipeline.name, source };
  });
export type Pipeline = z.infer<typeof pipelineSchema>;

const teamSchema = z.strictObject({
  name,
  pipelines: z.array(pipelineSchema).min(1),
  /** Its warehouses by workload; in the cloud `elt` and `bi` are there by default. */
  warehouses: warehouses.optional(),
  budget: budget.optional(),
  /** Gold that other teams may read, as a source named after this team. Default: none. */
  grants: z.array(z.strictObject({ to: name, models: z.array(name).min(1) })).optional(),
  /** The share of a model run's tests that must pass for the run to count as done. Default 1. */
  testsPassedShareMin: z.number().gt(0).max(1).optional(),
  ...platform,
  /** The files of its dbt project by path; `loadStacks` reads them, nobody writes them here. */
  models: z.record(z.string(), z.string()).optional(),
});
export type Team = z.infer<typeof teamSchema>;

export interface Stacks {
  environment: Environment;
  teams: Team[];
}

/** Declares a pipeline; keys, versions and ids that are no columns fail `tsc`. */
export function pipeline<const C extends Record<string, Column>>(
  declaration: Omit<z.input<typeof pipelineSchema>, "columns" | "strategy"> & {
    columns: C;
    strategy: NamedStrategy<keyof C & string>;
  },
): Pipeline {
  return declaration as unknown as Pipeline;
}

/** Declares a team and its pipelines. */
export function team(declaration: Team): Team {
  return declaration;
}

/** Declares an environment. */
export function environment(declaration: Environment): Environment {
  return declaration;
}

/**
 * Checks all declarations together.
 *
 * @throws {FirnError} `declare.invalid` with every problem of every declaration: its path and its fix.
 */
export function parseStacks(input: { environment: unknown; teams: unknown[] }): Stacks {
  const problems: string[] = [];
  const env = environmentSchema.safeParse(input.environment);
  if (!env.success)
    problems.push(...env.error.issues.map((issue) => told("environment", input.environment, issue)));
  const teams: Team[] = [];
  for (const candidate of input.teams) {
    const parsed = teamSchema.safeParse(candidate);
    if (parsed.success) teams.push(parsed.data);
    else {
      problems.push(...parsed.error.issues.map((issue) => told("team", candidate, issue)));
      problems.push(...unknownConnections(rightPipelines(candidate), env.data));
    }
  }
  problems.push(...repeated(teams.map(({ name }) => `team ${name}`)));
  problems.push(...unknownGrantees(teams));
  problems.push(...teams.flatMap((team) => missingWarehouses(team, env.data)));
  for (const { name, pipelines } of teams) {
    problems.push(...repeated(pipelines.map((each) => `pipeline ${each.name} of team ${name}`)));
    problems.push(...unknownConnections(pipelines, env.data));
    problems.push(...unknownRelationships(name, pipelines));
  }
  if (problems.length > 0 || !env.success) {
    throw new FirnError("declare.invalid", {
      what: `The declarations have ${problems.length} problem${problems.length === 1 ? "" : "s"}:\n  - ${problems.join("\n  - ")}\n`,
      why: "Nothing was read or written: a run starts only from declarations that are right.",
      fix: "Mend each path named above under stacks/ and run again.",
    });
  }
  return { environment: env.data, teams };
}

function told(kind: string, candidate: unknown, issue: z.core.$ZodIssue): string {
  const path: string[] = [];
  let at: unknown = candidate;
  const nameOf = (value: unknown) =>
    value !== null && typeof value === "object" && "name" in value ? String(value.name) : undefined;
  path.push(nameOf(candidate) ?? kind);
  for (const step of issue.path) {
    at = at !== null && typeof at === "object" ? (at as Record<PropertyKey, unknown>)[step] : undefined;
    path.push(typeof step === "number" ? (nameOf(at) ?? String(step)) : String(step));
  }
  const message = issue.code === "invalid_key" ? (issue.issues[0]?.message ?? issue.message) : issue.message;
  return `${path.join(".")}: ${message}`;
}

/** The pipelines of a wrong team that are right in themselves: their other problems are told, too. */
function rightPipelines(candidate: unknown): Pipeline[] {
  const listed = z.object({ pipelines: z.array(z.unknown()) }).safeParse(candidate);
  return (listed.data?.pipelines ?? []).flatMap((each) => pipelineSchema.safeParse(each).data ?? []);
}

function repeated(names: string[]): string[] {
  return [...new Set(names.filter((each, at) => names.indexOf(each) !== at))].map(
    (each) => `${each}: declared twice; rename one`,
  );
}

function unknownGrantees(teams: Team[]): string[] {
  return teams.flatMap(({ name, grants }) =>
    (grants ?? []).flatMap(({ to }, at) =>
      to === name || !teams.some((team) => team.name === to)
        ? [`${name}.grants.${at}.to: "${to}" is no other team; name one that stacks/index.ts lists`]
        : [],
    ),
  );
}

function unknownConnections(pipelines: Pipeline[], environment: Environment | undefined): string[] {
  if (!environment) return [];
  return pipelines
    .filter(({ source }) => !Object.hasOwn(environment.connections, source.connection))
    .map(
      ({ name, source }) =>
        `${name}.source.connection: "${source.connection}" has no address; add it to connections in stacks/environments/${environment.name}.ts`,
    );
}

function unknownRelationships(teamName: string, pipelines: Pipeline[]): string[] {
  return pipelines.flatMap(({ name, columns, expectations }) =>
    (expectations ?? []).flatMap((each, at) => {
      if (each.kind !== "relationship") return [];
      const path = `${name}.expectations.${at}`;
      const target = pipelines.find((pipeline) => pipeline.name === each.to);
      const [type, toType] = [columns[each.column]?.type, target?.columns[each.toColumn]?.type];
      if (!toType)
        return [`${path}: "${each.to}.${each.toColumn}" is no column of a pipeline of team ${teamName}`];
      return type && family(type) !== family(toType)
        ? [`${path}: "${each.column}" is ${type}, but "${each.to}.${each.toColumn}" is ${toType}`]
        : [];
    }),
  );
}

function validDecimal(type: string): boolean {
  const decimal = parseDecimal(type);
  return (
    decimal !== null && decimal.precision >= 1 && decimal.precision <= 38 && decimal.scale < decimal.precision
  );
}

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/**
 * The world of the functions: S3, Snowflake, Secrets Manager, SNS, CloudWatch and Step Functions.
 *
 * What a handler needs it names, and only that is in its bundle and in its reach. An adapter that is not built
 * yet is refused by name, with `adapter.missing`; nothing pretends.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { openFolderScratch } from "#adapters/scratch";
import { FirnError } from "#core/errors";
import type { Environment } from "#firn";
import { requireRelease } from "#ledger/lake";
import type { Ports } from "#ports";
import type { Alerts } from "#ports/alerts";
import type { Clock } from "#ports/clock";
import type { Executions } from "#ports/executions";
import type { Gauges } from "#ports/gauges";
import type { Metrics } from "#ports/metrics";
import type { Packer } from "#ports/packer";
import type { Secrets } from "#ports/secrets";
import type { SourceReader } from "#ports/source";
import type { Store } from "#ports/store";
import type { Warehouse } from "#ports/warehouse";
import type { Release } from "#release";

const list = z.string().transform((text) => text.split(",").filter((each) => each !== ""));

/** What a function is told by its configuration: names, never a secret. */
const variables = z.object({
  FIRN_ENVIRONMENT: z.string().min(1),
  /** Absent of a function that all teams share. */
  FIRN_TEAM: z.string().min(1).optional(),
  /** The bucket of the team's lake. */
  FIRN_LAKE: z.string().min(1).optional(),
  /** The release that new executions begin with. Only of functions that start or judge them. */
  FIRN_RELEASE: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  /** Whom to forward alerts to. */
  FIRN_TARGETS: list.pipe(z.array(z.enum(["slack", "pagerDuty"]))).optional(),
  AWS_LAMBDA_FUNCTION_NAME: z.string().default("a function"),
  AWS_LAMBDA_LOG_STREAM_NAME: z.string().default(""),
});
export type Variables = z.infer<typeof variables>;

/** The process's variables, checked. @throws {FirnError} `environment.invalid` with every problem */
export function readVariables(given: Record<string, string | undefined> = process.env): Variables {
  const read = variables.safeParse(given);
  if (read.success) return read.data;
  throw new FirnError("environment.invalid", {
    what: `The function's configuration is wrong: ${read.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ")}.`,
    why: "A function is told by variables whose it is and where the lake lies.",
    fix: "They are set by `pulumi up`: run it again, and change none by hand.",
  });
}

/** A variable that this function needs. @throws {FirnError} `environment.invalid` */
export function requireVariable<K extends keyof Variables>(
  of: Variables,
  name: K,
): NonNullable<Variables[K]> {
  const value = of[name];
  if (value !== undefined) return value as NonNullable<Variables[K]>;
  throw new FirnError("environment.invalid", {
    what: `The function is not told ${name}.`,
    why: "It cannot know whose work it does, or where the lake lies.",
    fix: "It is set by `pulumi up`: run it again, and change none by hand.",
  });
}

/**
 * How ports are opened. A handler names those it uses; a test brings its own.
 *
 * What has weight is opened in a file of its own beside this one, so that a bundle carries only what its handler
 * names.
 */
export interface Adapters {
  store: (bucket: string) => Promise<Store>;
  secrets: () => Secrets;
  alerts: () => Alerts;
  warehouse: (release: Release, reads: readonly string[]) => Promise<Warehouse>;
  source: (kind: "http" | "files", of: { secrets: Secrets; clock: Clock }) => Promise<SourceReader>;
  packer: () => Promise<Packer>;
}

export const openBucket: Adapters["store"] = () => Promise.reject(missing("stores/s3", "The lake"));
export const openSnowflake: Adapters["warehouse"] = () =>
  Promise.reject(missing("warehouses/snowflake", "The warehouse"));
/** Opened by the waker alone. */
export const openExecutions = (): Promise<Executions> =>
  Promise.reject(missing("executions/stepfunctions", "Starting a state machine"));
/** Opened by the heartbeat alone. */
export const openGauges = (): Promise<Gauges> => Promise.reject(missing("gauges/cloudwatch", "A metric"));
export const openSecrets: Adapters["secrets"] = () => ({
  get: () => Promise.reject(missing("secrets/secretsmanager", "A secret")),
});
export const openTopic: Adapters["alerts"] = () => ({
  send: () => Promise.reject(missing("alerts/sns", "An alert")),
});

/** Files in the team's inbox bucket. */
export const openInbox: Adapters["source"] = () => Promise.reject(missing("sources/inbox", "The inbox"));

/** Every function's part of the world: what is seldom used is opened at its first use. */
export function openAwsWorld(
  told: Variables,
  environment: Environment,
  release: Release,
  adapters: Partial<Adapters> = {},
): Ports {
  const clock = openClock();
  const secrets = (adapters.secrets ?? openSecrets)();
  const owner = `${told.AWS_LAMBDA_FUNCTION_NAME} (${told.AWS_LAMBDA_LOG_STREAM_NAME})`;
  const once = new Map<string, Promise<unknown>>();
  return {
    environment,
    clock,
    secrets,
    alerts: (adapters.alerts ?? openTopic)(),
    metrics: openMeasurements(),
    scratch: openFolderScratch("/tmp/firn", owner),
    owner,
    // A function does not see whether another still lives: a lease ends by its silence alone.
    ownerIsGone: () => false,
    warehouseIsGone: () => false,
    attemptId: () => `${clock.now().replaceAll(/[-:.TZ]/g, "")}-${randomBytes(6).toString("hex")}`,
    address: (connection) => addressOf(environment, connection),
    store: (team) => {
      if (team !== release.team) return Promise.reject(notOurs(team, release.team));
      return opened("store", () => (adapters.store ?? openBucket)(requireVariable(told, "FIRN_LAKE")));
    },
    warehouse: (team, reads = []) => {
      if (team !== release.team) return Promise.reject(notOurs(team, release.team));
      const open = adapters.warehouse ?? (() => Promise.reject(unnamed("warehouse")));
      return opened(`warehouse ${reads.join()}`, () => open(release, reads));
    },
    source: (kind) => {
      const open = adapters.source ?? (() => Promise.reject(unnamed("source")));
      return opened(`source ${kind}`, () => open(kind, { secrets, clock }));
    },
    packer: () => opened("packer", adapters.packer ?? (() => Promise.reject(unnamed("packer")))),
  };

  /** A function's process serves many calls, one at a time. A failure is not remembered. */
  function opened<T>(name: string, open: () => Promise<T>): Promise<T> {
    const standing = (once.get(name) as Promise<T> | undefined) ?? open();
    once.set(name, standing);
    standing.catch(() => once.delete(name));
    return standing;
  }
}

/** The release that an event names, and the environment it was made for. */
export async function openRelease(
  told: Variables,
  hash: string,
  adapters: Partial<Adapters>,
): Promise<{ release: Release; environment: Environment }> {
  const store = await (adapters.store ?? openBucket)(requireVariable(told, "FIRN_LAKE"));
  const release = await requireRelease(store, hash);
  return { release, environment: environmentOf(told, release) };
}

/** The environment as the release says it: addresses are looked up where the rules are. */
function environmentOf(told: Variables, { cloud, team }: Release): Environment {
  if (cloud?.environment !== told.FIRN_ENVIRONMENT || team !== told.FIRN_TEAM)
    throw new FirnError("environment.invalid", {
      what: `The release is of ${team} in ${cloud?.environment ?? "a laptop"}, and the function of ${told.FIRN_TEAM ?? "no team"} in ${told.FIRN_ENVIRONMENT}.`,
      why: "A release says where its lake and its warehouse are; another one's would mix two.",
      fix: "Start executions through the waker, or with the release that `pulumi up` printed.",
    });
  const { environment: name, connections, retry, stageSecondsMax, leaseSeconds } = cloud;
  return { name, connections, retry, stageSecondsMax, leaseSeconds };
}

/**
 * Measurements as lines of the function's log, one JSON object each, which Logs Insights can ask: they cost nothing
 * until somebody does.
 */
function openMeasurements(): Metrics {
  const write = (line: object) => console.log(JSON.stringify(line));
  return {
    record(measurement) {
      if (measurement.done) write({ kind: "firn.measured", ...measurement });
    },
    built: (team, { id, status }) => write({ kind: "firn.built", team, node: id, status }),
  };
}

export function openClock(): Clock {
  return {
    now: () => new Date().toISOString(),
    sleep: (milliseconds, signal) =>
      delay(milliseconds, undefined, signal && { signal }).catch(() => undefined),
  };
}

function addressOf({ connections, name }: Environment, connection: string): string {
  const found = Object.hasOwn(connections, connection) ? connections[connection] : undefined;
  if (found) return found;
  throw new FirnError("connection.missing", {
    what: `Connection "${connection}" has no address in environment "${name}".`,
    why: "Declarations name their source; only the environment knows where it is.",
    fix: `Add it to connections in stacks/environments/${name}.ts and run \`pulumi up\`.`,
  });
}

function missing(adapter: string, what: string): FirnError {
  return new FirnError("adapter.missing", {
    what: `${what} cannot be opened: the adapter ${adapter} is not built yet.`,
    why: "This version of Firn makes an environment in the cloud, and runs pipelines on a laptop.",
    fix: "Run it on a laptop (`npx firn run`), or deploy a version that has the adapter.",
  });
}

function unnamed(port: string): Error {
  return new TypeError(`this function's handler names no ${port}, and what it runs asked for one`);
}

function notOurs(team: string, ours: string): Error {
  return new TypeError(`a function of team ${ours} was asked for what team ${team} has`);
}

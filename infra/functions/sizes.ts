/** The functions of a team: which code each runs, and how much of a machine it has. Data, with its reasons. */
import type { Task } from "#orchestrate/definition";
import type { ArchiveName } from "../archives/plan.ts";
import type { FunctionName, Scope } from "../scope.ts";

export interface Size {
  archive: ArchiveName;
  /** `index.<export>`. */
  handler: string;
  memoryMegabytes: number;
  /** At most the environment's `stageSecondsMax`. */
  timeoutSeconds: number;
  /** Of /tmp; 512 cost nothing. */
  diskMegabytes: number;
}

const size = (archive: ArchiveName, memoryMegabytes: number, timeoutSeconds: number): Size => ({
  archive,
  handler: "index.handler",
  memoryMegabytes,
  timeoutSeconds,
  diskMegabytes: 512,
});

/**
 * Memory also buys processor time: 1,769 MB are one core. What waits for Snowflake needs little, and 512 MB load
 * the driver in half the time of 256 for the same price.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
 */
export const sizes: Readonly<Record<FunctionName, Size>> = {
  window: size("window", 512, 300),
  // DuckDB has 256 MB, two chunks of each shard are in memory, and two cores pack: 600 MB were measured on a laptop.
  // What was packed lies in /tmp until it is put.
  extract: { ...size("extract", 3_538, 900), diskMegabytes: 4_096 },
  // A long statement is polled, so these end in seconds; the rest is for a warehouse that is just waking up.
  load: size("load", 512, 300),
  check: size("check", 512, 300),
  merge: size("merge", 512, 300),
  // They render a dbt project in memory.
  select: { ...size("model", 1_024, 300), handler: "index.select" },
  model: { ...size("model", 1_024, 900), handler: "index.model" },
  watch: size("watch", 512, 300),
  notify: size("notify", 256, 60),
  // It answers before SQS shows its messages again: the queue hides them six times as long.
  waker: size("waker", 256, 60),
  heartbeat: size("heartbeat", 256, 120),
};

/** What forwards alerts, for all teams. */
export const forwardSize: Size = size("forward", 256, 60);

/** The archive behind a task. */
export function archiveOf(task: FunctionName): ArchiveName {
  return sizes[task].archive;
}

const ofGold: readonly Task[] = ["select", "model", "watch"];

/** The tasks a team has: those of gold only where it has models. */
export function taskFunctions({ team }: Pick<Scope, "team">): Task[] {
  const tasks: Task[] = ["window", "extract", "load", "check", "merge"];
  return [...tasks, ...(hasModels({ team }) ? ofGold : []), "notify"];
}

/** All functions a team has. The heartbeat only where something would hear it. */
export function functionsOf(scope: Pick<Scope, "team" | "environment">): FunctionName[] {
  return [...taskFunctions(scope), "waker", ...(hasHeartbeat(scope) ? (["heartbeat"] as const) : [])];
}

export function hasModels({ team }: Pick<Scope, "team">): boolean {
  return Object.keys(team.models ?? {}).length > 0;
}

/** Whether a team's pipelines are due at times, and somebody is told when they did not come. */
export function hasHeartbeat({ team, environment }: Pick<Scope, "team" | "environment">): boolean {
  return environment.cloud.alarms && team.pipelines.some(({ schedule }) => schedule);
}

/** The edge of every function: its event checked, its world opened, its failure named for who called. */
import { z } from "zod";
import { asFirnError } from "#core/errors";
import type { Task } from "#orchestrate/definition";
import {
  type ModelStage,
  runModelStage,
  runNotify,
  runStage,
  type Stage,
  StageFailure,
} from "#orchestrate/stage";
import type { Ports } from "#ports";
import type { ModelState, StageState } from "#release";
import { type Adapters, openAwsWorld, openRelease, readVariables, requireVariable } from "#worlds/aws";

/** What a test may bring instead of the process's own. */
export interface Edge {
  variables?: Record<string, string | undefined>;
  adapters?: Partial<Adapters>;
}

/** A handler as Lambda calls it; the second argument is Lambda's context, which none needs. */
export type Handler<S> = (event: unknown, context?: unknown) => Promise<S>;

const event = z.looseObject({ team: z.string(), release: z.string().regex(/^[0-9a-f]{64}$/) });

/** The handler of a stage of a pipeline. Its failure reaches Step Functions as `Firn.<blame>` or `Firn.lease.lost`. */
export function stageHandler(task: Task, stage: Stage, edge: Edge): Handler<StageState> {
  return taskHandler(edge, (state, ports) => runStage(task, stage, state, ports));
}

/** The handler of a stage of a team's gold. */
export function modelHandler(stage: ModelStage, edge: Edge): Handler<ModelState> {
  return taskHandler(edge, (state, ports) => runModelStage(stage, state, ports));
}

/** The handler of the task that tells that a run stopped. */
export function notifyHandler(edge: Edge): Handler<unknown> {
  return taskHandler(edge, (state, ports) => runNotify(state, ports));
}

function taskHandler<S>(edge: Edge, run: (state: unknown, ports: Ports) => Promise<S>): Handler<S> {
  const open = worldOf(edge);
  return async (given) => {
    try {
      const { release } = event.parse(given);
      return await run(given, await open(release));
    } catch (error) {
      throw error instanceof StageFailure ? error : new StageFailure(asFirnError(error));
    }
  };
}

/** Of a function whose release is configured: whose it is, and its world. */
export interface Configured {
  team: string;
  release: string;
  ports: Ports;
}

/** The handler of a function that starts or judges executions: with the release that new ones begin with. */
export function configuredHandler<R>(
  edge: Edge,
  run: (event: unknown, of: Configured) => Promise<R>,
): Handler<R> {
  const open = worldOf(edge);
  return async (given) => {
    const told = readVariables(edge.variables);
    const team = requireVariable(told, "FIRN_TEAM");
    const release = requireVariable(told, "FIRN_RELEASE");
    return run(given, { team, release, ports: await open(release) });
  };
}

/** A world for each release that a process meets. A failure to open one is not remembered. */
function worldOf({ variables, adapters = {} }: Edge): (release: string) => Promise<Ports> {
  const worlds = new Map<string, Ports>();
  return async (hash) => {
    const standing = worlds.get(hash);
    if (standing) return standing;
    const told = readVariables(variables);
    const { release, environment } = await openRelease(told, hash, adapters);
    const ports = openAwsWorld(told, environment, release, adapters);
    worlds.set(hash, ports);
    return ports;
  };
}

import { openGauges } from "#worlds/aws";
import { type Configured, configuredHandler, type Edge } from "#worlds/edge";
import { runHeartbeat } from "./run.ts";

/** The schedule's event says nothing: whose heartbeat it is the function knows. */
export function heartbeatHandler(edge: Edge & { openGauges: typeof openGauges }) {
  return configuredHandler(edge, async (_event, { team, release, ports }: Configured) =>
    runHeartbeat({ team, release }, ports, await edge.openGauges()),
  );
}

/** Looks once an hour whether every pipeline came when it was due. */
export const handler = heartbeatHandler({ openGauges });

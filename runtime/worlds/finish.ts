import { runFinish } from "#orchestrate/finish";
import type { ModelState } from "#release";
import { type Edge, type Handler, modelHandler } from "#worlds/edge";

/** The handler of the task that ends a build of gold. Apart from the other edges, since it carries two stages. */
export function finishHandler(edge: Edge): Handler<ModelState> {
  return modelHandler(runFinish, edge);
}

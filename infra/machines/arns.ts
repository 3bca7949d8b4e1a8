import { goldFence } from "#core/names";
import { arn } from "../names.ts";
import type { Scope } from "../scope.ts";

/** The ARN of a state machine of the team, by the pipeline or `_gold`. */
export function machineArn(scope: Scope, of: string): string {
  const name = of === goldFence ? scope.names.gold : scope.names.machines[of];
  return arn(scope, "states", `stateMachine:${name}`);
}

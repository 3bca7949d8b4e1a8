/**
 * What AWS asks of whoever makes, reads, changes and removes each kind of resource of the program: the one source
 * of the deploying role's policy, and of the previewing role's, which may only read.
 *
 * The calls are those of Terraform's AWS provider, which Pulumi's bridges: `internal/service/<service>/<resource>.go`.
 * @see https://github.com/hashicorp/terraform-provider-aws
 * The actions that allow a call, and what they can be narrowed to:
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */

import { running } from "./running.ts";
import { storing } from "./storing.ts";

/** What actions are about; `policies.ts` says which ARNs and conditions each stands for. */
export type Target =
  | "bucket"
  | "release"
  | "object"
  | "newKey"
  | "key"
  | "aliasedKey"
  | "alias"
  | "secret"
  | "newRole"
  | "role"
  | "passedRole"
  | "function"
  | "newMapping"
  | "mapping"
  | "logGroup"
  | "stateMachine"
  | "schedule"
  | "queue"
  | "topic"
  | "rule"
  | "alarm"
  | "dashboard"
  | "anything";

export interface Need {
  on: Target;
  /** To preview it and to look whether it still is as it was made. */
  read?: readonly string[];
  /** To make, change and remove it. */
  write?: readonly string[];
}

/** By Pulumi's type. A type that is not here cannot be deployed, and a test refuses a program that has one. */
export const needs: Readonly<Record<string, readonly Need[]>> = { ...storing, ...running };

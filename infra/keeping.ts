import type { Scope } from "./scope.ts";

/** What Pulumi may do to what holds data. */
export interface Keeping {
  /** Pulumi refuses to delete or replace it, until this is false. */
  protect: boolean;
  /** Where its declaration goes, Pulumi forgets it, and it stays. */
  retainOnDelete: boolean;
}

/** In production data is kept, until its team is retired; elsewhere it goes with its declaration. */
export function keepingOf({ environment, team }: Pick<Scope, "environment" | "team">): Keeping {
  const kept = environment.cloud.production && team.retired !== true;
  return { protect: kept, retainOnDelete: kept };
}

/** What a key must have: to lose it is to lose all that it encrypts. */
export function strictestOf(all: readonly Keeping[]): Keeping {
  return {
    protect: all.some(({ protect }) => protect),
    retainOnDelete: all.some(({ retainOnDelete }) => retainOnDelete),
  };
}

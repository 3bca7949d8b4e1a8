import { keys } from "#core/names";
import type { Scope } from "../scope.ts";

export interface ReleasePlan {
  /** Where it lies in the raw bucket: its hash is its name, so the same declarations give the same object. */
  key: string;
  body: string;
}

export function planReleaseObject({ release }: Pick<Scope, "release">): ReleasePlan {
  return { key: keys.release(release.hash), body: new TextDecoder().decode(release.body) };
}

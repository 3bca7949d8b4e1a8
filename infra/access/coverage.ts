/** Whether what statements need and what roles are granted are the same. Pure. */
import type { Grant, ObjectName } from "./facts.ts";
import { type Required, same } from "./privileges.ts";

/** True where a grant gives exactly this, by name, or for all there are or will be. */
export function gives({ privilege, on: granted, scope }: Grant, required: Required): boolean {
  const fits =
    granted.kind === required.on.kind &&
    granted.name === required.on.name &&
    (granted.schema === required.on.schema || granted.schema === "*") &&
    (scope === undefined
      ? granted.object === required.on.object
      : granted.object === "*" || granted.object === undefined);
  return fits && (privilege === required.privilege || privilege === "OWNERSHIP" || privilege === "ALL");
}

/**
 * What of the required is not granted. Whoever makes an object owns it, unless ownership of such objects is
 * another's by a future grant; and who owns an object may do everything with it.
 *
 * @param own grants of the role and of those it has
 * @param made what the role's own statements make
 * @param all grants of every role
 */
export function missingOf(
  required: readonly Required[],
  own: readonly Grant[],
  made: readonly ObjectName[],
  all: readonly Grant[],
): Required[] {
  return required.filter((each) => {
    if (own.some((grant) => gives(grant, each))) return false;
    const makes = made.some((object) => object.kind === each.on.kind && same(object, each.on));
    const taken = all.some(
      (grant) =>
        grant.privilege === "OWNERSHIP" &&
        grant.scope === "future" &&
        gives(grant, each) &&
        !own.includes(grant),
    );
    return !makes || taken;
  });
}

/** Grants that no required privilege needs. */
export function needless(granted: readonly Grant[], required: readonly Required[]): Grant[] {
  return granted.filter((grant) => !required.some((each) => gives(grant, each)));
}

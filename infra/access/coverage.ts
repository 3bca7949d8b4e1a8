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
 * another's by a future grant; and who owns an object may do everything with it. So what only this role can make in a
 * schema is its own, whenever it made it.
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
    const taken = all.some(
      (grant) =>
        grant.privilege === "OWNERSHIP" &&
        grant.scope === "future" &&
        gives(grant, each) &&
        !own.includes(grant),
    );
    if (taken) return true;
    const makers = all.filter(
      ({ privilege, on }) =>
        privilege === `CREATE ${each.on.kind}` && on.name === each.on.name && on.schema === each.on.schema,
    );
    const onlyMaker = makers.length > 0 && makers.every((grant) => own.includes(grant));
    return !onlyMaker && !made.some((object) => object.kind === each.on.kind && same(object, each.on));
  });
}

/** Grants that no required privilege needs. */
export function needless(granted: readonly Grant[], required: readonly Required[]): Grant[] {
  return granted.filter((grant) => !required.some((each) => gives(grant, each)));
}

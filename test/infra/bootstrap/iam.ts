/** IAM's decision for one action on one resource, for the documents that infra/bootstrap plans. */
import type { PolicyDocument, Statement } from "#infra/iam";
import type { Registered } from "../program.ts";

/** What a request brings beside action and resource, by condition key. */
export type Brought = Record<string, string>;

/** True where a statement allows it and none denies it. A condition on a key that was not brought does not hold. */
export function allows(
  documents: readonly PolicyDocument[],
  action: string,
  resource: string,
  brought: Brought = {},
): boolean {
  const met = documents
    .flatMap(({ Statement }) => Statement)
    .filter((each) => each.Action.some((pattern) => like(pattern, action)))
    .filter((each) => each.Resource?.some((pattern) => like(pattern, resource)))
    .filter((each) => holds(each.Condition ?? {}, brought));
  return met.some(({ Effect }) => Effect === "Allow") && !met.some(({ Effect }) => Effect === "Deny");
}

export function statementsOf(documents: readonly PolicyDocument[]): Statement[] {
  return documents.flatMap(({ Statement }) => Statement);
}

/**
 * What the registered policies of roles allow and a boundary would withhold: role policy, action, resource, and what
 * the request brings. A pattern in a resource is within one that matches its text.
 */
export function beyond(boundary: readonly PolicyDocument[], resources: readonly Registered[]): string[] {
  return resources
    .filter(({ type }) => type === "aws:iam/rolePolicy:RolePolicy")
    .flatMap(({ name, inputs }) =>
      statementsOf([JSON.parse(String(inputs.policy)) as PolicyDocument])
        .filter(({ Effect }) => Effect === "Allow")
        .flatMap(({ Action, Resource = [], Condition = {} }) =>
          Action.flatMap((action) =>
            Resource.flatMap((resource) =>
              broughtBy(Condition)
                .filter((brought) => !allows(boundary, action, resource, brought))
                .map((brought) => `${name}: ${action} on ${resource} with ${JSON.stringify(brought)}`),
            ),
          ),
        ),
    );
}

/** Every request that a condition lets through: one for each choice among its values. */
function broughtBy(condition: NonNullable<Statement["Condition"]>): Brought[] {
  return Object.values(condition)
    .flatMap((keys) => Object.entries(keys))
    .reduce<Brought[]>(
      (all, [key, values]) =>
        all.flatMap((brought) => [values].flat().map((value) => ({ ...brought, [key]: value }))),
      [{}],
    );
}

function holds(condition: NonNullable<Statement["Condition"]>, brought: Brought): boolean {
  return Object.values(condition).every((keys) =>
    Object.entries(keys).every(([key, wanted]) => {
      const value = brought[key];
      return value !== undefined && [wanted].flat().some((each) => like(each, value));
    }),
  );
}

/** `*` and `?` as IAM reads them. */
export function like(pattern: string, text: string): boolean {
  const escaped = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${escaped}$`, "s").test(text);
}

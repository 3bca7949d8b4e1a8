/** Reads IAM policies as AWS would, as far as ours go: every operator they use, and an error for any other. */
import type { PolicyDocument, Statement } from "#infra/iam";

/** A request as AWS sees it: keys that are absent are not sent. */
export interface Request {
  action: string;
  resource: string;
  context?: Record<string, string>;
}

/** Whether a statement that denies applies to the request. */
export function denies(document: PolicyDocument, request: Request): boolean {
  return document.Statement.some((each) => each.Effect === "Deny" && applies(each, request));
}

/** Whether a statement that allows applies to the request. */
export function allows(document: PolicyDocument, request: Request): boolean {
  return document.Statement.some((each) => each.Effect === "Allow" && applies(each, request));
}

function applies({ Action, Resource, Condition }: Statement, { action, resource, context = {} }: Request) {
  return (
    Action.some((each) => matches(each, action)) &&
    (Resource ?? []).some((each) => matches(each, resource)) &&
    Object.entries(Condition ?? {}).every(([operator, keys]) =>
      Object.entries(keys).every(([key, wanted]) => holds(operator, [wanted].flat(), context[key])),
    )
  );
}

function holds(operator: string, wanted: string[], actual: string | undefined): boolean {
  switch (operator) {
    case "Null":
      return wanted.includes(String(actual === undefined));
    case "Bool":
    case "StringEquals":
    case "ArnEquals":
    case "ForAnyValue:StringEquals":
      return actual !== undefined && wanted.includes(actual);
    default:
      throw new Error(`This test does not know the operator ${operator}.`);
  }
}

function matches(pattern: string, text: string): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${expression}$`).test(text);
}

/**
 * What an IAM policy allows, told so that a proof may rest on it: whoever cannot be shown to be kept out is in.
 *
 * A condition that is not known here, or hangs on what the caller chooses, counts as met where it allows and as
 * not met where it denies. Policy variables (`${...}`) are such conditions.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
import { covers, intersects } from "./glob.ts";

/** A statement as any policy may hold it, each list made a list. */
export interface Statement {
  effect: "Allow" | "Deny";
  /** Absent in a role's own policy. `AWS`, `Service`, `Federated` with their names; `*` is anyone. */
  principals?: { kind: string; name: string }[];
  /** True for NotPrincipal: all but those. */
  notPrincipals?: boolean;
  actions: string[];
  notActions?: boolean;
  resources: string[];
  notResources?: boolean;
  conditions: { operator: string; key: string; values: string[] }[];
}

/** What is known of a call, by condition key in lower case; null: known to be absent. Values may be patterns. */
export type Call = Record<string, string[] | null>;

type Raw = Record<string, unknown>;

/**
 * Reads a policy document, given as JSON or as an object.
 *
 * @param own the resource's ARN, for which `*` and a missing Resource stand in its own policy
 * @returns null for what is no policy document
 */
export function parsePolicy(document: unknown, own?: string): Statement[] | null {
  const parsed = typeof document === "string" ? parseJson(document) : document;
  if (!isRecord(parsed) || parsed.Statement === undefined) return null;
  const statements = listOf(parsed.Statement);
  if (!statements.every(isRecord)) return null;
  return statements.map((each) => parseStatement(each as Raw, own));
}

function parseStatement(raw: Raw, own: string | undefined): Statement {
  const resources = textsOf(raw.Resource ?? raw.NotResource ?? own ?? "*");
  const principal = raw.Principal ?? raw.NotPrincipal;
  return {
    effect: raw.Effect === "Deny" ? "Deny" : "Allow",
    ...(principal !== undefined && { principals: principalsOf(principal) }),
    ...(raw.NotPrincipal !== undefined && { notPrincipals: true }),
    actions: textsOf(raw.Action ?? raw.NotAction ?? []),
    ...(raw.NotAction !== undefined && { notActions: true }),
    resources: resources.map((each) => (own !== undefined && each === "*" ? own : each)),
    ...(raw.NotResource !== undefined && { notResources: true }),
    conditions: Object.entries((raw.Condition ?? {}) as Record<string, Raw>).flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, values]) => ({
        operator,
        key: key.toLowerCase(),
        values: textsOf(values),
      })),
    ),
  };
}

function principalsOf(principal: unknown): { kind: string; name: string }[] {
  if (!isRecord(principal)) return textsOf(principal).map((name) => ({ kind: "AWS", name }));
  return Object.entries(principal).flatMap(([kind, names]) => textsOf(names).map((name) => ({ kind, name })));
}

/** True unless the statement certainly does not speak of any of these resources and this action. */
export function mayConcern(statement: Statement, action: string, resource: string): boolean {
  return (
    speaksOf(statement, action) &&
    (statement.notResources
      ? !statement.resources.some((each) => covers(each, resource))
      : statement.resources.some((each) => intersects(each, resource)))
  );
}

/** True where the statement certainly speaks of all these resources and this action. */
export function concernsAll(statement: Statement, action: string, resource: string): boolean {
  return (
    speaksOf(statement, action) &&
    (statement.notResources
      ? !statement.resources.some((each) => intersects(each, resource))
      : statement.resources.some((each) => covers(each, resource)))
  );
}

/** Actions are compared without regard to case. */
function speaksOf({ actions, notActions }: Statement, action: string): boolean {
  const named = actions.some((each) => covers(each.toLowerCase(), action.toLowerCase()));
  return notActions ? !named : named;
}

/** Whether all conditions hold: true, false, or null where it cannot be told. */
export function conditionsHold({ conditions }: Statement, call: Call): boolean | null {
  let known: boolean | null = true;
  for (const each of conditions) {
    const holds = conditionHolds(each, call);
    if (holds === false) return false;
    if (holds === null) known = null;
  }
  return known;
}

function conditionHolds(
  { operator: written, key, values }: Statement["conditions"][number],
  call: Call,
): boolean | null {
  const [, quantifier = "", base = "", ifExists] =
    /^(?:(ForAnyValue|ForAllValues):)?(\w+?)(IfExists)?$/.exec(written) ?? [];
  const given = call[key];
  if (given === undefined) return null;
  if (base === "Null") return values.some((each) => (each === "true") === (given === null));
  const negated = /Not/.test(base);
  const compare = comparisons[base.replace("Not", "")];
  if (!compare || values.some((each) => each.includes("${"))) return null;
  if (given === null) {
    if (ifExists || quantifier === "ForAllValues") return true;
    return negated;
  }
  const matches = given.map((value) => anyOf(values.map((each) => compare(each, value))));
  if (negated) return quantifier === "ForAnyValue" ? anyOf(matches.map(not)) : allOf(matches.map(not));
  return quantifier === "ForAllValues" ? allOf(matches) : anyOf(matches);
}

const like = (pattern: string, value: string) =>
  covers(pattern, value) ? true : intersects(pattern, value) ? null : false;
const equal = (text: string, value: string) => {
  if (text === value) return true;
  return /[*?]/.test(value) && covers(value, text) ? null : false;
};
const ignoringCase = (text: string, value: string) => equal(text.toLowerCase(), value.toLowerCase());

/** How an operator compares what a policy says with what a call carries; an operator that is missing is unknown. */
const comparisons: Record<string, ((written: string, given: string) => boolean | null) | undefined> = {
  StringEquals: equal,
  StringEqualsIgnoreCase: ignoringCase,
  StringLike: like,
  ArnEquals: like,
  ArnLike: like,
  Bool: ignoringCase,
};

const not = (holds: boolean | null) => (holds === null ? null : !holds);
function anyOf(each: (boolean | null)[]): boolean | null {
  return each.includes(true) ? true : each.includes(null) ? null : false;
}
function allOf(each: (boolean | null)[]): boolean | null {
  return each.includes(false) ? false : each.includes(null) ? null : true;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Raw {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}
function textsOf(value: unknown): string[] {
  return listOf(value).map(String);
}

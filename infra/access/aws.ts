/**
 * Who can do what in AWS, and whom they can become.
 *
 * A key is taken to leave the decision to IAM, as ours do: its own policy can only keep more people out. A call is
 * judged with the conditions that Firn's policies use (`policy.ts` says what becomes of others).
 */
import { actionsOf, allActions, type Kind, roleActions, type Verb } from "./actions.ts";
import { type AwsRole, type AwsTarget, type Facts, type ObjectName, outside } from "./facts.ts";
import { covers, intersects } from "./glob.ts";
import { type Call, concernsAll, conditionsHold, mayConcern, type Statement } from "./policy.ts";

/** What a principal may do itself, with nobody's help. */
export interface Access {
  verb: Verb;
  /** What people call it. */
  what: string;
  /** The narrowest ARN or name that the grant speaks of; may hold wildcards. */
  name: string;
  owner: string;
  target: AwsTarget | { kind: "snowflake"; on: ObjectName };
}

/** All that a role may do on a target, by its own policies and the target's. */
export function accessOf(role: AwsRole, target: AwsTarget, account: string): Access[] {
  const own = role.policies;
  const theirs = target.statements.filter((each) => isMeant(each, role.arn, account));
  const denials = [...own, ...theirs].filter(({ effect }) => effect === "Deny");
  const found = new Map<string, Access>();
  for (const statement of [...own, ...theirs]) {
    // The account's root in a resource's policy hands the decision to IAM; it lets nobody in by itself.
    if (statement.effect !== "Allow" || (theirs.includes(statement) && !names(statement, role.arn))) continue;
    for (const { action, verb, arn, call } of callsOf(statement, target)) {
      const full = { ...callerOf(role.arn, account), ...call };
      if (conditionsHold(statement, full) === false) continue;
      if (denials.some((deny) => concernsAll(deny, action, arn) && conditionsHold(deny, full) === true))
        continue;
      found.set(`${verb} ${arn}`, { verb, what: target.label, name: arn, owner: target.owner, target });
    }
  }
  return [...found.values()];
}

interface Asked {
  action: string;
  verb: Verb;
  arn: string;
  call: Call;
}

/** The calls that a statement could be about, on a target: each action, on the narrowest of what both name. */
function callsOf(statement: Statement, target: AwsTarget): Asked[] {
  const asked: Asked[] = [];
  const known: Call = { ...(target.alias !== undefined && { "kms:resourcealiases": [target.alias] }) };
  for (const { action, verb } of actionsNamed(statement, target.kind)) {
    for (const arn of target.arns.flatMap((each) => narrowed(statement, each))) {
      if (!mayConcern(statement, action, arn)) continue;
      const ask = (of: Verb, call: Call) =>
        asked.push({ action, verb: of, arn, call: { ...known, ...call } });
      if (action.toLowerCase() !== "s3:putobject") ask(verb, {});
      else {
        ask("create", { "s3:if-none-match": ["*"], "s3:objectcreationoperation": ["true"] });
        ask("overwrite", { "s3:if-none-match": null, "s3:objectcreationoperation": ["true"] });
      }
    }
  }
  // Listing is asked of the bucket; which objects it shows is the prefix's.
  if (target.prefix !== undefined) {
    const bucket = target.arns[0].split("/")[0] as string;
    for (const { action } of actionsNamed(statement, "bucket").filter(({ action }) =>
      /:ListBucket/.test(action),
    )) {
      if (mayConcern(statement, action, bucket))
        asked.push({ action, verb: "list", arn: bucket, call: { "s3:prefix": [`${target.prefix}*`] } });
    }
  }
  return asked;
}

function actionsNamed(statement: Statement, kind: Kind): { action: string; verb: Verb }[] {
  return statement.notActions ? allActions(kind) : statement.actions.flatMap((each) => actionsOf(each, kind));
}

/** What of an ARN a statement speaks of: its own words where they are narrower. */
function narrowed(statement: Statement, arn: string): string[] {
  if (statement.notResources) return [arn];
  const found = statement.resources.filter((each) => intersects(each, arn));
  return found.map((each) => (covers(arn, each) ? each : arn));
}

function callerOf(arn: string, account: string): Call {
  return {
    "aws:securetransport": ["true"],
    "aws:principalarn": [arn],
    "aws:principalaccount": [account],
    "aws:resourceaccount": [account],
    "kms:calleraccount": [account],
  };
}

/** Whether a resource's statement is about a principal at all, the account's root included. */
function isMeant(statement: Statement, arn: string, account: string): boolean {
  const root = (statement.principals ?? []).some(({ kind, name }) => kind === "AWS" && isRoot(name, account));
  const named = names(statement, arn) || root;
  return statement.notPrincipals ? !named : named;
}

function names({ principals = [], notPrincipals }: Statement, arn: string): boolean {
  const session = arn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/");
  const named = principals.some(
    ({ kind, name }) =>
      (kind === "AWS" || kind === "*") && (name === "*" || name === arn || name.startsWith(`${session}/`)),
  );
  return notPrincipals ? !named : named;
}

function isRoot(name: string, account: string): boolean {
  return name === account || name === `arn:aws:iam::${account}:root`;
}

/** How one principal comes to act as another. */
export interface Edge {
  from: string;
  to: string;
  how: string;
  /** `invoke`: what `to` does is fixed; that it does it is up to `from`. */
  mode: "become" | "invoke";
}

/** Whom each role can become by itself: trusts, with the permission they ask for; PassRole; changing a role. */
export function roleEdges({ roles, account }: Facts): Edge[] {
  const edges: Edge[] = [];
  const add = (from: string, to: string, how: string) => edges.push({ from, to, how, mode: "become" });
  for (const role of roles) {
    for (const statement of role.trust) {
      if (statement.effect !== "Allow" || !statement.actions.some((each) => intersects(each, "sts:*")))
        continue;
      for (const { kind, name } of statement.principals ?? []) {
        if (kind === "Federated") add(name, role.arn, "signs in as");
        if (kind !== "AWS" || roles.some(({ arn }) => arn === name) || isRoot(name, account)) continue;
        const told = statement.conditions.some(
          ({ operator, key }) => key === "sts:externalid" && operator === "StringEquals",
        );
        add(name === "*" ? anyone : `${name}${told ? withExternalId(role.arn) : ""}`, role.arn, "assumes");
      }
    }
    for (const by of roles) {
      if (by.arn === role.arn) continue;
      if (mayAssume(by, role, account)) add(by.arn, role.arn, "assumes");
      for (const action of [...roleActions.pass, ...roleActions.change])
        if (permits(by, action, role.arn, account))
          add(by.arn, role.arn, action === "iam:PassRole" ? "hands a service" : `changes (${action})`);
    }
  }
  return edges;
}

/** A stranger who has to tell what only the role's own partner was given, and so is nobody else's. */
export const withExternalId = (arn: string) => `, with the external id of ${arn.split("/").at(-1)}`;

/** Whoever asks. */
export const anyone = "anyone";

function mayAssume(by: AwsRole, role: AwsRole, account: string): boolean {
  const call = callerOf(by.arn, account);
  const trusts = role.trust.filter(
    (each) =>
      isMeant(each, by.arn, account) &&
      each.actions.some((action) => roleActions.assume.some((known) => intersects(action, known))),
  );
  if (trusts.some((each) => each.effect === "Deny" && conditionsHold(each, call) === true)) return false;
  const open = trusts.filter((each) => each.effect === "Allow" && conditionsHold(each, call) !== false);
  if (open.length === 0) return false;
  // A trust that names the role itself asks for no permission of its own; one of the account does.
  return open.some((each) => names(each, by.arn))
    ? !denies(by, "sts:AssumeRole", role.arn, account)
    : roleActions.assume.some((action) => permits(by, action, role.arn, account));
}

function permits(by: AwsRole, action: string, resource: string, account: string): boolean {
  const call = callerOf(by.arn, account);
  return (
    by.policies.some(
      (each) =>
        each.effect === "Allow" && mayConcern(each, action, resource) && conditionsHold(each, call) !== false,
    ) && !denies(by, action, resource, account)
  );
}

function denies(by: AwsRole, action: string, resource: string, account: string): boolean {
  return by.policies.some(
    (each) =>
      each.effect === "Deny" &&
      concernsAll(each, action, resource) &&
      conditionsHold(each, callerOf(by.arn, account)) === true,
  );
}

/** What a resource's own policy lets others in for who are no roles of ours: services, strangers, anyone. */
export function guestsOf(
  target: AwsTarget,
  { account, roles, targets, wires }: Facts,
): { by: string; owner: string; access: Access }[] {
  const known = [
    ...targets.flatMap(({ arns, owner }) => arns.map((arn) => ({ arn, owner }))),
    ...wires.map(({ from, owner }) => ({ arn: from, owner })),
  ];
  return target.statements
    .filter(({ effect }) => effect === "Allow")
    .flatMap((statement) =>
      (statement.notPrincipals ? [{ kind: "AWS", name: "*" }] : (statement.principals ?? []))
        .filter(({ name }) => !isRoot(name, account) && !roles.some(({ arn }) => arn === name))
        .flatMap(({ kind, name }) => sources(statement, kind === "Service", name))
        .flatMap(({ by, owner }) =>
          callsOf(statement, target).map(({ verb, arn }) => ({
            by,
            owner,
            access: { verb, what: target.label, name: arn, owner: target.owner, target },
          })),
        ),
    );

  /** For whom a service acts: for what SourceArn names; where only the account is named, for what `wires` tell. */
  function sources(statement: Statement, service: boolean, name: string): { by: string; owner: string }[] {
    const who = name === "*" ? anyone : name;
    const arns = valuesOf(statement, /source(arn)$/);
    if (service && arns.length > 0)
      return arns.flatMap((pattern) => {
        const owners = new Set(known.filter(({ arn }) => intersects(pattern, arn)).map(({ owner }) => owner));
        return [...(owners.size > 0 ? owners : [outside])].map((owner) => ({
          by: `${who} for ${pattern} of ${owner}`,
          owner,
        }));
      });
    const accounts = valuesOf(statement, /(source|principal|caller)(account|owner)$/);
    if (accounts.length > 0 && accounts.every((each) => each === account)) return [];
    return [{ by: who, owner: outside }];
  }
}

function valuesOf({ conditions }: Statement, key: RegExp): string[] {
  return conditions
    .filter(
      (each) =>
        key.test(each.key) &&
        /^(ForAnyValue:)?(StringEquals|StringLike|ArnEquals|ArnLike)$/.test(each.operator),
    )
    .flatMap(({ values }) => values);
}

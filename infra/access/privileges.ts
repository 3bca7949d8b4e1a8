/**
 * The privileges that a statement needs in Snowflake, from its text. Pure.
 *
 * Forms are those that Firn generates; another one is told as unknown, and never taken to need nothing. Changing
 * rows counts as reading them too, which is what their WHERE and ON do.
 *
 * @see https://docs.snowflake.com/en/user-guide/security-access-control-privileges
 */
import type { ObjectName } from "./facts.ts";
import { forms, name, named, on, type Required, type Session, schemaOf } from "./privilege-forms.ts";

export type { Required, Session } from "./privilege-forms.ts";

/** Reads SQL: a tree for one statement, and the tables that a tree names. */
export interface SqlReader {
  parse(sql: string): { tree: unknown } | { unknown: string };
  tablesIn(tree: unknown): string[][];
}

export interface Needs {
  required: Required[];
  /** Tables, views and dynamic tables it makes: whoever runs it owns them. */
  makes: ObjectName[];
}

/**
 * What a statement needs, USAGE of what it enters included; a string says why that cannot be told. A promotion's
 * block is taken apart.
 */
export function needsOf(sql: string, session: Session, reader: SqlReader): Needs | string {
  const block = /^\s*EXECUTE\s+IMMEDIATE\s+'((?:[^'\\]|''|\\.)*)'\s*;?\s*$/s.exec(sql)?.[1];
  if (block === undefined) return needsOfOne(sql, session, reader);
  const all = inBlock(block.replaceAll("''", "'").replaceAll(/\\(.)/gs, "$1")).map((each) =>
    needsOfOne(each, session, reader),
  );
  const unknown = all.find((each) => typeof each === "string");
  return unknown ?? joined(all as Needs[]);
}

function joined(each: readonly Needs[]): Needs {
  return {
    required: distinct(each.flatMap(({ required }) => required)),
    makes: each.flatMap(({ makes }) => makes),
  };
}

function needsOfOne(sql: string, session: Session, reader: SqlReader): Needs | string {
  for (const { pattern, needs, kind, reads, makes } of forms) {
    const match = pattern.exec(sql);
    if (!match) continue;
    const object = named(
      kind ?? "",
      match.find((each, at) => at > 0 && /^["\w]/.test(each ?? "")),
      session,
    );
    const read = reads ? tablesRead(sql, reader) : [];
    if (typeof read === "string") return `${read}: ${sql}`;
    // INSERT names its table among those it reads, once.
    const at = /^\s*INSERT\b/i.test(sql)
      ? read.findIndex((each) => same(named("TABLE", each, session), object))
      : -1;
    const sources = read.filter((_, index) => index !== at);
    const required = [
      ...(kind === undefined ? [] : entered(object)),
      ...needs(object, match, session),
      ...sources.flatMap((each) => reading(named("TABLE", each, session), session)),
      ...masksOf(sql, session),
      ...(/^\s*ALTER\s+SESSION\b/i.test(sql)
        ? []
        : on({ kind: "WAREHOUSE", name: session.warehouse }, "USAGE")),
    ];
    return { required: distinct(required), makes: makes ? [object] : [] };
  }
  return `no form of a statement that Firn generates: ${sql}`;
}

/** Reading a table or view; INFORMATION_SCHEMA shows everyone what they may see, and needs its database alone. */
function reading(object: ObjectName, { kinds }: Session): Required[] {
  if (object.schema === "INFORMATION_SCHEMA") return on({ kind: "DATABASE", name: object.name }, "USAGE");
  const kind = kinds?.get(`${object.schema}.${object.object}`) ?? "TABLE";
  return [...entered(object), ...on({ ...object, kind }, "SELECT")];
}

function entered(object: ObjectName): Required[] {
  return [...on({ kind: "DATABASE", name: object.name }, "USAGE"), ...on(schemaOf(object), "USAGE")];
}

/** A column that is made with a masking policy, or given one. */
function masksOf(sql: string, session: Session): Required[] {
  const masks = [...sql.matchAll(new RegExp(`(?:WITH|SET)\\s+MASKING\\s+POLICY\\s+${name}`, "gi"))];
  return masks.flatMap(([, mask]) => on(named("MASKING POLICY", mask, session), "APPLY"));
}

/** Names of the tables that a statement reads; of what the parser does not know, the same in another form. */
function tablesRead(sql: string, { parse, tablesIn }: SqlReader): string[] | string {
  if (/^\s*CREATE\b/i.test(sql) && !/\bAS\s*(\(|SELECT\b|WITH\b)/i.test(sql)) return [];
  const using = new RegExp(`^\\s*DELETE FROM ${name} AS (\\w+)\\s+USING ${name} AS (\\w+)\\s+WHERE`, "is");
  const parsed = parse(sql.replace(using, "SELECT 1 FROM $1 AS $2, $3 AS $4 WHERE"));
  if ("unknown" in parsed) return parsed.unknown;
  return tablesIn(parsed.tree)
    .filter((path) => path.length > 1)
    .map((path) => path.map((each) => `"${each.toUpperCase()}"`).join("."));
}

/** Statements of a promotion's block: what declares, begins, raises and ends it is left out. */
function inBlock(block: string): string[] {
  const frame =
    /^(DECLARE\s+held INTEGER|\w+ EXCEPTION \(-\d+, '(?:[^']|'')*'\)|BEGIN\s+BEGIN TRANSACTION|COMMIT|IF \(held = 0\) THEN RAISE \w+|END IF|EXCEPTION WHEN OTHER THEN ROLLBACK|RAISE|END)$/;
  return splitted(block)
    .filter((each) => !frame.test(each))
    .map((each) => each.replace(/ INTO :held$/, ""));
}

/** At semicolons, but for those within quotes. */
function splitted(text: string): string[] {
  const pieces = text.match(/(?:'(?:[^'\\]|''|\\.)*'|"(?:[^"]|"")*"|[^;'"])+/gs) ?? [];
  return pieces.map((each) => each.trim()).filter((each) => each !== "");
}

function distinct(required: readonly Required[]): Required[] {
  return [...new Map(required.map((each) => [JSON.stringify(each), each])).values()];
}

export function same(left: ObjectName, right: ObjectName): boolean {
  return left.name === right.name && left.schema === right.schema && left.object === right.object;
}

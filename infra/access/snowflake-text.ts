/** What Snowflake's names and the statements of Execute and procedures say, read strictly. */
import type { Grant, ObjectName, SnowflakeFacts } from "./facts.ts";

/** `"DB"."SCHEMA"."T"`; the last name may carry the types of a procedure's arguments. */
export function parseName(kind: string, text: string): ObjectName {
  const [name = "", schema, object] = parts(text);
  return { kind, name, ...(schema !== undefined && { schema }), ...(object !== undefined && { object }) };
}

export function parts(text: string): string[] {
  return [...text.matchAll(/"((?:[^"]|"")+)"|([^".\s]+)/g)].map(([, quoted, bare]) =>
    quoted !== undefined ? quoted.replaceAll('""', '"') : (bare ?? "").toUpperCase(),
  );
}

export function unquoted(text: string): string {
  return text.replace(/^"(.*)"$/s, "$1").replaceAll('""', '"');
}

const name = '("(?:[^"]|"")+"|[\\w$]+)';
const identity = "WORKLOAD_IDENTITY\\s*=\\s*\\(\\s*TYPE\\s*=\\s*AWS\\s+ARN\\s*=\\s*'([^']+)'\\s*\\)";
const createUser = new RegExp(`^\\s*CREATE\\s+USER\\s+(?:IF\\s+NOT\\s+EXISTS\\s+)?${name}(?=\\s)(.*)$`, "is");
const alterUser = new RegExp(
  `^\\s*ALTER\\s+USER\\s+(?:IF\\s+EXISTS\\s+)?${name}\\s+SET\\s+${identity}\\s*;?\\s*$`,
  "i",
);
const grantRole = new RegExp(`^\\s*GRANT\\s+ROLE\\s+${name}\\s+TO\\s+(USER|ROLE)\\s+${name}\\s*;?\\s*$`, "i");

/** @returns null for what is none of CREATE USER, ALTER USER ... SET WORKLOAD_IDENTITY and GRANT ROLE */
export function parseExecute(
  sql: string,
): { user: string; roleArn?: string } | SnowflakeFacts["memberships"][number] | null {
  const altered = alterUser.exec(sql);
  if (altered) return { user: unquoted(altered[1] ?? ""), roleArn: altered[2] ?? "" };
  const granted = grantRole.exec(sql);
  if (granted)
    return {
      role: unquoted(granted[1] ?? ""),
      member: {
        kind: granted[2]?.toLowerCase() === "user" ? "user" : "role",
        name: unquoted(granted[3] ?? ""),
      },
    };
  const created = createUser.exec(sql);
  if (!created || /;\s*\S/.test(sql)) return null;
  const arn = new RegExp(identity, "i").exec(created[2] ?? "")?.[1];
  return { user: unquoted(created[1] ?? ""), ...(arn !== undefined && { roleArn: arn }) };
}

/** Words of statements that change something, in a procedure's body. */
export const changing =
  /\b(GRANT|REVOKE|CREATE|ALTER|DROP|INSERT|UPDATE|DELETE|MERGE|TRUNCATE|COPY|CALL|EXECUTE|UNDROP)\b/i;

/** The SELECT that a procedure grants on named models, whatever kind each turns out to be; and the rest of its body. */
export function parseShares(body: string): { grants: Grant[]; rest: string } {
  const grants: Grant[] = [];
  const share =
    /EXECUTE\s+IMMEDIATE\s+'GRANT SELECT ON ' \|\| kind \|\| ' ("(?:[^"']|"")+"(?:\."(?:[^"']|"")+"){2}) TO ROLE ("(?:[^"']|"")+")'\s*;/g;
  const rest = body.replace(share, (_, on: string, role: string) => {
    grants.push({ role: unquoted(role), privilege: "SELECT", on: parseName("TABLE", on) });
    return "";
  });
  return { grants, rest };
}

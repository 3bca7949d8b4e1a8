/**
 * The statements that Firn generates for Snowflake, by their forms, and the privileges that each needs.
 *
 * @see https://docs.snowflake.com/en/user-guide/security-access-control-privileges
 */
import type { ObjectName } from "./facts.ts";
import { parseName } from "./snowflake-text.ts";

export interface Required {
  privilege: string;
  on: ObjectName;
}

/** Where statements run: what unqualified names lie in. */
export interface Session {
  database: string;
  warehouse: string;
  /** TABLE, VIEW or DYNAMIC TABLE, of `SCHEMA.NAME`. Default: TABLE. */
  kinds?: ReadonlyMap<string, string>;
}

/** A name of one to three parts. */
export const name = String.raw`((?:"(?:[^"]|"")+"|[\w$]+)(?:\.(?:"(?:[^"]|"")+"|[\w$]+)){0,2})`;
const form = (text: string) =>
  new RegExp(`^\\s*${text.replaceAll("NAME", name).replaceAll(" ", "\\s+")}`, "is");

export interface Form {
  pattern: RegExp;
  /** What it needs of the object it names; `object` has its kind. @see the page of each command */
  needs(object: ObjectName, match: RegExpExecArray, session: Session): Required[];
  kind?: string;
  /** It has a query, or conditions, whose tables it reads. */
  reads?: true;
  makes?: true;
}

export const on = (object: ObjectName, ...privileges: string[]) =>
  privileges.map((privilege) => ({ privilege, on: object }));
export const schemaOf = ({ name: database, schema }: ObjectName): ObjectName => ({
  kind: "SCHEMA",
  name: database,
  ...(schema !== undefined && { schema }),
});
export const named = (kind: string, text: string | undefined, session: Session) =>
  qualified(parseName(kind, text ?? ""), session);

/** In this order; the first that fits tells. */
export const forms: Form[] = [
  // https://docs.snowflake.com/en/sql-reference/sql/alter-session
  { pattern: form("ALTER SESSION SET "), needs: () => [] },
  // https://docs.snowflake.com/en/sql-reference/sql/create-schema: even where the schema is there already
  {
    pattern: form("CREATE SCHEMA IF NOT EXISTS NAME"),
    needs: (_, __, session) => on({ kind: "DATABASE", name: session.database }, "CREATE SCHEMA"),
  },
  // https://docs.snowflake.com/en/sql-reference/sql/create-dynamic-table
  {
    pattern: form("CREATE OR REPLACE DYNAMIC TABLE NAME TARGET_LAG = '[^']*' WAREHOUSE = NAME AS"),
    kind: "DYNAMIC TABLE",
    needs: (object, match) => [
      ...on(schemaOf(object), "CREATE DYNAMIC TABLE"),
      ...on(parseName("WAREHOUSE", match[2] ?? ""), "USAGE"),
      ...on(object, "OWNERSHIP"),
    ],
    reads: true,
    makes: true,
  },
  // https://docs.snowflake.com/en/sql-reference/sql/create-table: to replace needs what dropping needs
  {
    pattern: form("CREATE( OR REPLACE)?(?: TRANSIENT)? TABLE(?: IF NOT EXISTS)? NAME"),
    kind: "TABLE",
    needs: (object, match) => [
      ...on(schemaOf(object), "CREATE TABLE"),
      ...(match[1] === undefined ? [] : on(object, "OWNERSHIP")),
    ],
    reads: true,
    makes: true,
  },
  // https://docs.snowflake.com/en/sql-reference/sql/create-view
  {
    pattern: form("CREATE OR REPLACE VIEW NAME"),
    kind: "VIEW",
    needs: (object) => [...on(schemaOf(object), "CREATE VIEW"), ...on(object, "OWNERSHIP")],
    reads: true,
    makes: true,
  },
  // https://docs.snowflake.com/en/sql-reference/sql/alter-table
  {
    pattern: form("ALTER TABLE NAME ADD SEARCH OPTIMIZATION"),
    kind: "TABLE",
    needs: (object) => [...on(object, "OWNERSHIP"), ...on(schemaOf(object), "ADD SEARCH OPTIMIZATION")],
  },
  {
    pattern: form("ALTER TABLE NAME (?:ADD COLUMN|CLUSTER BY|SUSPEND RECLUSTER|MODIFY COLUMN)"),
    kind: "TABLE",
    needs: (object) => on(object, "OWNERSHIP"),
  },
  // https://docs.snowflake.com/en/sql-reference/sql/drop-table
  { pattern: form("DROP TABLE IF EXISTS NAME"), kind: "TABLE", needs: (object) => on(object, "OWNERSHIP") },
  { pattern: form("DROP VIEW IF EXISTS NAME"), kind: "VIEW", needs: (object) => on(object, "OWNERSHIP") },
  // https://docs.snowflake.com/en/sql-reference/sql/copy-into-table: of an external stage, USAGE
  {
    pattern: form('COPY INTO NAME FROM @((?:"[^"]+"|[\\w$]+)(?:\\.(?:"[^"]+"|[\\w$]+)){0,2})'),
    kind: "TABLE",
    needs: (object, match, session) => [
      ...on(object, "INSERT", "SELECT"),
      ...on(named("STAGE", match[2], session), "USAGE"),
    ],
  },
  // https://docs.snowflake.com/en/sql-reference/sql/insert: OVERWRITE deletes what was there
  {
    pattern: form("INSERT( OVERWRITE)? INTO NAME"),
    kind: "TABLE",
    needs: (object, match) => on(object, "INSERT", ...(match[1] === undefined ? [] : ["DELETE"])),
    reads: true,
  },
  // https://docs.snowflake.com/en/sql-reference/sql/merge
  {
    pattern: form("MERGE INTO NAME"),
    kind: "TABLE",
    needs: (object, { input }) =>
      on(
        object,
        "SELECT",
        ...(/\bTHEN\s+UPDATE\b/i.test(input) ? ["UPDATE"] : []),
        ...(/\bTHEN\s+DELETE\b/i.test(input) ? ["DELETE"] : []),
        ...(/\bTHEN\s+INSERT\b/i.test(input) ? ["INSERT"] : []),
      ),
    reads: true,
  },
  // https://docs.snowflake.com/en/sql-reference/sql/update
  {
    pattern: form("UPDATE NAME"),
    kind: "TABLE",
    needs: (object) => on(object, "SELECT", "UPDATE"),
    reads: true,
  },
  // https://docs.snowflake.com/en/sql-reference/sql/delete
  {
    pattern: form("DELETE FROM NAME"),
    kind: "TABLE",
    needs: (object) => on(object, "SELECT", "DELETE"),
    reads: true,
  },
  // https://docs.snowflake.com/en/sql-reference/sql/call: what it does is up to its owner
  {
    pattern: form("CALL NAME"),
    kind: "PROCEDURE",
    needs: (object) => on(object, "USAGE"),
  },
  { pattern: form("(?:SELECT|WITH|\\()(?=[\\s\\S])"), needs: () => [], reads: true },
];

function qualified(object: ObjectName, { database }: Session): ObjectName {
  const upper = (text: string) => (text.toLowerCase() === "information_schema" ? "INFORMATION_SCHEMA" : text);
  if (object.schema === undefined || object.object !== undefined)
    return object.schema === undefined ? object : { ...object, schema: upper(object.schema) };
  return { kind: object.kind, name: database, schema: upper(object.name), object: object.schema };
}

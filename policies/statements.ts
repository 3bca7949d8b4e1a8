/** The few statements that may be run on Snowflake outside its provider, read by a grammar of their own. */

export interface UserStatement {
  kind: "create" | "alter" | "drop" | "show";
  /** As Snowflake keeps it: upper case unless it was quoted. */
  user: string;
  /** What is set, by property in upper case. */
  properties: Record<string, string>;
}

/** A statement that is none of these, and where it stops being one. */
export class StatementError extends Error {}

/** What may be set. Left out, and so refused: passwords, keys, other types, and whatever Snowflake adds. */
const properties = [
  "TYPE",
  "WORKLOAD_IDENTITY",
  "LOGIN_NAME",
  "DISPLAY_NAME",
  "COMMENT",
  "DISABLED",
  "DEFAULT_ROLE",
  "DEFAULT_WAREHOUSE",
  "DEFAULT_NAMESPACE",
  "DEFAULT_SECONDARY_ROLES",
  "NETWORK_POLICY",
  "QUERY_TAG",
  "TIMEZONE",
  "ABORT_DETACHED_QUERY",
  "LOCK_TIMEOUT",
  "STATEMENT_TIMEOUT_IN_SECONDS",
  "STATEMENT_QUEUED_TIMEOUT_IN_SECONDS",
];
const identity = /^TYPE = AWS ARN = 'arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]+'$/;

/**
 * Reads one statement about one user:
 * `CREATE USER [IF NOT EXISTS] name property = value ...`, `ALTER USER [IF EXISTS] name SET | UNSET ...`,
 * `DROP USER [IF EXISTS] name`, `DESCRIBE USER name`, `SHOW USERS LIKE 'name'`,
 * `SHOW USER WORKLOAD IDENTITY AUTHENTICATION METHODS FOR USER name`; what is shown may be narrowed to columns by
 * `->> SELECT "column", ... FROM $1`.
 *
 * @throws {StatementError} for anything else: another statement, a second one, a comment, a property not listed
 */
export function parseStatement(text: string): UserStatement {
  const tokens = tokensOf(text);
  let next = 0;
  const statement = read();
  if (statement.kind === "show") narrow();
  if (next < tokens.length) throw stop("the end");
  return statement;

  function read(): UserStatement {
    if (take("CREATE", "USER")) {
      take("IF", "NOT", "EXISTS");
      const created = { kind: "create" as const, user: name(), properties: assignments() };
      if (created.properties.TYPE !== "SERVICE")
        throw new StatementError("the user is not of TYPE = SERVICE.");
      if (created.properties.WORKLOAD_IDENTITY === undefined) {
        throw new StatementError("the user has no WORKLOAD_IDENTITY, and so no way to sign in.");
      }
      return created;
    }
    if (take("ALTER", "USER")) {
      take("IF", "EXISTS");
      const user = name();
      if (take("UNSET")) return { kind: "alter", user, properties: unset() };
      expect("SET");
      return { kind: "alter", user, properties: assignments() };
    }
    if (take("DROP", "USER")) {
      take("IF", "EXISTS");
      return { kind: "drop", user: name(), properties: {} };
    }
    if (take("SHOW", "USERS", "LIKE")) return { kind: "show", user: literal(), properties: {} };
    if (take("SHOW", "USER", "WORKLOAD", "IDENTITY", "AUTHENTICATION", "METHODS", "FOR", "USER")) {
      return { kind: "show", user: name(), properties: {} };
    }
    if (take("DESCRIBE", "USER") || take("DESC", "USER"))
      return { kind: "show", user: name(), properties: {} };
    throw stop("a statement about a user");
  }

  function assignments(): Record<string, string> {
    const set: Record<string, string> = {};
    while (next < tokens.length) {
      const key = property();
      expect("=");
      set[key] = key === "WORKLOAD_IDENTITY" ? workloadIdentity() : value();
    }
    if (Object.keys(set).length === 0) throw stop("a property");
    if ((set.TYPE ?? "SERVICE") !== "SERVICE") throw new StatementError(`TYPE may not be ${set.TYPE}.`);
    return set;
  }

  function narrow(): void {
    if (!take("->>", "SELECT")) return;
    do name();
    while (take(","));
    if (!take("FROM", "$1")) throw stop("FROM $1");
  }

  function unset(): Record<string, string> {
    const keys = [property()];
    while (take(",")) keys.push(property());
    return Object.fromEntries(keys.map((key) => [key, ""]));
  }

  function property(): string {
    const key = (tokens[next] ?? "").toUpperCase();
    if (!properties.includes(key)) throw stop("a property that may be set");
    next += 1;
    return key;
  }

  function workloadIdentity(): string {
    const inner = parenthesised();
    if (!identity.test(inner)) throw new StatementError(`WORKLOAD_IDENTITY (${inner}) is no role of AWS.`);
    return inner;
  }

  /** A word, a number, a name, a text, or a list in parentheses. */
  function value(): string {
    if (tokens[next] === "(") return `(${parenthesised()})`;
    const token = tokens[next] ?? "";
    if (!/^[\w"'.-]/.test(token)) throw stop("a value");
    next += 1;
    return /^\w+$/.test(token) ? token.toUpperCase() : token;
  }

  function parenthesised(): string {
    expect("(");
    const inner: string[] = [];
    while (next < tokens.length && tokens[next] !== ")") inner.push(tokens[next++] ?? "");
    expect(")");
    return inner.map((each) => (/^\w+$/.test(each) ? each.toUpperCase() : each)).join(" ");
  }

  function name(): string {
    const token = tokens[next] ?? "";
    next += 1;
    if (/^"([^"]|"")+"$/.test(token)) return token.slice(1, -1).replaceAll('""', '"');
    if (/^[A-Za-z_][\w$]*$/.test(token)) return token.toUpperCase();
    next -= 1;
    throw stop("a name");
  }

  function literal(): string {
    const token = tokens[next] ?? "";
    if (!/^'.*'$/.test(token)) throw stop("a text");
    next += 1;
    return token.slice(1, -1).replaceAll("''", "'").replaceAll("\\", "");
  }

  /** Takes all of some words, or none. */
  function take(...words: string[]): boolean {
    if (words.some((word, index) => tokens[next + index]?.toUpperCase() !== word)) return false;
    next += words.length;
    return true;
  }

  function expect(word: string): void {
    if (!take(word)) throw stop(`"${word}"`);
  }

  function stop(wanted: string): StatementError {
    return new StatementError(`expected ${wanted} before "${tokens.slice(next, next + 4).join(" ")}".`);
  }
}

/** Words, quoted names, texts and signs; refuses comments, a second statement and what SQL has besides. */
function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  const token = /\s+|"(?:[^"]|"")*"|'(?:[^'\\]|''|\\.)*'|[\w$]+|->>|[=(),]/y;
  while (token.lastIndex < text.length) {
    const start = token.lastIndex;
    const found = token.exec(text)?.[0];
    if (found === undefined)
      throw new StatementError(`"${text.slice(start, start + 10)}" may not stand here.`);
    if (found.trim() !== "") tokens.push(found);
  }
  return tokens;
}

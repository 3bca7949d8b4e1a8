/**
 * Who has to act on an error, and so whether trying again can help.
 *
 * `transient`: the same call may succeed later. `config`: a declaration, flag or file of ours is
 * wrong. `data`: what the source sent cannot be taken as it is. `bug`: ours; trying again is useless.
 */
export type Blame = "transient" | "config" | "data" | "bug";

/** Every code a user can meet: who has to act, and what it means in a line. The README explains each. */
export const errorCodes = {
  "declare.invalid": { blame: "config", summary: "A declaration under stacks/ is wrong." },
  "environment.invalid": {
    blame: "config",
    summary: "An environment variable or folder Firn needs is wrong.",
  },
  "environment.unknown": { blame: "config", summary: "No environment has this name." },
  "cli.usage": { blame: "config", summary: "A command, flag or name on the command line is wrong." },
  "secret.missing": { blame: "config", summary: "A secret the pipeline needs is not set." },
  "connection.missing": { blame: "config", summary: "A connection the pipeline names has no address." },
  "window.ahead": { blame: "config", summary: "A window ends later than this machine's clock." },
  "partition.unnamed": {
    blame: "config",
    summary: "A delivered file does not tell which partition it holds.",
  },
  "release.missing": { blame: "data", summary: "A release that a plan names is not in the lake." },
  "source.unreachable": { blame: "transient", summary: "The source did not answer, or broke off." },
  "source.rate_limited": { blame: "transient", summary: "The source kept asking to slow down." },
  "source.unavailable": { blame: "transient", summary: "The source answered with server errors." },
  "source.refused": { blame: "config", summary: "The source refused the request (4xx)." },
  "source.not_json": { blame: "data", summary: "A page is not the JSON the declaration promises." },
  "source.truncated": { blame: "transient", summary: "A page ended before it was complete." },
  "source.cursor_repeated": { blame: "data", summary: "The paging loops: a cursor came twice." },
  "source.page_changed": { blame: "data", summary: "A cursor came twice, with another page behind it." },
  "source.foreign_link": { blame: "data", summary: "A next link leads to another host." },
  "source.limit": { blame: "config", summary: "A declared limit of the source was reached." },
  "source.file_changed": { blame: "data", summary: "A delivered file was changed in place." },
  "source.file_missing": { blame: "data", summary: "A planned file is gone from the inbox." },
  "source.file_malformed": { blame: "data", summary: "A delivered file is not of the declared format." },
  "store.full": { blame: "transient", summary: "The disk of the lake has no space left." },
  "store.denied": { blame: "config", summary: "The lake may not be written or read." },
  "store.damaged": { blame: "data", summary: "An object in the lake cannot be read back as it was written." },
  "warehouse.locked": { blame: "transient", summary: "Another process has the local warehouse open." },
  "warehouse.failed": { blame: "bug", summary: "The warehouse refused a statement." },
  "ledger.newer": { blame: "config", summary: "The ledger was written by a newer Firn." },
  "ledger.generation": { blame: "transient", summary: "The warehouse was replaced since the plan was made." },
  "lease.held": { blame: "transient", summary: "Another run works on this pipeline." },
  "lease.lost": { blame: "transient", summary: "A newer run took this pipeline over." },
  "check.refused": { blame: "data", summary: "A batch failed a declared expectation and was not promoted." },
  "model.invalid": { blame: "config", summary: "A dbt project is wrong." },
  "model.unsupported": { blame: "config", summary: "A dbt project uses what Firn does not run." },
  "model.unpinned": { blame: "config", summary: "A model reads the clock or randomness." },
  "model.not_granted": { blame: "config", summary: "A model reads what its team was not granted." },
  "model.pii_undeclared": {
    blame: "config",
    summary: "A column that comes from PII is not declared as such.",
  },
  "model.failed": { blame: "data", summary: "A model's SQL failed." },
  "model.duplicate_key": { blame: "data", summary: "A model gives two rows of one unique_key." },
  "model.schema_changed": { blame: "config", summary: "A model's columns differ from its table's." },
  "model.test_failed": { blame: "data", summary: "Tests of models failed." },
  "batch.unknown": { blame: "config", summary: "No such batch, or it has no manifest." },
  "sql.refused": { blame: "config", summary: "A query is wrong, or would write." },
  "infra.name_taken": { blame: "config", summary: "Two things of an environment would have one name." },
  "infra.quota": { blame: "config", summary: "An environment needs more than its account allows." },
  "infra.edition": { blame: "config", summary: "A declaration needs another edition of Snowflake." },
  "infra.config": { blame: "config", summary: "The stack's configuration is wrong." },
  "secret.container": { blame: "config", summary: "AWS does not hold the container of a secret." },
  "aws.denied": { blame: "config", summary: "AWS does not know who asks, or does not let them." },
  "aws.account": { blame: "config", summary: "These credentials are another account's." },
  "aws.unavailable": { blame: "transient", summary: "AWS did not answer." },
  "adapter.missing": { blame: "config", summary: "A part of Firn that is not built yet was called." },
  "internal.bug": { blame: "bug", summary: "Something happened that should not." },
} as const satisfies Record<string, { blame: Blame; summary: string }>;

export type ErrorCode = keyof typeof errorCodes;

/** The three parts of every message. Each is a full sentence; none may hold a secret or a source's value. */
export interface Explanation {
  what: string;
  why: string;
  fix: string;
  cause?: unknown;
}

/**
 * The one error Firn throws: a stable code, who has to act, and what, why and how to fix.
 *
 * @example throw new FirnError("secret.missing", { what: "...", why: "...", fix: "..." })
 */
export class FirnError extends Error {
  override readonly name = "FirnError";
  readonly code: ErrorCode;
  readonly blame: Blame;
  readonly what: string;
  readonly why: string;
  readonly fix: string;

  constructor(code: ErrorCode, explanation: Explanation) {
    const { what, why, fix, cause } = explanation;
    super(`${what} ${why} ${fix}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.blame = errorCodes[code].blame;
    this.what = what;
    this.why = why;
    this.fix = fix;
  }
}

/** Any thrown value as a FirnError: an unknown error is a bug, never transient. */
export function asFirnError(error: unknown): FirnError {
  if (error instanceof FirnError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new FirnError("internal.bug", {
    what: `Firn failed in a way it does not know: ${message}`,
    why: "This is a bug in Firn or in a library it uses; nothing was promoted.",
    fix: "Run again with --debug and report the stack trace; running again is safe.",
    cause: error,
  });
}

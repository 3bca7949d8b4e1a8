/** Parses what a caller asks for, and keeps the place of a walk in its opaque cursor. */
import { createHash } from "node:crypto";
import { z } from "zod";

export const limitDefault = 100;
export const limitMax = 1_000;

/** What a caller asks for: records with `sinceMs < updated_at <= beforeMs`, `limit` at a time. */
export interface Query {
  /** Exclusive. Without it: from the first record on. */
  readonly sinceMs?: number | undefined;
  /** Inclusive. Without it: up to the last record. */
  readonly beforeMs?: number | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** Where a walk stands: it began at place `start`, goes on at `from` and ends before `until`. */
export interface Walk {
  readonly start: number;
  readonly from: number;
  readonly until: number;
  /** Whether this page was served before, under another cursor. */
  readonly again: boolean;
}

/** Thrown for a request that can never be answered; each problem is a sentence. */
export class BadRequest extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join(" "));
    this.problems = problems;
  }
}

const instant = z.iso
  .datetime("must be an instant in UTC, such as 2013-11-15T06:00:00.000Z")
  .transform((text) => Date.parse(text));

const parameters = z.strictObject({
  updated_since: instant.optional(),
  updated_before: instant.optional(),
  limit: z
    .string()
    .regex(/^[1-9]\d{0,8}$/, "must be a positive whole number")
    .transform((text) => Math.min(Number(text), limitMax))
    .default(limitDefault),
  cursor: z.string().optional(),
});

/** @throws {BadRequest} naming every parameter that is unknown, malformed or given twice */
export function parseQuery(search: URLSearchParams): Query {
  const repeated = [...new Set(search.keys())].filter((name) => search.getAll(name).length > 1);
  const parsed = parameters.safeParse(Object.fromEntries(search));
  if (!parsed.success || repeated.length > 0) {
    throw new BadRequest([
      ...repeated.map((name) => `"${name}" is given more than once.`),
      ...(parsed.error?.issues ?? []).map((issue) =>
        issue.code === "unrecognized_keys"
          ? `Unknown parameters: ${issue.keys.join(", ")}.`
          : `"${issue.path.join(".")}" ${issue.message}.`,
      ),
    ]);
  }
  const { updated_since: sinceMs, updated_before: beforeMs, limit, cursor } = parsed.data;
  return { sinceMs, beforeMs, limit, cursor };
}

const cursorContent = z.strictObject({
  of: z.string(),
  start: z.int().min(0),
  from: z.int().min(0),
  until: z.int().min(0),
  again: z.boolean(),
});

/** @param now the instant as of which the platform shows its records: a cursor is good for one such view */
export function renderCursor(walk: Walk, query: Query, now: string): string {
  return Buffer.from(JSON.stringify({ of: viewOf(query, now), ...walk })).toString("base64url");
}

/** @throws {BadRequest} if the cursor was made up, or belongs to another query or another view */
export function parseCursor(cursor: string, query: Query, now: string): Walk {
  const parsed = cursorContent.safeParse(decode(cursor));
  if (!parsed.success || parsed.data.from > parsed.data.until || parsed.data.of !== viewOf(query, now)) {
    throw new BadRequest(['"cursor" is not one that this query was given, or has expired.']);
  }
  const { of: _, ...walk } = parsed.data;
  return walk;
}

function decode(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString());
  } catch {
    return undefined;
  }
}

function viewOf({ sinceMs, beforeMs, limit }: Query, now: string): string {
  const view = JSON.stringify([now, sinceMs ?? null, beforeMs ?? null, limit]);
  return createHash("sha256").update(view).digest("hex").slice(0, 12);
}

import { crc32 } from "node:zlib";
import { Pool } from "undici";
import { FirnError } from "#core/errors";
import { later } from "#core/interval";
import type { HttpSource } from "#firn";
import type { Clock } from "#ports/clock";
import type { Secrets } from "#ports/secrets";
import type { Chunk, ReadRequest, SourceReader } from "#ports/source";
import { anonymous, openAuthorization } from "./auth.ts";
import { type Envelope, fieldAt, NoRecords, openEnvelope } from "./envelope.ts";
import { openIds } from "./ids.ts";
import { openPaging } from "./paging.ts";
import { postOf } from "./post.ts";
import { type Authorization, fetchPage, notJson, type Page, type Requesting, truncated } from "./request.ts";
import { type Timings, usualTimings } from "./waiting.ts";

export interface HttpSourceOptions {
  secrets: Secrets;
  clock: Clock;
  /** From 0 to 1: spreads the waits of clients that were slowed down together. */
  random: () => number;
  timings?: Timings;
}

/** A chunk is closed by the page that reaches one of these, so its bounds depend on what was sent alone. */
const chunkBytes = 8 * 1024 * 1024;
const chunkPages = 32;

/**
 * Opens the reader of paged JSON over HTTP.
 *
 * It follows the server's own links, never to another origin; while a chunk is being packed it fetches the
 * next, so that at most two are in memory for each shard that is read.
 */
export function openHttpSource({
  secrets,
  clock,
  random,
  timings = usualTimings,
}: HttpSourceOptions): SourceReader {
  const pools = new Map<string, Pool>();
  const authorizations = new Map<string, Authorization>();
  return { read, close };

  async function* read(request: ReadRequest): AsyncIterable<Chunk> {
    const declaration = request.declaration as HttpSource;
    const url = firstUrl(declaration, request);
    const stop = new AbortController();
    let requests = 0;
    const asking = {
      pool: poolOf(url.origin),
      ...(declaration.post && { post: (at: URL) => postOf(at, declaration, declaration.post?.body ?? {}) }),
      limits: limitsOf(declaration),
      clock,
      random,
      timings,
      signal: stop.signal,
      onRequest() {
        requests++;
      },
    };
    const authorization = authorizationOf(declaration, request.address, asking);
    const pages = pagesFrom(url, declaration, { ...asking, authorization });
    let next = nextChunk();
    try {
      for (;;) {
        const chunk = await next;
        if (chunk === null) return;
        next = nextChunk();
        next.catch(() => {});
        yield chunk;
      }
    } finally {
      stop.abort();
    }

    async function nextChunk(): Promise<Chunk | null> {
      let reached: Chunk["reached"];
      const records: Uint8Array[] = [];
      let bytes = 0;
      let recordBytes = 0;
      while (records.length < chunkPages && recordBytes < chunkBytes) {
        const { value, done } = await pages.next();
        if (done) break;
        records.push(value.records);
        reached = value.reached ?? reached;
        bytes += value.bytes;
        recordBytes += value.records.length;
      }
      if (records.length === 0) return null;
      const chunk: Chunk = {
        delivery: { kind: "pages", pages: records },
        bytes,
        requests,
        ...(reached && { reached }),
      };
      requests = 0;
      return chunk;
    }
  }

  /** One for all shards of a source: they share what it costs to sign in. */
  function authorizationOf(
    { auth }: HttpSource,
    address: string,
    asked: Omit<Requesting, "authorization">,
  ): Authorization {
    if (auth === undefined) return anonymous;
    const key = `${address} ${JSON.stringify(auth)}`;
    const known = authorizations.get(key) ?? openAuthorization(auth, { address, secrets, asked, poolOf });
    authorizations.set(key, known);
    return known;
  }

  function poolOf(origin: string): Pool {
    const pool =
      pools.get(origin) ?? new Pool(origin, { connections: 64, headersTimeout: 0, bodyTimeout: 0 });
    pools.set(origin, pool);
    return pool;
  }

  async function close(): Promise<void> {
    await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    pools.clear();
  }
}

/** Pages in order until the documented end; a cursor that comes twice ends it with an error. */
async function* pagesFrom(
  first: URL,
  declaration: HttpSource,
  asked: Requesting,
): AsyncGenerator<{ records: Uint8Array; bytes: number; reached?: Chunk["reached"] }> {
  const pagesMax = declaration.limits?.pagesMax ?? 100_000;
  /** What lay behind each cursor, as a checksum: enough to tell a page that changed from one that did not. */
  const seen = new Map<string, string>();
  const { start, next } = openPaging(first, declaration.paging);
  const ids = declaration.window.by === "id" ? openIds(declaration.window) : null;
  let url: URL | null = start;
  for (let pages = 1; url !== null; pages++) {
    let envelope: Envelope | undefined;
    const page = await fetchPage(url, asked, (candidate) => {
      envelope = envelopeOf(candidate, declaration);
    });
    const { records, rest } = envelope as Envelope;
    const fingerprint = `${page.body.length} ${crc32(page.body)}`;
    const before = seen.get(url.href);
    if (before !== undefined) throw looped(url, before === fingerprint);
    seen.set(url.href, fingerprint);
    ids?.push(url, records);
    const following = next(page, records, rest);
    const more = ids?.isFull() === true && following !== null;
    const reached = ids?.reached(more);
    yield { records, bytes: page.body.length, ...(reached && { reached }) };
    url = more ? null : following;
    if (url !== null && pages >= pagesMax) throw tooManyPages(url, pagesMax);
  }
}

function firstUrl(declaration: HttpSource, { address, shard }: ReadRequest): URL {
  const url = URL.parse(`${address.replace(/\/+$/, "")}${declaration.path}`);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new FirnError("environment.invalid", {
      what: `The address of connection "${declaration.connection}" is no http or https address.`,
      why: "Nothing can be requested from it.",
      fix: `Set it under connections in stacks/environments, or in FIRN_CONNECTION_${declaration.connection.toUpperCase()}.`,
    });
  }
  for (const [name, value] of Object.entries(declaration.query ?? {})) url.searchParams.set(name, value);
  for (const [name, value] of windowParams(declaration.window, shard)) url.searchParams.set(name, value);
  if (declaration.pageSize)
    url.searchParams.set(declaration.pageSize.param, String(declaration.pageSize.value));
  return url;
}

/** What a shard asks for, in the source's own parameters. */
function windowParams(
  window: HttpSource["window"],
  { window: read, after }: ReadRequest["shard"],
): [name: string, value: string][] {
  switch (window.by) {
    case "all":
      return [];
    case "id":
      return [[window.after, after ?? "0"]];
    case "date":
      return read
        ? [
            [window.first, read.from.slice(0, 10)],
            // The window ends with the midnight after its last day.
            [window.last, later(read.to, -1).slice(0, 10)],
          ]
        : [];
    default:
      return [
        ...(read ? [[window.since, read.from] as [string, string]] : []),
        ...(read?.to && window.before !== undefined ? [[window.before, read.to] as [string, string]] : []),
      ];
  }
}

function limitsOf({ limits }: HttpSource): Requesting["limits"] {
  return {
    requestSeconds: limits?.requestSeconds ?? 60,
    attempts: limits?.attempts ?? 4,
    retryAfterSecondsMax: limits?.retryAfterSecondsMax ?? 60,
    pageBytesMax: limits?.pageBytesMax ?? 64 * 1024 * 1024,
  };
}

/** The page's array, or why there is none. */
function envelopeOf({ url, body }: Page, { records }: HttpSource): Envelope {
  try {
    return openEnvelope(body, records);
  } catch (error) {
    if (!(error instanceof NoRecords)) throw error;
    if (error.reason === "ended") throw truncated(url, "its JSON ends early");
    const place = records === undefined ? "no array" : `no array at "${records}"`;
    const code = fieldAt(error.body, "errorcode");
    if (fieldAt(error.body, "exception") !== undefined) {
      const named = typeof code === "string" && /^[\w/-]{1,60}$/.test(code) ? ` (${code})` : "";
      throw notJson(
        url,
        `answered 200 with an error in its body${named}`,
        "Do what the source's documentation says of this error; a wrong or expired token is the usual one.",
      );
    }
    const html = body.toString("latin1", 0, 256).trimStart().startsWith("<");
    throw notJson(
      url,
      html
        ? "answered 200 with HTML where JSON was expected, often a sign-in page"
        : error.reason === "not_json"
          ? "answered 200 with what is not JSON"
          : `answered 200 with ${place}`,
      "Look at the address in a browser or with curl; correct path, auth and records in the pipeline's source.",
    );
  }
}

function looped({ pathname }: URL, same: boolean): FirnError {
  if (same) {
    return new FirnError("source.cursor_repeated", {
      what: `The paging of ${pathname} leads back to a page that was read already.`,
      why: "It would go round for ever; the page was fetched again and is the same.",
      fix: "Report it to the source. If its paging is unstable under writes, raise lagSeconds so that the window is quiet.",
    });
  }
  return new FirnError("source.page_changed", {
    what: `The paging of ${pathname} leads back to a page that was read already and now holds other records.`,
    why: "The source changes while it is read, so records may be missed.",
    fix: "Raise lagSeconds so that the window is quiet, or declare paging by cursor if the source has it.",
  });
}

function tooManyPages({ pathname }: URL, pagesMax: number): FirnError {
  return new FirnError("source.limit", {
    what: `${pathname} has more than pagesMax, ${pagesMax} pages, in one shard.`,
    why: "The limit keeps a paging that never ends from running for ever.",
    fix: "Declare more shards, a shorter batchDaysMax or larger pages, or raise limits.pagesMax in the pipeline's source.",
  });
}

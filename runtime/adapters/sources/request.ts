import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate } from "node:zlib";
import type { Pool } from "undici";
import { FirnError } from "#core/errors";
import type { Clock } from "#ports/clock";
import { askedWait, backoff, type Timings } from "./waiting.ts";

/** A page as it came: its body unpacked; a header that came several times joined. */
export interface Page {
  url: URL;
  body: Buffer;
  header(name: string): string | undefined;
}

/** What proves who asks. */
export interface Authorization {
  headers(): Promise<Record<string, string>>;
  /** The secret whose value is in the headers, for messages. */
  secret: string | undefined;
  /** After a 401: true where other headers may be accepted. */
  renew(): boolean;
}

export interface Requesting {
  pool: Pool;
  /** What is sent to an address. Absent: GET of it. */
  post?: (url: URL) => { path: string; type: string; body: string };
  authorization: Authorization;
  limits: { requestSeconds: number; attempts: number; retryAfterSecondsMax: number; pageBytesMax: number };
  clock: Clock;
  random: () => number;
  timings: Timings;
  signal: AbortSignal;
  onRequest: () => void;
}

/** What one try came to: a page, or an error and whether trying again may help, and after what wait. */
type Outcome =
  | { page: Page }
  | { location: string }
  | { unauthorized: FirnError }
  | { again: (tries: number) => FirnError; waitMilliseconds?: number | null };

const redirectsMax = 5;
const unpack: Record<string, (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>> = {
  gzip: promisify(gunzip),
  "x-gzip": promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

/**
 * Fetches one page, trying again where that can help; `judge` may refuse a page that came.
 *
 * Messages hold the address's path only: queries carry cursors, headers carry secrets.
 *
 * @throws {FirnError} `source.*`
 */
export async function fetchPage(url: URL, asked: Requesting, judge: (page: Page) => void): Promise<Page> {
  let target = url;
  let redirects = 0;
  let renewed = false;
  for (let attempt = 1; ; attempt++) {
    const outcome = await tryOnce(target, asked, judge);
    if ("page" in outcome) return outcome.page;
    if ("location" in outcome) {
      target = followed(outcome.location, target, ++redirects);
      attempt--;
      continue;
    }
    if ("unauthorized" in outcome) {
      if (renewed || !asked.authorization.renew()) throw outcome.unauthorized;
      renewed = true;
      attempt--;
      continue;
    }
    if (attempt >= asked.limits.attempts || asked.signal.aborted) throw outcome.again(attempt);
    const waitMax = asked.limits.retryAfterSecondsMax * 1000;
    const wait = outcome.waitMilliseconds ?? backoff(attempt, asked.random, asked.timings);
    if (wait > waitMax && typeof outcome.waitMilliseconds === "number") throw tooLong(target, wait, asked);
    await asked.clock.sleep(wait, asked.signal);
  }
}

/** A link's address, only if it leads to the same origin. */
export function sameOrigin(link: string, from: URL, how: string): URL {
  const target = URL.parse(link, from.href);
  if (target?.origin === from.origin) return target;
  throw new FirnError("source.foreign_link", {
    what: `${how} of ${from.pathname} leads ${target ? `to ${target.origin}, not ${from.origin}` : "to no address"}.`,
    why: "Following it would send the credentials of one host to another; nothing was sent.",
    fix: "If the source has moved, change the connection's address in stacks/environments; else report it to the source.",
  });
}

function followed(location: string, from: URL, redirects: number): URL {
  const target = sameOrigin(location, from, "A redirect");
  if (redirects <= redirectsMax) return target;
  throw new FirnError("source.refused", {
    what: `${from.pathname} redirects more than ${redirectsMax} times.`,
    why: "It would lead in circles.",
    fix: "Set the path in the pipeline's source declaration to where the data is.",
  });
}

async function tryOnce(url: URL, asked: Requesting, judge: (page: Page) => void): Promise<Outcome> {
  const path = url.pathname;
  const signal = AbortSignal.any([asked.signal, AbortSignal.timeout(asked.limits.requestSeconds * 1000)]);
  const headers = await asked.authorization.headers();
  const post = asked.post?.(url);
  asked.onRequest();
  let response: Awaited<ReturnType<Pool["request"]>>;
  try {
    response = await asked.pool.request({
      method: post ? "POST" : "GET",
      path: post?.path ?? url.pathname + url.search,
      headers: {
        accept: "application/json",
        "accept-encoding": "gzip",
        "user-agent": "firn",
        ...(post && { "content-type": post.type }),
        ...headers,
      },
      ...(post && { body: post.body }),
      signal,
    });
  } catch (error) {
    return { again: (tries) => unreachable(url, tries, error, asked) };
  }
  const header = (name: string) => {
    const value = response.headers[name.toLowerCase()];
    return Array.isArray(value) ? value.join(", ") : value;
  };
  let raw: Buffer;
  try {
    raw = await bodyOf(response.body, asked.limits.pageBytesMax, url);
  } catch (error) {
    if (error instanceof FirnError) throw error;
    if (signal.aborted) return { again: (tries) => unreachable(url, tries, error, asked) };
    return { again: () => truncated(url, "the connection broke off inside it", error) };
  }
  const { statusCode: status } = response;
  const body = await unpacked(raw, header("content-encoding"), asked.limits.pageBytesMax, url);
  if (body === null) return { again: () => truncated(url, "its compressed body is not whole") };
  if (status === 200 || status === 204) {
    const page = { url, body: status === 204 ? Buffer.from("[]") : body, header };
    try {
      judge(page);
    } catch (error) {
      if (error instanceof FirnError && error.code === "source.truncated") return { again: () => error };
      throw error;
    }
    return { page };
  }
  const location = header("location");
  if ([301, 302, 303, 307, 308].includes(status) && location !== undefined) return { location };
  if (status === 429 || (status === 403 && /rate limit exceeded/i.test(body.toString("latin1", 0, 4096)))) {
    return { again: (tries) => rateLimited(path, tries), waitMilliseconds: askedWait(header, asked.clock) };
  }
  if (status >= 500 || status === 408) {
    return {
      again: (tries) => unavailable(path, status, tries),
      waitMilliseconds: askedWait(header, asked.clock),
    };
  }
  const error = refused(path, status, asked.authorization.secret);
  if (status === 401) return { unauthorized: error };
  throw error;
}

async function bodyOf(stream: AsyncIterable<Buffer>, bytesMax: number, url: URL): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw tooLarge(url, bytesMax);
    chunks.push(chunk);
  }
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, bytes);
}

/** The body without its compression; null where that ends early. */
async function unpacked(
  raw: Buffer,
  encoding: string | undefined,
  bytesMax: number,
  url: URL,
): Promise<Buffer | null> {
  const name = encoding?.trim().toLowerCase() ?? "";
  if (name === "" || name === "identity" || raw.length === 0) return raw;
  try {
    const run = unpack[name];
    if (!run) throw new Error(`unknown content encoding`);
    return await run(raw, { maxOutputLength: bytesMax });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(url, bytesMax);
    if (code === "Z_BUF_ERROR" || code === "Z_DATA_ERROR" || code?.startsWith("ERR__ERROR_FORMAT"))
      return null;
    throw new FirnError("source.not_json", {
      what: `${url.pathname} answered with a body packed in a way Firn does not know.`,
      why: "Firn asks for gzip or none.",
      fix: "Have the source, or the proxy before it, respect Accept-Encoding.",
      cause: error,
    });
  }
}

function tooLarge(url: URL, bytesMax: number): FirnError {
  return new FirnError("source.limit", {
    what: `A page of ${url.pathname} is larger than pageBytesMax, ${bytesMax} bytes.`,
    why: "A page is held in memory, so its size must be bounded.",
    fix: "Ask for smaller pages with pageSize, or raise limits.pageBytesMax in the pipeline's source.",
  });
}

function tooLong(url: URL, wait: number, { limits }: Requesting): FirnError {
  const seconds = Math.ceil(wait / 1000);
  return new FirnError("source.rate_limited", {
    what: `${url.pathname} asks to wait ${seconds} seconds, more than the ${limits.retryAfterSecondsMax} declared.`,
    why: "A run that waits that long would hold its lease for nothing.",
    fix: `Run again in ${seconds} seconds; what is landed is kept. Or raise limits.retryAfterSecondsMax, or declare fewer shards.`,
  });
}

function rateLimited(path: string, tries: number): FirnError {
  return new FirnError("source.rate_limited", {
    what: `${path} asked to slow down ${tries} times in a row.`,
    why: "Its quota is used up, by this run or by another client of the same credentials.",
    fix: "Run again later, declare fewer shards, or raise limits.attempts in the pipeline's source.",
  });
}

function unavailable(path: string, status: number, tries: number): FirnError {
  return new FirnError("source.unavailable", {
    what: `${path} answered ${status} in each of ${tries} tries.`,
    why: "The source itself is failing; its data may be there later.",
    fix: "Run again later; if it goes on, ask whoever runs the source.",
  });
}

function unreachable(
  { origin, pathname }: URL,
  tries: number,
  error: unknown,
  { limits }: Requesting,
): FirnError {
  const { code, name } = error as NodeJS.ErrnoException;
  const how =
    name === "TimeoutError" || code === "UND_ERR_HEADERS_TIMEOUT"
      ? `no answer within ${limits.requestSeconds} s`
      : (code ?? name);
  return new FirnError("source.unreachable", {
    what: `${origin}${pathname} could not be read in ${tries} tries (${how}).`,
    why: "The source is down, slow, or not to be reached from here.",
    fix: "See that the connection's address in stacks/environments is right and open from this machine, then run again.",
    cause: error,
  });
}

export function truncated({ pathname }: URL, how: string, cause?: unknown): FirnError {
  return new FirnError("source.truncated", {
    what: `A page of ${pathname} is not complete: ${how}.`,
    why: "The source or a proxy before it broke off, so records are missing.",
    fix: "Run again; if it happens each time, ask for smaller pages with pageSize in the pipeline's source.",
    ...(cause !== undefined && { cause }),
  });
}

function refused(path: string, status: number, secret: string | undefined): FirnError {
  const isAuthorization = status === 401 || status === 403;
  const credentials =
    secret === undefined
      ? "Declare auth: in the pipeline's source, with the name of the secret."
      : `See that secret "${secret}" is valid and has the right to read it.`;
  return new FirnError("source.refused", {
    what: `${path} refused the request with ${status}.`,
    why: isAuthorization
      ? secret === undefined
        ? "No authorization was sent, since the declaration names none."
        : `It did not accept what secret "${secret}" holds.`
      : "It does not know the path, or does not take the parameters as declared.",
    fix: isAuthorization ? credentials : "Correct path, query, window and pageSize in the pipeline's source.",
  });
}

export function notJson({ pathname }: URL, what: string, fix: string): FirnError {
  return new FirnError("source.not_json", {
    what: `${pathname} ${what}.`,
    why: "Taken for an empty page, it would lose records without a word.",
    fix,
  });
}

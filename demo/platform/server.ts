/** Serves the learning platform's API on 127.0.0.1: who may ask, what is refused, and how an answer is sent. */
import { createHash, randomUUID, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { readPage } from "./activities.ts";
import { type Fault, openRefusals, type Refusal } from "./faults.ts";
import { BadRequest } from "./query.ts";
import type { World } from "./records.ts";
import { openStore } from "./store.ts";

export interface PlatformOptions {
  readonly world: Omit<World, "malformed">;
  /** What a caller must send as `Authorization: Bearer ...`. */
  readonly token: string;
  readonly faults: ReadonlySet<Fault>;
  /** 0 takes any port that is free. */
  readonly port: number;
  /** Where DuckDB may put what does not fit into memory. */
  readonly spillFolder: string;
}

export interface Platform {
  readonly port: number;
  /** How many records can be seen, injected ones included. */
  readonly records: number;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const path = "/v1/activities";
/** Longer than a client idles between two pages, so that it never writes into a connection being closed. */
const keepAliveMs = 60_000;
/** Level 1 costs a third of the default's time here for a tenth more bytes. */
const gzipLevel = 1;
const compress = promisify(gzip);

export async function openPlatform(options: PlatformOptions): Promise<Platform> {
  const { faults, world } = options;
  const store = await openStore({ ...world, malformed: faults.has("malformed") }, options.spillFolder);
  const refusals = openRefusals(faults, () => performance.now());
  const server = createServer({ keepAliveTimeout: keepAliveMs }, (request, response) => {
    void answer(request)
      .catch((error: unknown) => (error instanceof BadRequest ? badRequest(error) : broken(error)))
      .then((answered) => send(request, response, answered));
  });
  const port = await listen(server, options.port);
  return { port, records: store.count, close };

  async function answer(request: IncomingMessage): Promise<Answer> {
    const refused = refusals.ofRequest();
    if (refused !== undefined) {
      return problem(refused);
    }
    const url = new URL(`http://127.0.0.1:${port}${request.url?.startsWith("/") ? request.url : "/"}`);
    if (url.pathname !== path) {
      return problem({ status: 404, title: "Not Found", detail: `There is only ${path}.` });
    }
    if (request.method !== "GET") {
      const headers = { Allow: "GET" };
      return problem({
        status: 405,
        title: "Method Not Allowed",
        detail: `${path} can only be read.`,
        headers,
      });
    }
    if (!isToken(request.headers.authorization, options.token)) {
      const headers = { "WWW-Authenticate": 'Bearer realm="learning platform"' };
      return problem({
        status: 401,
        title: "Unauthorized",
        detail: "A valid bearer token is needed.",
        headers,
      });
    }
    const limited = refusals.ofCall();
    if (limited !== undefined) {
      return problem(limited);
    }
    const page = await readPage({ store, now: world.now, faults }, url);
    const headers = { Link: page.link, ETag: page.etag, "Content-Type": "application/json; charset=utf-8" };
    return request.headers["if-none-match"] === page.etag
      ? { status: 304, headers, body: Buffer.alloc(0) }
      : { status: 200, headers, body: page.body };
  }

  async function close(): Promise<void> {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    store.close();
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

/** Compares digests, so that the time it takes says nothing about the token. */
function isToken(header: string | undefined, token: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(header ?? ""), digest(`Bearer ${token}`));
}

async function send(request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> {
  const zipped = acceptsGzip(request) && answer.body.length > 0;
  const body = zipped ? await compress(answer.body, { level: gzipLevel }) : answer.body;
  response.writeHead(answer.status, {
    ...answer.headers,
    ...(zipped ? { "Content-Encoding": "gzip" } : {}),
    ...(answer.status === 304 ? {} : { "Content-Length": body.length }),
    Vary: "Accept-Encoding",
    "X-Request-Id": randomUUID(),
  });
  response.end(body);
}

function acceptsGzip(request: IncomingMessage): boolean {
  return /(^|,)\s*(gzip|\*)\s*(;\s*q=(1|0\.\d*[1-9])[\d.]*\s*)?(,|$)/.test(
    `${request.headers["accept-encoding"] ?? ""}`,
  );
}

/** A JSON problem as in RFC 9457. */
function problem({ status, title, detail, headers }: Refusal): Answer {
  return {
    status,
    headers: { ...headers, "Content-Type": "application/problem+json" },
    body: Buffer.from(JSON.stringify({ type: "about:blank", title, status, detail })),
  };
}

function badRequest(error: BadRequest): Answer {
  return problem({ status: 400, title: "Bad Request", detail: error.message });
}

function broken(error: unknown): Answer {
  process.stderr.write(`learning platform: ${error instanceof Error ? error.message : String(error)}\n`);
  return problem({ status: 500, title: "Internal Server Error", detail: "The platform could not answer." });
}

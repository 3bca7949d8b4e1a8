/** A source of learner events of about 360 bytes, in pages of 1,000, in a process of its own. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const pageRecords = 1000;
/** Pages beyond these repeat them: 5,000,000 records are the first million five times. */
const distinctPages = 1000;
/** Record n happened so long after the first one. */
const apartMs = 777;
const firstMs = Date.UTC(2026, 0, 1);

export const fields = {
  id: "VARCHAR",
  user_id: "BIGINT",
  course_id: "BIGINT",
  verb: "VARCHAR",
  object_id: "VARCHAR",
  occurred_at: "TIMESTAMPTZ",
  updated_at: "TIMESTAMPTZ",
  score: "DOUBLE",
  passed: "BOOLEAN",
  attempt: "INTEGER",
  context: "JSON",
  comment: "VARCHAR",
} as const;

export interface Served {
  address: string;
  /** Of the files that hold them, one a page: those of the distinct pages, repeated. */
  files: string[];
  pages: number;
  /** For what a benchmark writes; it goes with the pages. */
  folder: string;
}

/** Serves so many records, rounded up to whole pages, for as long as `use` takes; each page after `delayMs`. */
export async function servePages<T>(
  records: number,
  use: (served: Served) => Promise<T>,
  delayMs = 0,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "firn-bench-"));
  try {
    const pagesFolder = mkdtempSync(join(folder, "pages-"));
    const pages = Math.ceil(records / pageRecords);
    const distinct = renderPages(pagesFolder, records);
    const files = Array.from({ length: pages }, (_, at) => distinct[at % distinctPages] as string);
    const server = await startServer(pagesFolder, pages, delayMs);
    try {
      return await use({ address: server.address, files, pages, folder });
    } finally {
      await server.stop();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Renders the pages for so many records into a folder; the same ones each time. */
function renderPages(folder: string, records: number): string[] {
  let seed = 42;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return seed % below;
  };
  const verbs = ["viewed", "submitted", "graded", "posted", "completed", "attempted"];
  const pages = Math.min(distinctPages, Math.ceil(records / pageRecords));
  return Array.from({ length: pages }, (_, page) => {
    const events = Array.from({ length: pageRecords }, (_, at) => {
      const id = page * pageRecords + at;
      const instant = new Date(firstMs + id * apartMs).toISOString();
      return {
        id: `event-${String(id).padStart(12, "0")}`,
        user_id: 10_000_000 + random(1_000_000),
        course_id: 100_000 + random(5000),
        verb: verbs[random(6)],
        object_id: `assignment-${random(1_000_000)}`,
        occurred_at: instant,
        updated_at: instant,
        score: random(10_000) / 100,
        passed: random(2) === 0,
        attempt: 1 + random(5),
        context: { session: `s-${random(1_000_000_000)}`, ip: `10.0.${random(256)}.${random(256)}` },
        comment:
          random(2) === 0
            ? null
            : "The learner worked steadily, answered most of the questions, and left two for later.",
      };
    });
    const file = join(folder, `${String(page).padStart(6, "0")}.json`);
    writeFileSync(file, JSON.stringify(events));
    return file;
  });
}

/**
 * Starts the server over rendered pages.
 *
 * `/events?since=<shard>/<shards>` begins a shard of `pages`: bytes as rendered, so that serving costs next
 * to nothing. `/distinct?since=<instant>&before=<instant>`: every record its own id and instant however many
 * there are, in (since, before].
 */
async function startServer(
  folder: string,
  pages: number,
  delayMs: number,
): Promise<{ address: string; stop(): Promise<void> }> {
  const child = spawn(process.execPath, [import.meta.filename, folder, String(pages), String(delayMs)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [address] = (await once(child.stdout, "data")) as [Buffer];
  return {
    address: address.toString().trim(),
    async stop() {
      child.kill();
      await once(child, "close");
    },
  };
}

/** The pages of shard `at` of `shards`: from (included) to (excluded). */
export function shardPages(at: number, shards: number, pages: number): { from: number; to: number } {
  return { from: Math.floor((pages * at) / shards), to: Math.floor((pages * (at + 1)) / shards) };
}

function serve(folder: string, pages: number, delayMs: number): void {
  const bodies = readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name)));
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://localhost");
    if (url.pathname === "/distinct") return distinct(url, response);
    const [at = 0, shards = 1] = (url.searchParams.get("since") ?? "").split("/").map(Number);
    const { from, to } = shardPages(at, shards, pages);
    const page = Number(url.searchParams.get("page") ?? from);
    const body = bodies[page % bodies.length] as Buffer;
    if (page + 1 < to) {
      url.searchParams.set("page", String(page + 1));
      response.setHeader("link", `<${url.pathname}${url.search}>; rel="next"`);
    }
    send(response, body);
  });
  function distinct(url: URL, response: ServerResponse): void {
    const { searchParams } = url;
    const place = (param: string) =>
      Math.floor((Date.parse(searchParams.get(param) ?? "") - firstMs) / apartMs) + 1;
    const until = Math.min(place("before"), pages * pageRecords);
    const from = Number(searchParams.get("from") ?? Math.max(0, place("since")));
    const count = Math.max(0, Math.min(pageRecords, until - from));
    const body = renumber(bodies[Math.floor(from / pageRecords) % bodies.length] as Buffer, from, count);
    if (from + count < until) {
      searchParams.set("from", String(from + count));
      response.setHeader("link", `<${url.pathname}${url.search}>; rel="next"`);
    }
    send(response, body);
  }

  function send(response: ServerResponse, body: Buffer): void {
    response.writeHead(200, { "content-type": "application/json", "content-length": body.length });
    if (delayMs > 0) setTimeout(() => response.end(body), delayMs);
    else response.end(body);
  }

  server.listen(0, "127.0.0.1", () =>
    console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
  );
}

/** The first `count` records of a page, as those from number `from` on: ids and instants are of fixed width. */
function renumber(page: Buffer, from: number, count: number): Buffer {
  const body = Buffer.from(page);
  let at = 0;
  for (let n = from; n < from + count; n++) {
    const instant = new Date(firstMs + n * apartMs).toISOString();
    at = body.indexOf('{"id":"event-', at) + '{"id":"event-'.length;
    body.write(String(n).padStart(12, "0"), at, "latin1");
    for (const field of ['"occurred_at":"', '"updated_at":"']) {
      at = body.indexOf(field, at) + field.length;
      body.write(instant, at, "latin1");
    }
  }
  const end = count === pageRecords ? -1 : body.indexOf('{"id":"event-', at);
  if (count === 0) return Buffer.from("[]");
  return end === -1 ? body : Buffer.concat([body.subarray(0, end - 1), Buffer.from("]")]);
}

if (import.meta.main) serve(process.argv[2] as string, Number(process.argv[3]), Number(process.argv[4]));

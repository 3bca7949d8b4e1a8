import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Record_ } from "./feeds/feed.ts";
import { feeds } from "./feeds/index.ts";

export interface Source {
  /** Its own address, below which each day has one. */
  readonly base: string;
  /** The connection's address on a day. */
  address(day: number): string;
  stop(): void;
}

export const token = "token-of-the-small-shop";

/**
 * The shop's API, outside of every killed world, which remembers nothing.
 *
 * `/day/N/v1/TABLE` gives what the API would have said on day N, so that a reading can be repeated at any
 * time: by `changed_since` and `changed_before`, by `first` and `last` day, `above` an id, or all. The next
 * page is told in every way at once, and a declaration follows one.
 */
export async function startSource(): Promise<Source> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const [, day, table] = /^\/day\/([12])\/v1\/(\w+)$/.exec(url.pathname) ?? [];
    const records = feeds.find(({ pipeline }) => pipeline.name === table)?.records;
    if (!records || request.headers.authorization !== `Bearer ${token}`) {
      response.writeHead(records ? 401 : 404).end();
      return;
    }
    const rows = records[Number(day) as 1 | 2].filter((record) => isAskedFor(record, url.searchParams));
    const { from, limit } = pageOf(url.searchParams);
    const next = from + limit < rows.length ? String(from + limit) : null;
    const headers: Record<string, string> = { "content-type": "application/json" };
    if (next !== null) {
      url.searchParams.set("from", next);
      headers.link = `<${url.pathname}${url.search}>; rel="next"`;
      headers["x-next"] = next;
    }
    const page = rows.slice(from, from + limit);
    const body = url.searchParams.has("envelope") ? { rows: page, next } : page;
    response.writeHead(200, headers).end(JSON.stringify(body));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  server.unref();
  const { port } = server.address() as AddressInfo;
  return {
    base: `http://127.0.0.1:${port}`,
    address: addressOf(`http://127.0.0.1:${port}`),
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The addresses of the days below a source's own. */
export function addressOf(base: string): (day: number) => string {
  return (day) => `${base}/day/${day}`;
}

function isAskedFor({ changed_at, day, id }: Record_, asked: URLSearchParams): boolean {
  const [since, before, first, last, above] = [
    "changed_since",
    "changed_before",
    "first",
    "last",
    "above",
  ].map((name) => asked.get(name));
  const changed = Date.parse(String(changed_at));
  return (
    (since == null || changed > Date.parse(since)) &&
    (before == null || changed <= Date.parse(before)) &&
    (first == null || String(day) >= first) &&
    (last == null || String(day) <= last) &&
    (above == null || Number(id) > Number(above))
  );
}

function pageOf(asked: URLSearchParams): { from: number; limit: number } {
  const limit = Number(asked.get("limit"));
  const page = asked.get("page");
  const from =
    page === null ? Number(asked.get("offset") ?? asked.get("from") ?? 0) : (Number(page) - 1) * limit;
  return { from, limit };
}

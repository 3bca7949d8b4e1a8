/** The shop's API as it would have answered at an instant, and the trouble it has. */
import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";
import { answer, serve } from "../support/sources/server.ts";
import type { History, SentRow, Version } from "./history.ts";

/** What the API shows from now on, and how well it does. */
export interface Weather {
  /** Milliseconds since 1970: versions that are seen later are not there yet. */
  now: number;
  /** Tells this stretch from others, so that the same requests fail in the same way. */
  name: string;
  mood: "calm" | "shaky" | "down";
}

/** Rows an API gives for `(since, before]` at an instant. */
export function rowsOfWindow(
  history: History,
  table: string,
  now: number,
  since: number,
  before: number,
): SentRow[] {
  const seen = (versions: Version[]) => versions.filter(({ visibleAt }) => visibleAt <= now);
  const inWindow = ({ at }: Version) => at > since && at <= before;
  if (table === "items")
    return seen(history.items)
      .filter(inWindow)
      .sort(byInstant)
      .flatMap(({ rows }) => rows);
  // Of an order only its present state is shown.
  const present = new Map<number, Version>();
  for (const each of seen(history.orders))
    if (each.at > (present.get(each.id)?.at ?? 0)) present.set(each.id, each);
  return [...present.values()]
    .filter(inWindow)
    .sort(byInstant)
    .flatMap(({ rows }) => rows);
}

function byInstant(a: Version, b: Version): number {
  return a.at - b.at;
}

export async function startSource(history: History, seed: number, token: string) {
  let weather: Weather = { now: 0, name: "", mood: "calm" };
  const tries = new Map<string, number>();
  const server = await serve((response, asked) => {
    const url = new URL(asked.path, "http://localhost");
    if (asked.headers.authorization !== `Bearer ${token}`) return answer("", {}, 401)(response, asked);
    const since = Date.parse(url.searchParams.get("since") ?? "");
    const before = Date.parse(url.searchParams.get("before") ?? "");
    const limit = Number(url.searchParams.get("limit"));
    const from = Number(url.searchParams.get("from") ?? 0);
    const rows = rowsOfWindow(history, url.pathname.slice(1), weather.now, since, before);
    const headers: Record<string, string> = {};
    if (from + limit < rows.length) {
      url.searchParams.set("from", String(from + limit));
      headers.link = `<${url.pathname}${url.search}>; rel="next"`;
    }
    const body = `[${rows
      .slice(from, from + limit)
      .map(({ json }) => json)
      .join(",")}]`;
    if (weather.mood === "down") return answer("<h1>out</h1>", {}, 503)(response, asked);
    const attempt = `${weather.name} ${asked.path}`;
    const nth = (tries.get(attempt) ?? 0) + 1;
    tries.set(attempt, nth);
    const draw = createHash("sha256").update(`${seed} ${attempt} ${nth}`).digest();
    if (weather.mood === "shaky" && draw.readUInt8(0) < 20) fail(response, draw.readUInt8(1) % 5, body);
    else answer(body, headers)(response, asked);
  });
  return {
    address: server.address,
    set(next: Weather) {
      weather = next;
    },
    close: server.close,
  };
}

function fail(response: ServerResponse, how: number, body: string): void {
  switch (how) {
    case 0:
      response.writeHead(503).end("later");
      return;
    case 1:
      response.writeHead(429, { "retry-after": "1" }).end();
      return;
    case 2:
      // Half of a page, and then nothing.
      response.writeHead(200, { "content-length": body.length + 10 });
      response.write(body.slice(0, body.length / 2), () => response.destroy());
      return;
    case 3:
      response.destroy();
      return;
    default:
      // Whole by its length, but its JSON ends early.
      response.writeHead(200).end(body.slice(0, -1));
  }
}

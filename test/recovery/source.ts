import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What the shop's API says of its items on a day; a change is one row, later days see later changes. */
interface Item {
  item_id: number;
  name: string;
  email: string;
  price: string;
  quantity: number | string;
  status: "live" | "gone";
  changed_at: string;
  note?: string;
}

export interface Source {
  /** Its own address, below which each day has one. */
  readonly base: string;
  /** The connection's address on a day. */
  address(day: number): string;
  /** Requests so far. */
  readonly calls: number;
  stop(): void;
}

export const token = "token-of-the-small-shop";

/**
 * The small run's source: an HTTP API outside of every killed world, which remembers nothing.
 *
 * `/day/N/v1/items?changed_since=&changed_before=&limit=&from=` gives what the API would have said on
 * day N, so that a reading can be repeated at any time.
 */
export async function startSource(): Promise<Source> {
  let calls = 0;
  const server = createServer((request, response) => {
    calls++;
    const url = new URL(request.url ?? "/", "http://localhost");
    const day = Number(/^\/day\/(\d)\/v1\/items$/.exec(url.pathname)?.[1]);
    if (!day || request.headers.authorization !== `Bearer ${token}`) {
      response.writeHead(day ? 401 : 404).end();
      return;
    }
    const [since, before] = ["changed_since", "changed_before"].map((name) =>
      Date.parse(url.searchParams.get(name) ?? ""),
    );
    const inWindow = (itemsByDay[day] ?? []).filter(({ changed_at: at }) => {
      const changed = Date.parse(at);
      return changed > (since ?? 0) && changed <= (before ?? 0);
    });
    const limit = Number(url.searchParams.get("limit"));
    const from = Number(url.searchParams.get("from") ?? 0);
    const headers: Record<string, string> = { "content-type": "application/json" };
    if (from + limit < inWindow.length) {
      url.searchParams.set("from", String(from + limit));
      headers.link = `<${url.pathname}${url.search}>; rel="next"`;
    }
    response.writeHead(200, headers).end(JSON.stringify(inWindow.slice(from, from + limit)));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  server.unref();
  const { port } = server.address() as AddressInfo;
  return {
    base: `http://127.0.0.1:${port}`,
    address: addressOf(`http://127.0.0.1:${port}`),
    get calls() {
      return calls;
    },
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

const item = (id: number, at: string, more: Partial<Item> = {}): Item => ({
  item_id: id,
  name: `item ${id}`,
  email: `owner${id}@example.org`,
  price: "9.99",
  quantity: id,
  status: "live",
  changed_at: at,
  ...more,
});

const firstDay: Item[] = [
  item(1, "2024-01-02T01:00:00Z"),
  item(2, "2024-01-02T02:00:00Z"),
  // A tie within one batch: one key, one version, two payloads.
  item(3, "2024-01-02T03:00:00Z", { name: "tied, first" }),
  item(3, "2024-01-02T03:00:00Z", { name: "tied, second" }),
  item(4, "2024-01-02T04:00:00Z", { quantity: "many" }),
  item(6, "2024-01-02T20:00:00Z", { note: "a field nobody declared" }),
  item(2, "2024-01-02T22:00:00Z", { status: "gone" }),
  item(8, "2024-01-02T23:30:00Z", { name: "before the tie" }),
  item(9, "2024-01-02T23:40:00Z"),
];

const secondDay: Item[] = [
  ...firstDay.filter(({ item_id: id }) => id !== 8),
  // Committed late: it lies in the overlap.
  item(11, "2024-01-02T23:15:00Z"),
  // A tie across batches: what was read yesterday, with another payload and no newer version.
  item(8, "2024-01-02T23:30:00Z", { name: "after the tie" }),
  item(1, "2024-01-03T01:00:00Z", { price: "1e1" }),
  item(4, "2024-01-03T02:00:00Z", { quantity: 4 }),
  item(6, "2024-01-03T03:00:00Z", { status: "gone" }),
  item(10, "2024-01-03T04:00:00Z", { quantity: "1.5" }),
].sort((a, b) => Date.parse(a.changed_at) - Date.parse(b.changed_at));

const itemsByDay: Record<number, Item[]> = { 1: firstDay, 2: secondDay };

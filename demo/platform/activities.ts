/** Answers `GET /v1/activities`: one page of a walk, and the link to the next one. */
import { createHash } from "node:crypto";
import type { Fault } from "./faults.ts";
import { parseCursor, parseQuery, type Query, renderCursor, type Walk } from "./query.ts";
import type { RecordStore } from "./store.ts";

export interface Page {
  readonly body: Buffer;
  /** The `Link` header as in RFC 8288; `rel="next"` is absent on the last page. */
  readonly link: string;
  /** Weak: the same records, perhaps in another encoding. */
  readonly etag: string;
}

export interface View {
  readonly store: RecordStore;
  readonly now: string;
  readonly faults: ReadonlySet<Fault>;
}

/**
 * @param url the absolute address that was asked for
 * @throws {BadRequest} for parameters that are unknown or malformed
 */
export async function readPage(view: View, url: URL): Promise<Page> {
  const query = parseQuery(url.searchParams);
  const walk =
    query.cursor === undefined
      ? await beginWalk(view.store, query)
      : parseCursor(query.cursor, query, view.now);
  const until = Math.min(walk.from + query.limit, walk.until);
  const body = await view.store.render(walk.from, until);
  const next = planNext(walk, until, query.limit, view.faults);
  return {
    body,
    link: renderLink(url, next && renderCursor(next, query, view.now)),
    etag: `W/"${createHash("sha256").update(`${view.now} ${walk.from} ${until}`).digest("hex").slice(0, 20)}"`,
  };
}

async function beginWalk(store: RecordStore, query: Query): Promise<Walk> {
  const start = query.sinceMs === undefined ? 0 : await store.countUntil(query.sinceMs);
  const until = query.beforeMs === undefined ? store.count : await store.countUntil(query.beforeMs);
  return { start, from: start, until: Math.max(start, until), again: false };
}

/** Where the page after places [walk.from, until) is; undefined if there is none. */
export function planNext(
  walk: Walk,
  until: number,
  limit: number,
  faults: ReadonlySet<Fault>,
): Walk | undefined {
  const isSecondPage = walk.from === walk.start + limit && walk.from < walk.until;
  if (faults.has("duplicate-page") && isSecondPage && !walk.again) {
    return { ...walk, again: true };
  }
  return until < walk.until ? { ...walk, from: until, again: false } : undefined;
}

/** Real servers put more into a link than its target: commas and semicolons in quotes, several relations. */
function renderLink(url: URL, cursor: string | undefined): string {
  const first = new URL(url);
  first.searchParams.delete("cursor");
  const links = [`<${url.href}>; rel="current"`, `<${first.href}>; rel="first"`];
  if (cursor !== undefined) {
    const next = new URL(first);
    next.searchParams.set("cursor", cursor);
    links.push(`<${next.href}>; title="next page, oldest change first; opaque"; rel="next"`);
  }
  return links.join(", ");
}

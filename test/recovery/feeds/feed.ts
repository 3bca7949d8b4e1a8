import type { Pipeline } from "#firn";

/** A pipeline of the shop, and what its source holds on each of two days. */
export interface Feed {
  pipeline: Pipeline;
  /** For delivered files: what comes on a day, by path below a folder of the pipeline's name. */
  files?: ByDay<Record<string, string>>;
  /** For the API: all it has on a day, in its own order. */
  records?: ByDay<Record_[]>;
  /** What the second day leaves, as worked out by hand. */
  ends: {
    /** Live rows of silver, sorted: these columns of each, joined by blanks. */
    live: string[];
    of: string[];
    quarantined: number;
  };
}

export interface ByDay<T> {
  1: T;
  2: T;
}

export type Record_ = Record<string, unknown>;

/** How the shop's API is asked for a table, paged by the `Link` header. */
export function api<Name extends string>(name: Name) {
  return {
    kind: "http" as const,
    connection: "shop_api",
    path: `/v1/${name}`,
    auth: { kind: "bearer" as const, secret: "shop_token" },
    window: { since: "changed_since", before: "changed_before" },
    pageSize: { param: "limit", value: 3 },
    paging: { style: "link" as const },
  };
}

/** The files of a pipeline's own folder in the inbox. */
export function inbox(name: string) {
  return { kind: "files" as const, connection: "shop_inbox", pattern: `${name}/**` };
}

/** Windows by time: the first day is two of them. */
export const watermark = {
  start: "2024-01-01T00:00:00Z",
  lagSeconds: 300,
  overlapSeconds: 3600,
  batchDaysMax: 1,
};

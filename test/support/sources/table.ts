import { answer, serve } from "./server.ts";

export type Record_ = Record<string, unknown>;

/**
 * An API over records that a test may change at any time, and what it was asked.
 *
 * `/rows?since=&before=&field=` by instants in `(since, before]` of the field; `/rows?first=&last=` by days, both
 * included, of `day`; `/rows?above=` by `id`, rising. Pages of `limit`, from `offset`.
 */
export async function serveTable(records: Record_[]) {
  const server = await serve((response, { path }) => {
    const { searchParams: asked } = new URL(path, "http://localhost");
    const between = (value: string, from: string | null, to: string | null, open: boolean) =>
      (from === null || (open ? value > from : value >= from)) && (to === null || value <= to);
    const instant = (text: string | null) => (text === null ? null : new Date(text).toISOString());
    const chosen = records
      .filter(
        (record) =>
          between(
            new Date(String(record[asked.get("field") ?? "changed_at"])).toISOString(),
            instant(asked.get("since")),
            instant(asked.get("before")),
            true,
          ) &&
          between(String(record.day ?? ""), asked.get("first"), asked.get("last"), false) &&
          (asked.get("above") === null || Number(record.id) > Number(asked.get("above"))),
      )
      .sort((a, b) => Number(a.id) - Number(b.id));
    const offset = Number(asked.get("offset") ?? 0);
    const limit = Number(asked.get("limit") ?? 2);
    answer(JSON.stringify(chosen.slice(offset, offset + limit)))(response, { path, headers: {}, body: "" });
  });
  return {
    ...server,
    /** The queries so far, without paging. */
    windows: () => [
      ...new Set(
        server.asked.map(({ path }) => {
          const { searchParams } = new URL(path, "http://localhost");
          for (const name of ["offset", "limit"]) searchParams.delete(name);
          return decodeURIComponent(searchParams.toString());
        }),
      ),
    ],
  };
}

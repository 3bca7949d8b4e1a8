/** Where the next page is, by each declared style. Pure but for the place it keeps. */
import { openArraySplitter } from "#adapters/packer/records";
import { FirnError } from "#core/errors";
import type { HttpSource } from "#firn";
import { fieldAt } from "./envelope.ts";
import { nextLink } from "./link.ts";
import { notJson, type Page, sameOrigin } from "./request.ts";

export interface Paging {
  /** The first page's address. */
  start: URL;
  /** The address of the page after this one; null where it was the last. */
  next(page: Page, records: Uint8Array, rest: unknown): URL | null;
}

/** Begins to page through what the first address leads to. */
export function openPaging(first: URL, paging: HttpSource["paging"]): Paging {
  switch (paging.style) {
    case "link":
      return {
        start: first,
        next(page) {
          const link = nextLink(page.header("link") ?? "");
          return link === null ? null : sameOrigin(link, page.url, "The next link");
        },
      };
    case "cursor":
      return {
        start: first,
        next: (page, _records, rest) => toCursor(page, fieldAt(rest, paging.next), `at "${paging.next}"`),
      };
    case "header":
      return {
        start: first,
        next: (page) => toCursor(page, page.header(paging.header), `in the header ${paging.header}`),
      };
    case "page": {
      let number = paging.first ?? 1;
      return {
        start: withParam(number),
        next: unlessEmpty(() => withParam(++number)),
      };
    }
    case "offset": {
      let offset = 0;
      return {
        start: withParam(0),
        next: unlessEmpty((_page, records) => {
          offset += [...openArraySplitter().push(records)].length;
          return withParam(offset);
        }),
      };
    }
    case "after":
      return {
        start: first,
        next: unlessEmpty((page, records) => {
          const value = fieldAt(parsedRecord([...openArraySplitter().push(records)].at(-1)), paging.field);
          if (typeof value === "string" || typeof value === "number") return withParam(value);
          throw notJson(
            page.url,
            `has a last record without a text or number at "${paging.field}"`,
            "Set paging.field in the pipeline's source to the field by which the source pages.",
          );
        }),
      };
  }

  function withParam(value: string | number): URL {
    const url = new URL(first);
    if ("param" in paging && paging.param !== undefined) url.searchParams.set(paging.param, String(value));
    return url;
  }

  function toCursor(page: Page, cursor: unknown, where: string): URL | null {
    if (cursor === undefined || cursor === null || cursor === "" || cursor === false) return null;
    if (typeof cursor !== "string" && typeof cursor !== "number") {
      throw notJson(
        page.url,
        `holds ${where} neither an address nor a token`,
        "Set paging.next in the pipeline's source to the field that leads to the next page.",
      );
    }
    if ("param" in paging && paging.param !== undefined) return withParam(cursor);
    return sameOrigin(String(cursor), page.url, "The next address");
  }
}

/** For styles whose end is an empty page. A page that comes twice in a row shows a source that does not page. */
function unlessEmpty(after: (page: Page, records: Uint8Array) => URL): Paging["next"] {
  let before: Buffer | undefined;
  return (page, records) => {
    if (isEmpty(records)) return null;
    if (before?.equals(page.body)) throw notPaged(page.url);
    before = page.body;
    return after(page, records);
  };
}

/** A record out of a page's array; undefined where it is none that can be read. */
export function parsedRecord(record: { bytes: Buffer } | undefined): unknown {
  try {
    return JSON.parse(record?.bytes.toString("utf8") ?? "null");
  } catch {
    return undefined;
  }
}

function isEmpty(records: Uint8Array): boolean {
  return /^\[\s*\]$/.test(Buffer.from(records.subarray(0, 1024)).toString("latin1").trim());
}

function notPaged({ pathname }: URL): FirnError {
  return new FirnError("source.cursor_repeated", {
    what: `${pathname} gave the same page twice in a row.`,
    why: "It seems not to know the paging parameter, so it would go round for ever.",
    fix: "Correct paging.param in the pipeline's source by the source's documentation.",
  });
}

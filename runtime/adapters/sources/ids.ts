/** How far a reading by id has come: counts each page's records and looks at the first and the last. */
import { openArraySplitter } from "#adapters/packer/records";
import type { HttpSource } from "#firn";
import type { Chunk } from "#ports/source";
import { fieldAt } from "./envelope.ts";
import { parsedRecord } from "./paging.ts";
import { notJson } from "./request.ts";

const rowsMaxDefault = 1_000_000;

export interface Ids {
  push(url: URL, records: Uint8Array): void;
  /** True where the batch has as many records as it may. */
  isFull(): boolean;
  reached(more: boolean): Chunk["reached"];
}

export function openIds({ field, rowsMax }: Extract<HttpSource["window"], { by: "id" }>): Ids {
  let highest: bigint | undefined;
  let rows = 0;
  return {
    push(url, records) {
      const page = [...openArraySplitter().push(records)];
      rows += page.length;
      for (const record of [page.at(0), page.at(-1)]) {
        const id = idIn(parsedRecord(record));
        // A record that cannot be read goes to quarantine; it says nothing of how far the reading came.
        if (id === undefined) continue;
        if (highest !== undefined && id < highest) throw falling(url);
        highest = id;
      }
    },
    isFull: () => rows >= (rowsMax ?? rowsMaxDefault),
    reached: (more) => (highest === undefined ? undefined : { id: String(highest), more }),
  };

  function idIn(record: unknown): bigint | undefined {
    const value = fieldAt(record, field);
    const text = typeof value === "number" && Number.isSafeInteger(value) ? String(value) : value;
    return typeof text === "string" && /^\d{1,19}$/.test(text) ? BigInt(text) : undefined;
  }

  function falling(url: URL) {
    return notJson(
      url,
      `gives records whose "${field}" falls, so a batch that ends in between would miss some`,
      "Add the parameter to the source's query that sorts by id, rising; or read by time.",
    );
  }
}

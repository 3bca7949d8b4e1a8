/**
 * Reads CSV as RFC 4180 and DuckDB's strict reader understand it, one record at a time, and goes on after a
 * bad one. Pure; used for headers, and for files in which DuckDB found something bad.
 *
 * A value without quotes that is empty is NULL, `""` is the empty text. Lines end in LF or CRLF, or in CR
 * where the header does. Blank lines are skipped unless there is but one column.
 */
import { isUtf8 } from "node:buffer";

export interface CsvRecord {
  /** The record's bytes without its line end. */
  bytes: Buffer;
  /** The line it begins on, from 1. */
  line: number;
  values: (string | null)[];
  /** Why the record cannot be read; its values are then empty. */
  bad?: string;
}

export interface CsvReader {
  push(bytes: Buffer): Generator<CsvRecord>;
  end(): Generator<CsvRecord>;
}

/** The longest record read, as DuckDB's default. A quote that is never closed costs its own line only. */
export const recordBytesMax = 2_097_152;

const quote = 0x22;
const lf = 10;
const cr = 13;

export function openCsvReader(delimiter: string, lineEnd?: number): CsvReader {
  const separator = delimiter.charCodeAt(0);
  let rest: Buffer = Buffer.alloc(0);
  let line = 1;
  let begun = false;
  let loneCr = lineEnd === cr;

  return {
    *push(bytes) {
      rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
      yield* taken(false);
    },
    *end() {
      yield* taken(true);
    },
  };

  function* taken(atEnd: boolean): Generator<CsvRecord> {
    let from = !begun && rest[0] === 0xef && rest[1] === 0xbb && rest[2] === 0xbf ? 3 : 0;
    while (from < rest.length) {
      if (!begun) loneCr ||= endsInLoneCr(from);
      const record =
        read(from, atEnd) ?? (atEnd || rest.length - from > recordBytesMax ? firstLine(from) : null);
      if (record === null) break;
      begun = true;
      const bytes = rest.subarray(from, record.end);
      const at = line;
      for (let i = from; i < record.next; i++) if (rest[i] === (loneCr ? cr : lf)) line++;
      from = record.next;
      yield record.bad === undefined && !isUtf8(bytes)
        ? { bytes, line: at, values: [], bad: "not UTF-8" }
        : { bytes, line: at, values: record.values, ...(record.bad !== undefined && { bad: record.bad }) };
    }
    rest = rest.subarray(from);
  }

  /** One record from `start`; null where its end has not come yet. */
  function read(start: number, atEnd: boolean): Read | null {
    const values: (string | null)[] = [];
    let i = start;
    for (;;) {
      let opening = i;
      while (rest[opening] === 0x20 && separator !== 0x20) opening++;
      if (rest[opening] === quote) {
        const closing = closingQuote(opening + 1);
        if (closing < 0) return null;
        let after = closing + 1;
        while (rest[after] === 0x20 && separator !== 0x20) after++;
        if (after >= rest.length && !atEnd) return null;
        values.push(rest.toString("utf8", opening + 1, closing).replaceAll('""', '"'));
        if (rest[after] !== separator && !isEnd(after)) return resumed(after, "text after a closing quote");
        i = after;
      } else {
        let to = i;
        while (to < rest.length && rest[to] !== separator && !isEnd(to)) to++;
        if (to >= rest.length && !atEnd) return null;
        values.push(to === i ? null : rest.toString("utf8", i, to));
        i = to;
      }
      if (rest[i] === separator) i++;
      else break;
      if (i >= rest.length && !atEnd) return null;
    }
    if (rest[i] === cr && !loneCr && i + 1 >= rest.length && !atEnd) return null;
    return { values, end: i, next: i + endLength(i) };
  }

  function closingQuote(from: number): number {
    let at = rest.indexOf(quote, from);
    while (at >= 0 && rest[at + 1] === quote) at = rest.indexOf(quote, at + 2);
    return at;
  }

  function resumed(from: number, bad: string): Read | null {
    let i = from;
    while (i < rest.length && !isEnd(i)) i++;
    return i >= rest.length ? null : { values: [], bad, end: i, next: i + endLength(i) };
  }

  /** Gives up on a record that does not end: its first line is bad, the next line begins anew. */
  function firstLine(from: number): Read {
    let i = from;
    while (i < rest.length && !isEnd(i)) i++;
    return { values: [], bad: "a quote that is not closed", end: i, next: i + endLength(i) };
  }

  function isEnd(at: number): boolean {
    if (at >= rest.length) return true;
    if (loneCr) return rest[at] === cr;
    return rest[at] === lf || (rest[at] === cr && (at + 1 >= rest.length || rest[at + 1] === lf));
  }

  function endLength(at: number): number {
    if (at >= rest.length) return 0;
    return rest[at] === cr && rest[at + 1] === lf ? 2 : 1;
  }

  /** The first line end outside of quotes says of which kind all are. */
  function endsInLoneCr(from: number): boolean {
    let quoted = false;
    for (let i = from; i + 1 < rest.length; i++) {
      if (rest[i] === quote) quoted = !quoted;
      else if (!quoted && rest[i] === lf) return false;
      else if (!quoted && rest[i] === cr) return rest[i + 1] !== lf;
    }
    return false;
  }
}

interface Read {
  values: (string | null)[];
  end: number;
  next: number;
  bad?: string;
}

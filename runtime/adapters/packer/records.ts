/**
 * Reads JSON text without building values, so that numbers, repeated keys and spelling stay as sent.
 *
 * Pure; used where DuckDB's own JSON reader would lose something or refuse a whole page.
 */

/** One field of an object: its name, and its name and value as the source spelled them. */
export interface Field {
  key: string;
  rawKey: string;
  raw: string;
}

/** Why text is no JSON array: it is another thing, it ends early, or something follows its end. */
export class NoArray extends Error {
  readonly reason: "other" | "ended" | "followed";

  constructor(reason: "other" | "ended" | "followed") {
    super(reason);
    this.reason = reason;
  }
}

const quote = 0x22;
const backslash = 0x5c;
const open = { bracket: 0x5b, brace: 0x7b };
const close = { bracket: 0x5d, brace: 0x7d };
const comma = 0x2c;

/** Splits a stream of bytes into records. `line` counts lines, or elements of an array, from 1. */
export interface Splitter {
  push(bytes: Uint8Array): Generator<RawRecord>;
  /** @throws {NoArray} */
  end(): Generator<RawRecord>;
}

export interface RawRecord {
  bytes: Buffer;
  line: number;
}

/** Splits a JSON array into the bytes of its elements; checks brackets and strings, nothing inside. */
export function openArraySplitter(): Splitter {
  let at: "before" | "inside" | "after" = "before";
  let inString = false;
  let escaped = false;
  let line = 0;
  const closers: number[] = [];
  let carried: Buffer[] = [];

  return { push, end };

  function* push(bytes: Uint8Array): Generator<RawRecord> {
    const chunk = asBuffer(bytes);
    let from = 0;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i] as number;
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === backslash) escaped = true;
        else if (byte === quote) inString = false;
        continue;
      }
      if (at !== "inside") {
        if (isSpace(byte) || (at === "before" && isMark(byte))) continue;
        if (at === "after") throw new NoArray("followed");
        if (byte !== open.bracket) throw new NoArray("other");
        at = "inside";
        from = i + 1;
        continue;
      }
      if (byte === quote) inString = true;
      else if (byte === open.brace) closers.push(close.brace);
      else if (byte === open.bracket) closers.push(close.bracket);
      else if (byte === comma && closers.length === 0) {
        yield { bytes: taken(chunk.subarray(from, i)), line: ++line };
        from = i + 1;
      } else if (byte === close.brace || byte === close.bracket) {
        if (closers.length > 0) {
          if (closers.pop() !== byte) throw new NoArray("other");
        } else {
          if (byte !== close.bracket) throw new NoArray("other");
          const last = taken(chunk.subarray(from, i));
          at = "after";
          if (last.length > 0 || line > 0) yield { bytes: last, line: ++line };
        }
      }
    }
    if (at === "inside" && from < chunk.length) carried.push(chunk.subarray(from));
  }

  // biome-ignore lint/correctness/useYield: an array's last element ends with its bracket, not with the input.
  function* end(): Generator<RawRecord> {
    if (at !== "after") throw new NoArray("ended");
  }

  function taken(tail: Buffer): Buffer {
    const whole = carried.length === 0 ? tail : Buffer.concat([...carried, tail]);
    carried = [];
    return trimmed(whole);
  }
}

/** Splits JSON lines; blank lines are counted but are no records. */
export function openLineSplitter(): Splitter {
  let line = 0;
  let carried: Buffer[] = [];

  return { push, end };

  function* push(bytes: Uint8Array): Generator<RawRecord> {
    const chunk = asBuffer(bytes);
    let from = 0;
    for (let i = chunk.indexOf(10); i >= 0; i = chunk.indexOf(10, from)) {
      carried.push(chunk.subarray(from, i));
      from = i + 1;
      yield* taken();
    }
    if (from < chunk.length) carried.push(chunk.subarray(from));
  }

  function* end(): Generator<RawRecord> {
    if (carried.length > 0) yield* taken();
  }

  function* taken(): Generator<RawRecord> {
    let bytes = carried.length === 1 ? (carried[0] as Buffer) : Buffer.concat(carried);
    carried = [];
    if (++line === 1 && startsWithMark(bytes)) bytes = bytes.subarray(3);
    bytes = trimmed(bytes);
    if (bytes.length > 0) yield { bytes, line };
  }
}

/** The fields of an object in order, repeated ones too; null for any other value. The text must be valid JSON. */
export function fieldsOf(text: string): Field[] | null {
  if (text.charCodeAt(0) !== open.brace) return null;
  const fields: Field[] = [];
  let i = afterSpace(text, 1);
  while (text.charCodeAt(i) === quote) {
    const keyEnd = afterString(text, i);
    const rawKey = text.slice(i, keyEnd);
    const valueStart = afterSpace(text, afterSpace(text, keyEnd) + 1);
    const valueEnd = afterValue(text, valueStart);
    fields.push({ key: unquoted(rawKey), rawKey, raw: text.slice(valueStart, valueEnd) });
    i = afterSpace(text, afterSpace(text, valueEnd) + 1);
  }
  return fields;
}

/** A value as its column's text: strings without their escapes, null as null, all else as it was sent. */
export function columnText(raw: string): string | null {
  if (raw === "null") return null;
  return raw.charCodeAt(0) === quote ? unquoted(raw) : raw;
}

/**
 * Whether the bytes may hold a number that a double cannot: a real of 15 digits or more, one nearer to zero
 * than a normal double, or NaN. Errs on the side of yes.
 *
 * A run of 16 characters cannot slip through a look at every 16th byte; 0.1 s for 340 MB.
 */
export function mayLoseNumbers(bytes: Uint8Array): boolean {
  const page = asBuffer(bytes);
  for (let i = 15; i < page.length; i += 16) {
    const byte = page[i] as number;
    if (!isDigitOrDot(byte)) continue;
    let from = i;
    let to = i + 1;
    let real = byte === 0x2e;
    for (; from > 0 && isDigitOrDot(page[from - 1] as number); from--) real ||= page[from - 1] === 0x2e;
    for (; to < page.length && isDigitOrDot(page[to] as number); to++) real ||= page[to] === 0x2e;
    if (to - from >= 16 && (real || isE(page[to])) && page[from - 1] !== quote) return true;
  }
  return (
    holds(page, "e-", isTiny) ||
    holds(page, "E-", isTiny) ||
    holds(page, "NaN", isValue) ||
    holds(page, "Infinity", isValue)
  );
}

/**
 * Whether a text in the bytes may begin with a bracket or brace, spelled so or escaped. Where none does, a
 * value whose text begins so is an array or an object.
 */
export function mayHoldBracketedText(bytes: Uint8Array): boolean {
  const page = asBuffer(bytes);
  const afterQuote = (_page: Buffer, at: number) => page[at - 1] === quote;
  return holds(page, "{", afterQuote) || holds(page, "[", afterQuote) || holds(page, "\\u00", afterQuote);
}

function isTiny(page: Buffer, at: number): boolean {
  let to = at + 2;
  while (isDigit(page[to])) to++;
  if (to - at < 5 || !endsValue(page[to])) return false;
  let from = at;
  while (from > 0 && isDigitOrDot(page[from - 1] as number)) from--;
  return from < at && isValue(page, from);
}

/** Whether a value can begin here: after a colon, comma, bracket or space, with or without a minus. */
function isValue(page: Buffer, at: number): boolean {
  const before = page[page[at - 1] === 0x2d ? at - 2 : at - 1];
  return (
    before === undefined || before === 0x3a || before === comma || before === open.bracket || isSpace(before)
  );
}

function endsValue(byte: number | undefined): boolean {
  return (
    byte === undefined || byte === comma || byte === close.brace || byte === close.bracket || isSpace(byte)
  );
}

function holds(page: Buffer, text: string, judge: (page: Buffer, at: number) => boolean): boolean {
  for (let at = page.indexOf(text); at >= 0; at = page.indexOf(text, at + 1))
    if (judge(page, at)) return true;
  return false;
}

function afterSpace(text: string, from: number): number {
  let i = from;
  while (isSpace(text.charCodeAt(i))) i++;
  return i;
}

function afterString(text: string, from: number): number {
  let end = text.indexOf('"', from + 1);
  while (escapedAt(text, end)) end = text.indexOf('"', end + 1);
  return end + 1;
}

function escapedAt(text: string, at: number): boolean {
  let slashes = 0;
  while (text.charCodeAt(at - 1 - slashes) === backslash) slashes++;
  return slashes % 2 === 1;
}

function afterValue(text: string, from: number): number {
  const first = text.charCodeAt(from);
  if (first === quote) return afterString(text, from);
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === quote) i = afterString(text, i) - 1;
    else if (code === open.brace || code === open.bracket) depth++;
    else if (code === close.brace || code === close.bracket) {
      if (depth === 0) return i;
      if (--depth === 0) return i + 1;
    } else if (depth === 0 && (code === comma || isSpace(code))) return i;
  }
  return text.length;
}

function unquoted(raw: string): string {
  return raw.includes("\\") ? (JSON.parse(raw) as string) : raw.slice(1, -1);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function trimmed(bytes: Buffer): Buffer {
  let from = 0;
  let to = bytes.length;
  while (from < to && isSpace(bytes[from] as number)) from++;
  while (to > from && isSpace(bytes[to - 1] as number)) to--;
  return bytes.subarray(from, to);
}

function startsWithMark(bytes: Buffer): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

/** Bytes of a byte order mark. */
function isMark(byte: number): boolean {
  return byte === 0xef || byte === 0xbb || byte === 0xbf;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function isDigitOrDot(byte: number): boolean {
  return byte <= 0x39 && byte >= 0x2e && byte !== 0x2f;
}

function isE(byte: number | undefined): boolean {
  return byte === 0x65 || byte === 0x45;
}

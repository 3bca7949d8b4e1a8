/**
 * Finds the array of records in a page's bytes without reading the records. Pure.
 *
 * What stands around the array is small and is parsed; the array itself is given on as it came.
 */

/** A page's array, and its body with an empty array in that place. */
export interface Envelope {
  records: Uint8Array;
  rest: unknown;
}

/** Why there is no array: the body ends early, is not JSON, or has none at the declared place. */
export class NoRecords extends Error {
  readonly reason: "ended" | "not_json" | "no_array";
  /** The body, where it is an object that could be read. */
  readonly body: unknown;

  constructor(reason: NoRecords["reason"], body?: unknown) {
    super(reason);
    this.reason = reason;
    this.body = body;
  }
}

/**
 * @param path dotted field names; undefined where the body is the array.
 * @throws {NoRecords}
 */
export function openEnvelope(bytes: Uint8Array, path: string | undefined): Envelope {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = afterSpace(body, body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0);
  if (start >= body.length) throw new NoRecords("ended");
  if (path === undefined) {
    if (body[start] !== 0x5b) throw new NoRecords(...judged(body.subarray(start)));
    let end = body.length;
    while (isSpace(body[end - 1])) end--;
    if (body[end - 1] !== 0x5d) throw new NoRecords("ended");
    return { records: body.subarray(start, end), rest: [] };
  }
  let at = start;
  for (const name of path.split(".")) {
    if (body[at] !== 0x7b) throw new NoRecords(...judged(body.subarray(start)));
    at = valueStart(body, at, name) ?? noSuchField();
  }
  if (body[at] !== 0x5b) throw new NoRecords(...judged(body.subarray(start)));
  const end = afterValue(body, at);
  const around = Buffer.concat([body.subarray(start, at), Buffer.from("[]"), body.subarray(end)]);
  const rest = parsed(around);
  if (rest === undefined) throw new NoRecords(isWhole(around) ? "not_json" : "ended");
  return { records: body.subarray(at, end), rest };

  function noSuchField(): never {
    throw new NoRecords(...judged(body.subarray(start)));
  }
}

/** The value at a dotted path, or undefined. */
export function fieldAt(body: unknown, path: string): unknown {
  let at = body;
  for (const name of path.split(".")) {
    if (at === null || typeof at !== "object" || !Object.hasOwn(at, name)) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return at;
}

/** What a body is that has no array where one was expected. */
function judged(body: Buffer): [NoRecords["reason"], unknown?] {
  if (body[0] !== 0x7b && body[0] !== 0x5b) return ["not_json"];
  const value = parsed(body);
  if (value !== undefined) return ["no_array", value];
  return [isWhole(body) ? "not_json" : "ended"];
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
}

function isWhole(body: Buffer): boolean {
  try {
    afterValue(body, 0);
    return true;
  } catch {
    return false;
  }
}

/** Where the value of an object's field begins; undefined where there is no such field. */
function valueStart(body: Buffer, object: number, name: string): number | undefined {
  let at = afterSpace(body, object + 1);
  while (body[at] === 0x22) {
    const keyEnd = afterString(body, at);
    const key = parsed(body.subarray(at, keyEnd));
    const value = afterSpace(body, afterSpace(body, keyEnd) + 1);
    if (key === name) return value;
    at = afterSpace(body, afterValue(body, value));
    if (body[at] !== 0x2c) break;
    at = afterSpace(body, at + 1);
  }
  if (at >= body.length) throw new NoRecords("ended");
  return undefined;
}

function afterValue(body: Buffer, from: number): number {
  const first = body[from];
  if (first === 0x22) return afterString(body, from);
  if (first !== 0x7b && first !== 0x5b) {
    let at = from;
    while (
      at < body.length &&
      body[at] !== 0x2c &&
      body[at] !== 0x7d &&
      body[at] !== 0x5d &&
      !isSpace(body[at])
    )
      at++;
    return at;
  }
  let depth = 0;
  for (let at = from; at < body.length; at++) {
    const byte = body[at];
    if (byte === 0x22) at = afterString(body, at) - 1;
    else if (byte === 0x7b || byte === 0x5b) depth++;
    else if ((byte === 0x7d || byte === 0x5d) && --depth === 0) return at + 1;
  }
  throw new NoRecords("ended");
}

function afterString(body: Buffer, from: number): number {
  for (let at = from + 1; at < body.length; at++) {
    if (body[at] === 0x5c) at++;
    else if (body[at] === 0x22) return at + 1;
  }
  throw new NoRecords("ended");
}

function afterSpace(body: Buffer, from: number): number {
  let at = from;
  while (isSpace(body[at])) at++;
  return at;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

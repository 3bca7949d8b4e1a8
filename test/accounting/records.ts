/** Records of a delivery: how they are drawn, and how they stand in JSON and CSV. */
import { gzipSync } from "node:zlib";
import { type Cell, isRisky, type Kind, nothing } from "./cells.ts";

export type Columns = Record<string, Kind>;
export type Format = "jsonl" | "json" | "csv";

/** A record before it is written in a format. */
export interface Draft {
  /** By column; one that is absent is not sent. */
  cells: Record<string, Cell>;
  /** Cannot be read at all; the number picks a way. */
  malformed?: number;
  /** JSON, but no object. */
  other?: string;
  /** Fields after the others: undeclared ones, or declared ones a second time. */
  more?: string;
}

/** A record as it was delivered: what Firn was given to judge. */
export interface Sent {
  cells: Record<string, Cell>;
  /** What is left of a record that cannot be read. */
  malformed?: string;
  /** The delivered file or part, and the record's number in it: the order of equals. */
  file: string;
}

/** Random numbers and choices, the same for the same seed. */
export interface Dice {
  below(n: number): number;
  chance(share: number): boolean;
  one<T>(of: readonly T[]): T;
}

export function openDice(random: () => number): Dice {
  const below = (n: number) => Math.floor(random() * n);
  return {
    below,
    chance: (share) => random() < share,
    one: <T>(of: readonly T[]) => of[below(of.length)] as T,
  };
}

/** Cells for the columns of a table beside its keys: some missing, some null, some bad. */
export function drawPayload(dice: Dice, columns: Columns, tame: boolean): Record<string, Cell> {
  const cells: Record<string, Cell> = {};
  // Most records are good; a bad one has one to three bad fields.
  const names = Object.keys(columns);
  const badOnes = new Set(
    dice.chance(0.12) ? Array.from({ length: 1 + dice.below(3) }, () => dice.one(names)) : [],
  );
  for (const [name, { good, bad, required }] of Object.entries(columns)) {
    const isBad = badOnes.has(name) && bad.length > 0;
    if (required && badOnes.has(name) && dice.chance(0.5)) {
      if (dice.chance(0.5)) cells[name] = nothing;
      continue;
    }
    if (!required && dice.chance(0.08)) {
      if (dice.chance(0.5)) cells[name] = nothing;
      continue;
    }
    const cell = dice.one(isBad ? bad : good);
    cells[name] = tame && isRisky(cell) ? nothing : cell;
  }
  return cells;
}

/** Sometimes a record that is not as declared: unreadable, no object, with fields nobody declared or twice. */
export function drawForm(dice: Dice, tame: boolean): Omit<Draft, "cells"> {
  if (!tame && dice.chance(0.015)) return { malformed: dice.below(100) };
  if (dice.chance(0.005)) return { other: dice.one(["42", '"text"', "null", "[1,2]", "true"]) };
  if (dice.chance(0.04))
    return { more: dice.one(['"nobody":{"declared":[1]}', '"Label":"other case"', '"":0']) };
  if (dice.chance(0.03)) return { more: '"units":999,"label":"second"' };
  return {};
}

/** Writes a file and says what it then holds. */
export function writeFile(
  path: string,
  format: Format,
  drafts: Draft[],
  columns: Columns,
  dice: Dice,
): { bytes: Buffer; sent: Sent[] } {
  const written =
    format === "csv" ? writeCsv(path, drafts, columns, dice) : writeJson(path, format, drafts, columns, dice);
  return path.endsWith(".gz") ? { ...written, bytes: gzipSync(written.bytes, { level: 1 }) } : written;
}

/** The elements of a page, and what they are; `part` is what the page becomes. */
export function writePage(
  part: string,
  drafts: Draft[],
  columns: Columns,
  dice: Dice,
): { bytes: Buffer; sent: Sent[] } {
  return writeJson(part, "json", drafts, columns, dice);
}

const malformedJson = [
  '{"id":1 "label":"no comma"}',
  "{id:1}",
  '{"id":01}',
  '{"label":"half \\ud800 of a pair"}',
  Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0x22, 0x7d]),
  '{"id":1,}',
  "{'id':1}",
  "undefined",
];
/** Only where a line ends a record, whatever is open. */
const malformedLines = ['{"id":1,"label":"cut o', '{"id":1', "}", '{"a":[1,2}', "]"];
/** Only where commas part records. */
const malformedElements = [""];

function writeJson(
  file: string,
  format: "jsonl" | "json",
  drafts: Draft[],
  columns: Columns,
  dice: Dice,
): { bytes: Buffer; sent: Sent[] } {
  const ways = [...malformedJson, ...(format === "jsonl" ? malformedLines : malformedElements)];
  const sent: Sent[] = [];
  const records = drafts.map((draft) => {
    if (draft.malformed !== undefined) {
      const bytes = Buffer.from(ways[draft.malformed % ways.length] as string);
      sent.push({ cells: {}, malformed: bytes.toString("utf8"), file });
      return bytes;
    }
    if (draft.other !== undefined) {
      sent.push({ cells: {}, file });
      return Buffer.from(draft.other);
    }
    const cells = Object.entries(draft.cells).map(([name, cell]): [string, Cell] => [name, inJson(cell)]);
    const fields = cells.map(([name, { json }]) => `${JSON.stringify(columns[name]?.from ?? name)}:${json}`);
    if (dice.chance(0.1)) fields.reverse();
    // Of a field that comes twice the first one counts, so it must be there.
    const more =
      draft.more?.startsWith('"units"') && !(draft.cells.units && draft.cells.label) ? undefined : draft.more;
    sent.push({ cells: Object.fromEntries(cells), file });
    return Buffer.from(`{${[...fields, ...(more ? [more] : [])].join(",")}}`);
  });
  const lineEnd = dice.one(["\n", "\n", "\r\n"]);
  const joined: Buffer[] = format === "json" ? [Buffer.from("[")] : dice.chance(0.2) ? [bom] : [];
  for (const [at, record] of records.entries()) {
    if (format === "json" && at > 0) joined.push(Buffer.from(dice.chance(0.1) ? ",\n  " : ","));
    joined.push(record);
    if (format === "jsonl") joined.push(Buffer.from(dice.chance(0.02) ? lineEnd + lineEnd : lineEnd));
  }
  if (format === "json") joined.push(Buffer.from("]"));
  // A file without a byte is not delivered yet.
  else if (records.length === 0) joined.push(Buffer.from(lineEnd));
  return { bytes: Buffer.concat(joined), sent };
}

const bom = Buffer.from([0xef, 0xbb, 0xbf]);

function writeCsv(
  file: string,
  drafts: Draft[],
  columns: Columns,
  dice: Dice,
): { bytes: Buffer; sent: Sent[] } {
  const lacking = dice.chance(0.25) ? ["ratio", "odd_name"] : [];
  const names = Object.keys(columns).filter((name) => !lacking.includes(name));
  if (dice.chance(0.3)) names.reverse();
  const header = names.map((name) => columns[name]?.from ?? name);
  // A column nobody declared, or a declared one again: the first one counts.
  const more = dice.chance(0.25) ? [dice.one(["nobody", "label"])] : [];
  const lineEnd = dice.one(["\n", "\r\n"]);
  const width = header.length + more.length;
  const sent: Sent[] = [];
  const lines: Buffer[] = [
    Buffer.from(`${[...header, ...more].map((each) => csvOf(each, dice)).join(",")}${lineEnd}`),
  ];
  if (dice.chance(0.2)) lines.unshift(bom);
  for (const draft of drafts) {
    if (draft.malformed !== undefined) {
      const { bytes, told } = malformedCsv(draft.malformed, width);
      sent.push({ cells: {}, malformed: `${told}: ${bytes.toString("utf8")}`, file });
      lines.push(bytes, Buffer.from(lineEnd));
      continue;
    }
    // What JSON can leave out, CSV says is null; so are all columns of what is no object.
    const cells = Object.fromEntries(
      names.map((name) => [name, draft.other === undefined ? inCsv(draft.cells[name] ?? nothing) : nothing]),
    );
    sent.push({ cells, file });
    const values = names.map((name) => csvOf(cells[name]?.csv ?? null, dice));
    lines.push(Buffer.from([...values, ...more.map(() => "more")].join(",") + lineEnd));
    if (dice.chance(0.02)) lines.push(Buffer.from(lineEnd));
  }
  return { bytes: Buffer.concat(lines), sent };
}

function malformedCsv(way: number, width: number): { bytes: Buffer; told: string } {
  switch (way % 4) {
    case 0:
      return { bytes: Buffer.from("1,2"), told: `expected ${width} columns, found 2` };
    case 1: {
      const line = Array.from({ length: width + 2 }, () => "x").join(",");
      return { bytes: Buffer.from(line), told: `expected ${width} columns, found ${width + 2}` };
    }
    case 2:
      return { bytes: Buffer.from('1,"closed"open,3'), told: "text after a closing quote" };
    default: {
      const rest = Array.from({ length: width - 1 }, () => ",x").join("");
      return { bytes: Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(rest)]), told: "not UTF-8" };
    }
  }
}

function inJson({ shownInJson, bad: _bad, ...cell }: Cell): Cell {
  return shownInJson === undefined ? (_bad ? { ...cell, bad: _bad } : cell) : { ...cell, shown: shownInJson };
}

function inCsv({ shownInJson: _other, ...cell }: Cell): Cell {
  return cell;
}

function csvOf(value: string | null, dice: Dice): string {
  if (value === null) return "";
  const needs = value === "" || /[",\r\n]/.test(value);
  return needs || dice.chance(0.1) ? `"${value.replaceAll('"', '""')}"` : value;
}

/** A table whose books are kept, and what the tables' keys are made of. */
import type { Book } from "./books.ts";
import { type Cell, type Kind, nothing } from "./cells.ts";
import type { Columns, Dice, Draft } from "./records.ts";

/** Records that are delivered together. */
export interface Lot {
  drafts: Draft[];
  /** The delivery of a partition that they are. */
  partition?: { name: string; version: number };
  /** Nothing in it makes DuckDB's own readers refuse it, so that their ways are taken, too. */
  tame: boolean;
}

export interface Subject {
  name: string;
  columns: Columns;
  strategy: Record<string, unknown>;
  /** Columns that every record needs, and those that only a delete may lack. */
  always: string[];
  unlessDeleted: string[];
  /** Where one child is bad, its whole family waits. */
  parent?: string[];
  /** The window's day a record must be of. */
  day?: string;
  open(): Book;
  /** Draws what is delivered in a batch of about so many rows. */
  draw(dice: Dice, batch: number, rows: number): Lot[];
}

export const key = (kind: Partial<Kind>): Kind => ({ type: "text", good: [], bad: [], not: "", ...kind });
export const wrongNumber: Cell = { json: '"one"', csv: "one", shown: null, bad: true };
export const wrongInstant: Cell = {
  json: '"2024-02-30T00:00:00Z"',
  csv: "2024-02-30T00:00:00Z",
  shown: null,
  bad: true,
};
export const keys = {
  integer: key({ type: "integer", bad: [wrongNumber], not: "a whole number of 64 bits" }),
  instant: key({
    type: "timestamp",
    bad: [wrongInstant],
    not: "an ISO 8601 instant with its offset, at most six digits of a second",
  }),
  date: key({ type: "date", not: "a date as YYYY-MM-DD" }),
};
export const codes = ["a", "A", "a ", "é", "e\u0301", "🦊", 'q"', "x:1", "x", "", "NULL", "a|b"];
/** Seconds since 1970: where versions begin. */
export const start = Date.UTC(2024, 1, 1) / 1000;

/** A key's cell, now and then missing or bad. */
export function keyed(dice: Dice, columns: Columns, cells: Record<string, Cell>): Record<string, Cell> {
  if (!dice.chance(0.02)) return cells;
  const name = dice.one(Object.keys(cells).filter((each) => each !== "op"));
  const bad = columns[name]?.bad ?? [];
  const { [name]: _cell, ...rest } = cells;
  if (bad.length > 0 && dice.chance(0.5)) return { ...rest, [name]: dice.one(bad) };
  return dice.chance(0.5) ? rest : { ...rest, [name]: nothing };
}

import { isUtf8 } from "node:buffer";
import type { LandedColumn } from "#core/batch";
import { sha256 } from "#core/ids";
import { columnText, type Field, fieldsOf } from "./records.ts";

/** What a record becomes: one text per kept column, then `_record` and `_malformed`. */
export type LandedRow = (string | null)[];

/** The declared columns, prepared once for many records. */
export interface Shape {
  /** Columns that reach bronze, in order; those with `pii: "drop"` do not. */
  kept: LandedColumn[];
  /** Every declared field. */
  declared: Set<string>;
  /** Fields that may not be written as sent, in lower case. */
  withheld: Set<string>;
  at: Map<string, number>;
  /** Whether a column keeps JSON as sent. */
  json: boolean;
}

export function shapeOf(columns: readonly LandedColumn[]): Shape {
  const kept = columns.filter(({ pii }) => pii !== "drop");
  return {
    kept,
    declared: new Set(columns.map(({ from }) => from)),
    withheld: new Set(columns.filter(({ pii }) => pii).map(({ from }) => from.toLowerCase())),
    at: new Map(kept.map(({ from }, index) => [from, index])),
    json: kept.some(({ json }) => json),
  };
}

/**
 * Lands one record as it was sent. Of a repeated field the first value counts; the others stay in `_record`.
 * A value that is no object stays there whole; where the pipeline declares PII it is withheld.
 *
 * Values of hashed columns are still plain here: the statement that writes the Parquet file hashes them.
 */
export function landRecord(bytes: Buffer, shape: Shape): LandedRow {
  if (!isUtf8(bytes)) return malformedRow(shape, bytes);
  const text = bytes.toString("utf8");
  if (!isJson(text)) return malformedRow(shape, bytes);
  const row: LandedRow = new Array(shape.kept.length + 2).fill(null);
  const fields = fieldsOf(text);
  if (fields === null) {
    // What has no fields cannot be told apart from what may not be written.
    if (shape.withheld.size > 0) return malformedRow(shape, bytes, "not an object");
    row[shape.kept.length] = text;
    return row;
  }
  const seen = new Set<string>();
  let exact = fields.length === shape.declared.size;
  for (const { key, raw } of fields) {
    if (seen.has(key)) {
      exact = false;
      continue;
    }
    seen.add(key);
    const at = shape.at.get(key);
    if (at !== undefined) row[at] = shape.kept[at]?.json && raw !== "null" ? raw : columnText(raw);
    else exact &&= shape.declared.has(key);
  }
  if (!exact) row[shape.kept.length] = shape.withheld.size === 0 ? text : withoutWithheld(fields, shape);
  return row;
}

/** A row for what could not be read; its text is withheld where it might hold PII. */
export function malformedRow(shape: Shape, bytes: Buffer, reason?: string): LandedRow {
  const row: LandedRow = new Array(shape.kept.length + 2).fill(null);
  row[shape.kept.length + 1] = malformedText(shape, bytes, reason);
  return row;
}

export function malformedText(shape: Shape, bytes: Buffer, reason?: string): string {
  const told = reason === undefined ? "" : `${reason}: `;
  if (shape.withheld.size === 0) return told + bytes.toString("utf8");
  return `${told}${bytes.length} bytes with SHA-256 ${sha256(bytes)}; the text is withheld because the pipeline declares PII`;
}

function withoutWithheld(fields: readonly Field[], { withheld }: Shape): string {
  const left = fields.filter(({ key }) => !withheld.has(key.toLowerCase()));
  return `{${left.map(({ rawKey, raw }) => `${rawKey}:${raw}`).join(",")}}`;
}

/** Valid JSON that can also be written as UTF-8: half a surrogate pair is JSON by grammar, but no text. */
function isJson(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return !/\\u[dD][89a-fA-F]/.test(text) || isText(value);
  } catch {
    return false;
  }
}

function isText(value: unknown): boolean {
  if (typeof value === "string") return value.isWellFormed();
  if (value === null || typeof value !== "object") return true;
  return Object.entries(value).every(([key, inner]) => key.isWellFormed() && isText(inner));
}

import type { Gold } from "./build.ts";
import { insert, literal } from "./build.ts";

/** An order line as these tests tell it. */
export interface Line {
  invoice: string;
  /** Days since 2010-10-01, at 20:00 UTC: the next day in Tokyo. */
  day: number;
  quantity: number;
  price: number;
  customer: string | null;
  country: string | null;
}

/** The statement that promotes a line. */
export function lineOf(id: number, line: Line, commit: number): string {
  return insert("orders", {
    line_id: id,
    invoice_no: literal(line.invoice),
    stock_code: "'22752'",
    quantity: line.quantity,
    invoice_ts: `TIMESTAMPTZ '2010-10-01 20:00:00+00' + INTERVAL ${line.day} DAY`,
    unit_price: line.price,
    customer_id: literal(line.customer),
    country: literal(line.country),
    _deleted: false,
    commit_seq: commit,
  });
}

/** Promotes lines by their ids in one commit. */
export async function promoteLines(gold: Gold, lines: [number, Line][], commit: number): Promise<void> {
  for (const [id, line] of lines) await gold.sql(lineOf(id, line, commit));
}

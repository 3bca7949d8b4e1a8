import type { WarehouseSpec } from "#firn";
import { ledgerTable } from "#ledger/tables";
import type { Dialect } from "#sql/dialect";
import { planSpending, type Spending } from "./budget.ts";
import { type Bill, planBill } from "./credits.ts";
import type { Scan } from "./plan.ts";

/** A statement as the ledger noted it; what it cost depends on all that ran beside it, so it is billed anew. */
export type Noted = Omit<Scan, "credits">;

/** What belongs together in a bill: the builds of a model, all models' tests, a stage of all pipelines. */
export interface Part {
  /** Empty where the part is no model's. */
  model: string;
  part: string;
  runs: number;
  seconds: number;
  /** Null where the warehouse told of none of its statements. */
  bytesScanned: number | null;
  rowsScanned: number | null;
  rowsWritten: number | null;
  credits: number;
}

export interface Cost {
  /** `[from, to)` by the statements' begin; ISO 8601 UTC. */
  from: string;
  to: string;
  /** What the warehouse cost in that time: the sum of the parts and of what was idle. */
  credits: number;
  /** Dearest first. */
  parts: Part[];
  idle: number;
  spending: Spending;
}

/**
 * What a team's warehouse cost in a time, by what it was for, and how its month stands.
 *
 * @param noted statements since `from` and, for the month, since `spendingSince(to)`
 */
export function planCost(
  noted: readonly Noted[],
  warehouse: WarehouseSpec | undefined,
  { from, to }: Pick<Cost, "from" | "to">,
): Cost {
  const within = noted.filter(({ startedAt }) => startedAt >= from);
  const bill = planBill(within, warehouse);
  return {
    from,
    to,
    credits: bill.credits,
    parts: partsOf(within, bill),
    idle: bill.idle,
    spending: planSpending(planBill(noted, warehouse), warehouse, to),
  };
}

function partsOf(noted: readonly Noted[], bill: Bill): Part[] {
  const groups = new Map<string, number[]>();
  for (const [at, { model, part }] of noted.entries()) {
    const key = part === "build" ? `build ${model}` : part;
    groups.set(key, [...(groups.get(key) ?? []), at]);
  }
  const parts = [...groups.values()].map((places) => {
    const own = places.map((at) => noted[at] as Noted);
    return {
      model: own[0]?.part === "build" ? own[0].model : "",
      part: own[0]?.part ?? "",
      runs: new Set(own.map(({ run }) => run)).size,
      seconds: own.reduce((sum, { seconds }) => sum + seconds, 0),
      bytesScanned: sumKnown(own.map(({ bytesScanned }) => bytesScanned)),
      rowsScanned: sumKnown(own.map(({ rowsScanned }) => rowsScanned)),
      rowsWritten: sumKnown(own.map(({ rowsWritten }) => rowsWritten)),
      credits: places.reduce((sum, at) => sum + (bill.statements[at] ?? 0), 0),
    };
  });
  return parts.sort((a, b) => b.credits - a.credits || (a.model < b.model ? -1 : 1));
}

/** The sum of what is known; null where nothing is. */
function sumKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter((each) => each !== null);
  return known.length === 0 ? null : known.reduce((sum, each) => sum + each, 0);
}

/** Asks for the statements that began at an instant or later. */
export function planNoted(dialect: Dialect, ledger: string, since: string): string {
  const { id } = dialect;
  const columns = ["run_id", "model", "part", "digest", "verb", "seconds"];
  const amounts = ["rows_scanned", "bytes_scanned", "rows_written"];
  const started = dialect.canonical(id("started_at"), "timestamp");
  return (
    `SELECT ${started} AS "started_at", ${[...columns, ...amounts].map((name) => `${id(name)} AS "${name}"`).join(", ")} ` +
    `FROM ${dialect.table(ledgerTable(ledger, "scans"))} WHERE ${id("started_at")} >= ${dialect.instant(since)} ` +
    `ORDER BY ${id("started_at")}`
  );
}

export function parseNoted(rows: readonly Record<string, unknown>[]): Noted[] {
  const amount = (value: unknown) => (value === null ? null : Number(value));
  return rows.map((row) => ({
    run: String(row.run_id),
    model: String(row.model),
    part: String(row.part),
    digest: String(row.digest),
    verb: String(row.verb),
    startedAt: new Date(String(row.started_at)).toISOString(),
    seconds: Number(row.seconds),
    rowsScanned: amount(row.rows_scanned),
    bytesScanned: amount(row.bytes_scanned),
    rowsWritten: amount(row.rows_written),
  }));
}

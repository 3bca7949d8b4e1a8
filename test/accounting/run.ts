/** Delivers generated batches of one table and holds every count, reason and row against the books. */
import assert from "node:assert/strict";
import { openRig, type Rig } from "../support/pipeline.ts";
import type { Counts } from "./books.ts";
import { judge } from "./judge.ts";
import { type Dice, type Format, type Sent, writeFile, writePage } from "./records.ts";
import { type Shard, startPages } from "./source.ts";
import type { Lot, Subject } from "./subject.ts";

export interface Tally extends Counts {
  delivered: number;
  quarantined: number;
  /** Rows by the reason they were quarantined for, a reason of several parts counted for each. */
  reasons: Map<string, number>;
  batches: number;
}

export interface Size {
  batches: number;
  rowsPerBatch: number;
}

const rowsPerBatchMax = 8_000;

/** How a table's rows are cut into batches: at least three, so that each strategy has something to weigh. */
export function sizeOf(rows: number): Size {
  const batches = Math.max(3, Math.ceil(rows / rowsPerBatchMax));
  return { batches, rowsPerBatch: Math.ceil(rows / batches) };
}

/** The day of a batch, as YYYY-MM-DD; a run is early on the day after. */
export function dayOf(batch: number): string {
  return new Date(Date.UTC(2024, 0, 1 + batch)).toISOString().slice(0, 10);
}

/** @throws {assert.AssertionError} where Firn's books and ours differ */
export async function account(
  subject: Subject,
  by: "files" | "http",
  dice: Dice,
  size: Size,
): Promise<Tally> {
  const pages = by === "http" ? await startPages() : undefined;
  const rig = await openRig(declare(subject, by), pages);
  const book = subject.open();
  const tally = emptyTally();
  try {
    for (let batch = 1; batch <= size.batches; batch++) {
      const now = `${dayOf(batch + 1)}T00:00:00.000Z`;
      const lots = subject.draw(dice, batch, size.rowsPerBatch);
      const sent: Sent[] = [];
      const partitions: { name: string; version: number; file?: string }[] = [];
      if (pages)
        sent.push(...pages.put(now, subject.day ? 1 : 2, (shard) => pagesOf(lots, shard, subject, dice)));
      else
        for (const [at, lot] of lots.entries()) {
          const path = pathOf(batch, at, lot, dice);
          const { bytes, sent: held } = writeFile(path, formatOf(path), lot.drafts, subject.columns, dice);
          await rig.deliver(path, bytes);
          sent.push(...held);
          if (lot.partition) partitions.push({ ...lot.partition, file: path });
        }
      const days = [dayOf(batch), ...(batch > 1 ? [dayOf(batch - 1)] : [])];
      if (subject.day) partitions.push(...days.map((name) => ({ name, version: batch })));
      // Files have no clock: the world stays open.
      await rig.run(pages && now);
      const { good, bad } = judge(subject, sent, days);
      const counts = book.take(good, { partitions });
      await holdBatch(rig, batch, sent.length, counts, bad);
      addTo(tally, counts, sent.length, bad);
    }
    await holdSilver(rig, subject, [...book.live()], tally);
    return tally;
  } finally {
    await rig.close();
    await pages?.close();
  }
}

function declare({ name, columns, strategy, day }: Subject, by: "files" | "http"): unknown {
  const http = {
    kind: "http",
    connection: "api",
    path: "/rows",
    window: day
      ? { by: "date", first: "first", last: "last", selects: "all" }
      : { since: "since", before: "before" },
    records: "data",
    paging: { style: "cursor", next: "next", param: "page" },
    shards: day ? 1 : 2,
    limits: { attempts: 1 },
  };
  return {
    name,
    source: by === "http" ? http : { kind: "files", connection: "inbox" },
    columns: Object.fromEntries(
      Object.entries(columns).map(([column, { type, from, required }]) => [
        column,
        { type, ...(from && { from }), ...(required && { required }) },
      ]),
    ),
    strategy,
    ...(by === "http" && {
      watermark: {
        start: `${dayOf(1)}T00:00:00Z`,
        lagSeconds: 0,
        ...(day ? { overlapDays: 1 } : { overlapSeconds: 0 }),
      },
    }),
  };
}

const formats: Format[] = ["jsonl", "json", "csv"];

/** Names sort as the lots come, whatever else is in them. */
function pathOf(batch: number, at: number, { partition }: Lot, dice: Dice): string {
  const what = partition
    ? `part_${partition.name}_v${partition.version}`
    : dice.one(["rows", "ü [1]*", "a=b'c"]);
  return `${String(batch).padStart(4, "0")}/${at} ${what}.${dice.one(formats)}${dice.chance(0.2) ? ".gz" : ""}`;
}

function formatOf(path: string): Format {
  return formats.find((each) => path.replace(/[.]gz$/, "").endsWith(`.${each}`)) as Format;
}

const recordsPerPage = 150;

/** Half of the lots for each shard, or all of them; a shard becomes one part. */
function pagesOf(lots: Lot[], shard: Shard, { columns }: Subject, dice: Dice) {
  const half = lots.filter((_, at) => Math.floor((at * shard.of) / lots.length) === shard.at);
  const drafts = half.flatMap((lot) => lot.drafts);
  const written: ReturnType<typeof writePage>[] = [];
  for (let from = 0; from < drafts.length; from += recordsPerPage)
    written.push(writePage(shard.name, drafts.slice(from, from + recordsPerPage), columns, dice));
  return written;
}

async function holdBatch(
  rig: Rig,
  batch: number,
  delivered: number,
  counts: Counts,
  bad: { sent: Sent; reason: string }[],
): Promise<void> {
  const { name } = rig.pipeline;
  const rows = await rig.query(`SELECT * FROM ledger.batches WHERE pipeline = '${name}' AND seq = ${batch}`);
  const [row] = rows;
  assert.equal(rows.length, 1, `batch ${batch} has ${rows.length} rows in the ledger`);
  const of = (column: string) => Number(row?.[column]);
  const expected = { extracted: delivered, landed: delivered, quarantined: bad.length, ...counts };
  const found = Object.fromEntries(Object.keys(expected).map((column) => [column, of(column)]));
  assert.deepEqual(found, expected, `the counts of batch ${batch}`);
  assert.equal(
    of("landed"),
    of("quarantined") + of("repeated") + of("unchanged") + of("promoted"),
    `batch ${batch}: every delivered row is one of four things`,
  );
  const [first = ""] = Object.keys(rig.pipeline.columns);
  const told = await rig.query(
    `SELECT reason, malformed, json_extract_string(fields, '$.${first}') AS first FROM quarantine.${name} WHERE batch_id = '${row?.batch_id}'`,
  );
  assert.deepEqual(
    told.map(({ reason, malformed, first: value }) => `${reason} | ${malformed ?? value ?? "∅"}`).sort(),
    bad.map(({ sent, reason }) => `${reason} | ${sent.malformed ?? sent.cells[first]?.csv ?? "∅"}`).sort(),
    `what quarantine says of batch ${batch}`,
  );
}

async function holdSilver(rig: Rig, { name, columns }: Subject, live: string[], tally: Tally): Promise<void> {
  const shownColumns = Object.keys(columns).map((column) => `COALESCE(CAST("${column}" AS VARCHAR), '∅')`);
  const rows = await rig.query(
    `SELECT array_to_string([${shownColumns.join(", ")}], '|') AS row FROM silver.${name} WHERE NOT _deleted`,
  );
  assert.deepEqual(rows.map(({ row }) => String(row)).sort(), live.sort(), "silver's live rows");
  const [total] = await rig.query(
    `SELECT SUM(landed) - SUM(quarantined) - SUM(repeated) - SUM(unchanged) AS promoted, SUM(inserted) AS inserted, (SELECT COUNT(*) FROM silver.${name}) AS rows FROM ledger.batches`,
  );
  assert.equal(Number(total?.promoted), tally.promoted, "what is left of all that was delivered is promoted");
  assert.equal(Number(total?.inserted), Number(total?.rows), "silver has what the ledger says was inserted");
}

function emptyTally(): Tally {
  const counts: Counts = {
    repeated: 0,
    unchanged: 0,
    promoted: 0,
    deleted: 0,
    vanished: 0,
    conflicts: 0,
    silver_rows: 0,
  };
  return { ...counts, delivered: 0, quarantined: 0, reasons: new Map(), batches: 0 };
}

function addTo(tally: Tally, counts: Counts, delivered: number, bad: { reason: string }[]): void {
  for (const name of Object.keys(counts) as (keyof Counts)[]) tally[name] += counts[name];
  tally.silver_rows = counts.silver_rows;
  tally.delivered += delivered;
  tally.quarantined += bad.length;
  tally.batches++;
  for (const { reason } of bad)
    for (const part of reason.split("; ")) tally.reasons.set(part, (tally.reasons.get(part) ?? 0) + 1);
}

/** Holds what stands at the end of a soak against what the sources said, in whatever order it was read. */
import assert from "node:assert/strict";
import type { BatchPlan, Manifest } from "#core/batch";
import { keys } from "#core/names";
import type { Row } from "#ports/warehouse";
import type { DeliveredFile, History, SentRow, Version } from "./history.ts";
import type { Life } from "./life.ts";
import { shownColumns, teamName } from "./shop.ts";
import { rowsOfWindow } from "./source.ts";

export interface Totals {
  delivered: number;
  quarantined: number;
  promoted: number;
  batches: number;
  live: number;
}

/** @throws {assert.AssertionError} */
export async function judgeLife(history: History, life: Life): Promise<Totals> {
  const warehouse = await life.world.warehouse(teamName);
  const store = await life.world.store(teamName);
  const totals: Totals = { delivered: 0, quarantined: 0, promoted: 0, batches: 0, live: 0 };
  for (const [pipeline, columns] of Object.entries(shownColumns)) {
    const plans = await readAll<BatchPlan>(keys.plans(pipeline));
    const manifests = await readAll<Manifest>(keys.manifests(pipeline));
    assert.equal(manifests.length, plans.length, `every plan of ${pipeline} is carried out`);
    const delivered = manifests.map((manifest, at) =>
      deliveredBy(pipeline, plans[at] as BatchPlan, manifest),
    );

    const ledger = await warehouse.query(
      `SELECT * FROM ledger.batches WHERE pipeline = '${pipeline}' AND NOT replay ORDER BY seq`,
    );
    const kept = manifests.flatMap((manifest, at) =>
      (delivered[at]?.length ?? 0) > 0 ? [{ manifest, at }] : [],
    );
    assert.deepEqual(
      ledger.map(({ batch_id }) => batch_id),
      kept.map(({ manifest }) => manifest.batchId),
      `${pipeline}: each batch that read something was promoted, and once`,
    );
    for (const [nth, row] of ledger.entries()) {
      const sent = delivered[kept[nth]?.at as number] as SentRow[];
      holdAccounts(row, sent);
      totals.delivered += sent.length;
      totals.quarantined += Number(row.quarantined);
      totals.promoted += Number(row.promoted);
    }
    totals.batches += ledger.length;

    const quarantined = await warehouse.query(
      `SELECT batch_id, reason, COALESCE(malformed, json_extract_string(fields, '$.ref')) AS ref FROM quarantine.${pipeline}`,
    );
    assert.deepEqual(
      quarantined.map(({ batch_id, reason, ref }) => `${batch_id} ${reason} ${ref}`).sort(),
      kept
        .flatMap(({ manifest, at }) =>
          (delivered[at] as SentRow[]).flatMap(({ reason, ref }) =>
            reason ? [`${manifest.batchId} ${reason} ${ref}`] : [],
          ),
        )
        .sort(),
      `quarantine holds the bad rows of ${pipeline}, and no other`,
    );

    const shown = columns.map((name) => `COALESCE(CAST("${name}" AS VARCHAR), '∅')`).join(", ");
    const live = await warehouse.query(
      `SELECT array_to_string([${shown}], '|') AS row FROM silver.${pipeline} WHERE NOT _deleted`,
    );
    const owed = owedRows(history, pipeline);
    assert.deepEqual(
      live.map(({ row }) => String(row)).sort(),
      owed.sort(),
      `silver's live rows of ${pipeline}`,
    );
    totals.live += live.length;
  }
  const left = await warehouse.query(
    "SELECT table_name FROM information_schema.tables WHERE table_schema = 'raw'",
  );
  assert.deepEqual(left, [], "no table of a batch is left");
  return totals;

  async function readAll<T>(prefix: string): Promise<T[]> {
    const bodies = await Promise.all((await store.list(prefix)).map((key) => store.get(key)));
    return bodies.map((body) => JSON.parse(new TextDecoder().decode(body ?? undefined)) as T);
  }

  /** What a batch was given: what the API showed its reader then, or what the files held. */
  function deliveredBy(pipeline: string, plan: BatchPlan, { attempt, files }: Manifest): SentRow[] {
    if (files) {
      const known = pipeline === "clicks" ? history.clicks : history.sales;
      return files.flatMap(({ path, status }) => {
        const file = known.find((each) => each.path === path) as DeliveredFile;
        return status === "landed" ? file.rows : [];
      });
    }
    const reader = /^attempt-(\w+)-\d+$/.exec(attempt)?.[1] ?? "";
    const now = life.seen.get(reader);
    assert.ok(now, `attempt ${attempt} is of no process there was`);
    return plan.shards.flatMap(({ window }) =>
      rowsOfWindow(history, pipeline, now, Date.parse(window?.from ?? ""), Date.parse(window?.to ?? "")),
    );
  }
}

function holdAccounts(row: Row, sent: SentRow[]): void {
  const of = (name: string) => Number(row[name]);
  assert.deepEqual(
    [of("extracted"), of("landed")],
    [sent.length, sent.length],
    `${row.batch_id} holds what was sent`,
  );
  assert.equal(of("quarantined"), sent.filter(({ reason }) => reason).length, `bad rows of ${row.batch_id}`);
  assert.equal(
    of("landed"),
    of("quarantined") + of("repeated") + of("unchanged") + of("promoted"),
    `${row.batch_id}: every row is one of four things`,
  );
}

/** What silver owes, from the sorted history alone. */
function owedRows(history: History, pipeline: string): string[] {
  switch (pipeline) {
    case "items":
      return newestOf(history.items.filter(({ rows }) => !rows[0]?.reason));
    case "lines":
      return newestOf(history.orders);
    case "clicks":
      return [...new Set(history.clicks.flatMap(({ rows }) => good(rows)))];
    default: {
      const newest = new Map<string, DeliveredFile>();
      for (const file of history.sales) {
        const { name, version } = file.partition as { name: string; version: number };
        if (version > (newest.get(name)?.partition?.version ?? 0)) newest.set(name, file);
      }
      return [...newest.values()].flatMap(({ rows }) => good(rows));
    }
  }
}

function newestOf(versions: Version[]): string[] {
  const newest = new Map<number, Version>();
  for (const each of versions) if (each.order > (newest.get(each.id)?.order ?? 0)) newest.set(each.id, each);
  return [...newest.values()].flatMap(({ isDelete, rows }) => (isDelete ? [] : good(rows)));
}

function good(rows: SentRow[]): string[] {
  return rows.flatMap(({ reason, shown }) => (reason ? [] : [shown]));
}

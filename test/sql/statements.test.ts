import assert from "node:assert/strict";
import { runCheck } from "#check/run";
import type { Pipeline } from "#firn";
import { writeHint } from "#ledger/hint";
import { openTeamLedger } from "#ledger/lake";
import { readLedger } from "#ledger/watermark";
import { runLoad } from "#load/run";
import { runMerge } from "#merge/run";
import type { Row, Warehouse } from "#ports/warehouse";
import type { Dialect, Promotion } from "#sql/dialect";
import { planDigest } from "#sql/digest";
import { snowflake } from "#sql/snowflake";
import { silverDefinition, silverTable } from "#sql/tables";
import { events, lines, offsets, profiles, stock, visitRow, visits } from "./fixtures.ts";
import { assertSnowflake, compareWithSnapshot } from "./snapshots.ts";
import {
  answering,
  type Batch,
  land,
  openMemory,
  openWorld,
  putRelease,
  record,
  stateOf,
} from "./support.ts";

const window = { from: "2024-01-31T00:00:00.000Z", to: "2024-02-01T00:00:00.000Z" };

/** The batches whose way from bronze to silver is recorded, statement by statement. */
const ways: Record<string, { pipeline: Pipeline; batch: Batch; replay?: boolean; loses?: string }> = {
  upsert: {
    pipeline: visits,
    batch: {
      seq: 3,
      window,
      rows: [visitRow, { ...visitRow, visit_id: "x" }],
      malformed: [{ text: "{oops", line: 4 }],
    },
    loses: "weight",
  },
  append: {
    pipeline: events,
    batch: {
      seq: 1,
      file: "in/2024-02-01.csv",
      rows: [{ device: "d'1", at: "2024-02-01T00:00:00Z", reading: "1.25" }],
    },
  },
  "append-replay": {
    pipeline: events,
    replay: true,
    batch: {
      seq: 1,
      file: "in/2024-02-01.csv",
      rows: [{ device: "d'1", at: "2024-02-01T00:00:00Z", reading: "1.25" }],
    },
  },
  "append-sequence": {
    pipeline: offsets,
    batch: { seq: 1, rows: [{ device: "d1", n: "1", at: "2024-02-01T00:00:00Z" }] },
  },
  "replace-partition": {
    pipeline: stock,
    batch: {
      seq: 2,
      file: "in/2024-02-01_v2.csv",
      partition: { name: "2024-02-01", version: `v${"2".padStart(20, "0")}` },
      rows: [{ sku: "a'1", units: "3" }],
    },
  },
  "replace-children": {
    pipeline: lines,
    batch: {
      seq: 1,
      rows: [{ order_id: "1", line: "1", sku: "a", op: "u", changed_at: "2024-02-01T00:00:00Z" }],
    },
  },
  partial: {
    pipeline: profiles,
    batch: {
      seq: 1,
      rows: [
        {
          id: "1",
          email: null,
          born_on: "2000-01-31",
          changed_at: "2024-02-01T00:00:00Z",
          lsn: "7",
          _record: '{"id":1,"born_on":"2000-01-31","changed_at":"2024-02-01T00:00:00Z","lsn":7}',
        },
      ],
    },
  },
};

describe("the SQL that Firn generates", () => {
  for (const [name, way] of Object.entries(ways)) {
    it(`runs on DuckDB and reads as it was reviewed: ${name}`, async () => {
      const memory = await openMemory();
      await recorded(name, way, memory, (text, folder) => text.replaceAll(`${folder}/`, "LAKE/"));
    });

    it(`is Snowflake's by its parser and reads as it was reviewed: ${name}`, async () => {
      const { promotions, dialect } = watched(snowflake);
      const statements = await recorded(
        name,
        way,
        answering(dialect, (sql) => answer(sql, way)),
        (text, folder) => text.replaceAll(`${folder}/lake/`, "@LAKE/"),
      );
      const promotion = promotions.at(-1);
      assert.ok(promotion, "nothing was promoted");
      const single = statements.filter((sql) => !sql.startsWith("EXECUTE IMMEDIATE"));
      assert.equal(single.length, statements.length - 1);
      const inner = [
        promotion.takeFence,
        ...promotion.statements,
        `SELECT IFF(${promotion.holdsFence}, 1, 0), IFF(${promotion.knownLedger}, 1, 0)`,
      ];
      for (const sql of [...single, ...inner]) assertSnowflake(sql);
    });
  }
});

/** Runs load, check and merge of one batch, writes down every statement, compares with the snapshot. */
async function recorded(
  name: string,
  { pipeline, batch, replay = false, loses }: (typeof ways)[string],
  warehouse: Warehouse,
  stable: (text: string, folder: string) => string,
): Promise<string[]> {
  const recorder = record(warehouse);
  const { dialect } = recorder;
  const world = await openWorld({ warehouse: recorder });
  try {
    const { hash, release } = await putRelease(world.lake, pipeline);
    await land(world, pipeline, hash, batch);
    const { generation } = await openTeamLedger(world, release);
    const made = { generation, now: world.clock.now() };
    if (loses) {
      // Silver from before the column was declared.
      const table = silverTable(release.names, pipeline.name);
      const before = silverDefinition(pipeline).filter(({ name }) => name !== loses);
      await warehouse.run([...dialect.createSchema(table.schema), dialect.createTable(table, before)]);
      // And a row of it, which the relationship finds.
      await warehouse.run([`INSERT INTO ${dialect.table(table)} (visit_id, "order") VALUES (1, 'Z9')`]);
    }
    if (batch.window) {
      const hint = await readLedger(recorder, world.lake, release.names.ledger, pipeline.name, made);
      const empty = [{ seq: 2, window: { from: "2024-01-30T00:00:00.000Z", to: window.from } }, { seq: 1 }];
      await writeHint(world.lake, pipeline.name, { ...hint, empty });
    }
    let state = await runLoad(stateOf(pipeline, hash, batch.seq, { replay }), world);
    state = await runCheck(state, world);
    state = await runMerge(state, world);
    assert.equal(state.next, replay ? "stop" : "window");
    await recorder.query(
      planDigest(dialect, silverTable(release.names, pipeline.name), silverDefinition(pipeline)),
    );
    const statements = recorder.statements.map((sql) => stable(sql, world.folder));
    // What opens the ledger is the same for all, and stands in the first.
    const own = statements.filter((sql) => name === "upsert" || sql.toLowerCase().includes(pipeline.name));
    compareWithSnapshot(new URL("snapshots/", import.meta.url), `${name}.${dialect.name}.sql`, own);
    return statements;
  } finally {
    await world.close();
  }
}

/** What Snowflake would answer, so that the stages go on. */
function answer(sql: string, { pipeline, batch, loses }: (typeof ways)[string]): Row[] {
  if (sql.includes('AS "generation"') && sql.includes('AS "lake"'))
    return [{ generation: "attempt-2", lake: "attempt-1" }];
  if (sql.includes('AS "promotions"')) return [{ promotions: 0 }];
  if (sql.includes('AS "rows"')) return [{ rows: batch.rows.length + (batch.malformed?.length ?? 0) }];
  if (sql.includes('AS "quarantined"')) {
    const found = (pipeline.expectations ?? []).flatMap((_, at) => [
      [`failed_${at}`, 0],
      [`total_${at}`, 1],
    ]);
    return [{ quarantined: 0, ...Object.fromEntries(found) }];
  }
  if (sql.includes("INFORMATION_SCHEMA")) {
    return silverDefinition(pipeline)
      .filter(({ name }) => name !== loses)
      .map(({ name, type }) => ({ name, type: snowflake.type(type).replace("TZ(6)", "TZ") }));
  }
  return [];
}

/** The dialect, and the promotions it was asked for before they became one script. */
function watched(dialect: Dialect): { dialect: Dialect; promotions: Promotion[] } {
  const promotions: Promotion[] = [];
  const promotion = (each: Promotion) => {
    promotions.push(each);
    return dialect.promotion(each);
  };
  return { promotions, dialect: { ...dialect, promotion } };
}
